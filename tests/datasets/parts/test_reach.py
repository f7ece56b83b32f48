"""A data set is what stands in its folder: no table and no link leads out of it unless the user says so."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.parts.reach import path_below
from lidarsel.datasets.registry import open_dataset, readers
from lidarsel.errors import BadInputError
from tests.fuzz.readers import TARGETS
from tests.fuzz.target import Target
from tests.fuzz.targets import lacking
from tests.fuzz.trees import depth_with_scans, nuscenes, raw, table
from tests.support.chosen_lines import write_lines
from tests.support.commands import assert_refused, lidarsel, succeeded
from tests.support.kitti_trees import DAY

OF_READERS = [target for target in TARGETS if target.name.partition("-")[0] in {reader.name for reader in readers()}]


def made(target: Target, folder: Path) -> Path:
    if (reason := lacking(target.name)) is not None:
        pytest.skip(reason)
    folder.mkdir()
    target.make(folder)
    return folder


def move_out(file: Path, elsewhere: Path) -> Path:
    """The file stands elsewhere, and a link to it in its place."""
    elsewhere.mkdir(exist_ok=True)
    shutil.move(file, elsewhere / file.name)
    file.symlink_to(elsewhere / file.name)
    return elsewhere / file.name


@pytest.mark.parametrize("target", OF_READERS, ids=lambda target: target.name)
def test_no_reader_follows_a_link_out_of_the_data_unless_told(target: Target, tmp_path: Path) -> None:
    data = made(target, tmp_path / "data")
    whole = open_dataset(data)
    frames = [whole.frame(index) for index in range(len(whole))]
    files = sorted(path for path in data.rglob("*") if path.is_file())
    for number, file in enumerate((files[0], files[-1])):
        there = move_out(file, tmp_path / f"elsewhere{number}")
        with pytest.raises(BadInputError) as refused:
            open_dataset(data)
        for named in (file, there.resolve(), "--follow-links"):
            assert str(named) in str(refused.value)
        followed = open_dataset(data, ReadOptions(follow_links=True))
        for index, frame in enumerate(frames):
            np.testing.assert_array_equal(followed.frame(index).points.depth_m, frame.points.depth_m)
        file.unlink()
        shutil.move(there, file)


@pytest.mark.parametrize("target", OF_READERS, ids=lambda target: target.name)
def test_links_within_the_data_and_to_its_folder_are_followed(target: Target, tmp_path: Path) -> None:
    data = made(target, tmp_path / "data")
    n_frames = len(open_dataset(data))
    (tmp_path / "link").symlink_to(data)
    file = max(path for path in data.rglob("*") if path.is_file())
    store = data / "store"
    move_out(file, store)
    (data / "circle").symlink_to(".")
    assert len(open_dataset(tmp_path / "link")) == n_frames


def test_a_linked_folder_is_a_link(tmp_path: Path) -> None:
    data = tmp_path / "data"
    depth_with_scans(data)
    shutil.move(data / DAY, tmp_path / "elsewhere")
    (data / DAY).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadInputError, match=rf"{DAY}: is a link that leads out of the data, to .*elsewhere"):
        open_dataset(data)


def test_the_raw_folder_is_held_to_the_same(tmp_path: Path) -> None:
    data, scans = tmp_path / "a/data", tmp_path / "b/raw"
    depth_with_scans(data)
    scans.mkdir(parents=True)
    shutil.move(data / DAY, scans / DAY)
    (tmp_path / "link").symlink_to(scans)
    assert len(open_dataset(data, ReadOptions(raw=tmp_path / "link")))
    scan = next(scans.rglob("*.bin"))
    move_out(scan, tmp_path / "elsewhere")
    with pytest.raises(BadInputError, match=f"{scan.name}: is a link"):
        open_dataset(data, ReadOptions(raw=scans))
    assert len(open_dataset(data, ReadOptions(raw=scans, follow_links=True)))


def test_a_raw_tree_beside_is_held_to_the_same(tmp_path: Path) -> None:
    data = tmp_path / "a/data"
    depth_with_scans(data)
    shutil.move(data / DAY, tmp_path / "a" / DAY)
    assert len(open_dataset(data))
    scan = next((tmp_path / "a" / DAY).rglob("*.bin"))
    move_out(scan, tmp_path / "elsewhere")
    with pytest.raises(BadInputError, match=f"{scan.name}: is a link"):
        open_dataset(data)
    assert len(open_dataset(data, ReadOptions(follow_links=True)))


def test_a_version_of_nuscenes_brings_the_files_beside_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    nuscenes(data)
    (version,) = data.glob("v1.0-*")
    assert len(open_dataset(version))
    sweep = next(data.rglob("*.pcd.bin"))
    move_out(sweep, tmp_path / "elsewhere")
    with pytest.raises(BadInputError, match=f"{sweep.name}: is a link"):
        open_dataset(version)


def test_of_a_lone_table_only_what_it_names_is_looked_at(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    table("pcd", data)
    (data / "holiday").symlink_to("/")
    assert len(open_dataset(data / "frames.csv"))
    move_out(data / "scans/1.pcd", tmp_path / "elsewhere")
    with pytest.raises(BadInputError, match=r"1\.pcd: is a link"):
        open_dataset(data / "frames.csv")
    assert len(open_dataset(data / "frames.csv", ReadOptions(follow_links=True)))


@pytest.mark.parametrize("name", ["../secret.bin", "/etc/passwd", "samples/../../secret.bin", "..", "C:/secret.bin"])
def test_nuscenes_tables_name_no_file_beyond_the_data(name: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    nuscenes(data)
    (place,) = data.glob("v1.0-*/sample_data.json")
    sweep = next(data.rglob("*LIDAR_TOP*.bin"))
    text = place.read_text()
    assert sweep.relative_to(data).as_posix() in text
    shutil.copy(sweep, tmp_path / "secret.bin")
    place.write_text(text.replace(sweep.relative_to(data).as_posix(), name))
    assert_refused(lidarsel("inspect", data), place, f"names {name!r}, beyond the folder of the data")


def test_paths_below() -> None:
    folder = Path("data")
    assert path_below(folder, "a/b.bin") == folder / "a/b.bin"
    assert path_below(folder, "a/../b.bin") == folder / "b.bin"
    assert path_below(folder, "a\\b.bin") == folder / "a/b.bin"
    assert [path_below(folder, text) for text in ("..", "../b", "a/../../b", "/b", "c:\\b", "a\0")] == [None] * 6


def commands(data: Path, lines: Path, out: Path) -> dict[str, tuple[object, ...]]:
    """Every command that reads data, with as little work as it can be given."""
    few = ("--network", "nearest", "--max-frames", 1)
    return {
        "inspect": ("inspect", data, "--max-frames", 1),
        "calibrate": ("calibrate", data, "-o", out / "sensor.yaml", "--max-frames", 1),
        "run": ("run", data, "-k", 2, *few, "--same-frames", "--evaluations", 30, "-o", out / "runs"),
        "shapley": ("shapley", data, *few, "--evaluations", 30, "-o", out / "values.json"),
        "evaluate": ("evaluate", data, *few, "--lines", lines, "-o", out / "report.json"),
        "sweep": ("sweep", data, "-k", 2, *few, "--same-frames", "--evaluations", 30, "-o", out / "runs"),
        "apply": ("apply", data, "--lines", lines, "-o", out / "thinned"),
        "view": ("view", data, "-o", out / "view.png"),
        "train": ("train", data, "--steps", 1, "-o", out / "weights.safetensors"),
    }


@pytest.fixture
def linked(tmp_path: Path) -> tuple[Path, Path]:
    """A raw tree with a link that leads out of it."""
    data = tmp_path / "data"
    raw(data)
    file = max(data.rglob("*.bin"))
    move_out(file, tmp_path / "elsewhere")
    return data, file


NAMES = list(commands(Path(), Path(), Path()))


@pytest.mark.parametrize("name", NAMES)
def test_every_command_refuses_the_link(name: str, linked: tuple[Path, Path], tmp_path: Path) -> None:
    data, file = linked
    lines = write_lines(tmp_path / "lines.yaml", [1, 3], np.linspace(2.0, -20.0, 8).tolist())
    done = lidarsel(*commands(data, lines, tmp_path / "new")[name])
    assert_refused(done, file, tmp_path / "elsewhere" / file.name, "--follow-links")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["inspect", "apply", "calibrate"])
def test_commands_take_the_option(name: str, linked: tuple[Path, Path], tmp_path: Path) -> None:
    lines = write_lines(tmp_path / "lines.yaml", [1, 3], np.linspace(2.0, -20.0, 8).tolist())
    succeeded(lidarsel(*commands(linked[0], lines, tmp_path / "new")[name], "--follow-links"))
