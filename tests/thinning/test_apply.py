"""Thinned logs: exact for what is kept, read with the lines they had, judged as the whole log is with those lines."""

import json
import shutil
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from lidarsel.completion.registry import load_network
from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.parts.files import read_depth
from lidarsel.datasets.registry import open_dataset
from lidarsel.datasets.scans.thinned import RECORD
from lidarsel.errors import BadInputError, LidarselError
from lidarsel.evaluation.line_game import LineGame
from lidarsel.thinning.apply import apply_lines
from tests.support.chosen_lines import HDL64, write_lines
from tests.support.commands import assert_refused, lidarsel, outcome_of, started, succeeded
from tests.support.kitti_trees import DAY, DRIVE, ELEVATIONS_DEG, Street, write_depth_tree, write_raw_tree
from tests.thinning.logs import files_of, thin

CHOSEN = [3, 9, 14, 20, 22, 27, 33, 41, 50, 62]


def errors_of(data: Path, lines: list[int], options: ReadOptions | None = None) -> np.ndarray:
    """float64 (n_frames, 4) with the nearest-neighbour completer."""
    dataset = open_dataset(data, options)
    game = LineGame(dataset, range(len(dataset)), load_network("nearest", None, "cpu"), (352, 1216), "cpu")
    coalition = np.zeros((1, dataset.n_lines), bool)
    coalition[0, lines] = True
    return np.concatenate([game.errors(frame, coalition) for frame in range(len(dataset))])


@pytest.fixture(scope="module")
def thinned(drives: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    """The simulated drives thinned by the command, and its summary."""
    folder = tmp_path_factory.mktemp("thinned")
    lines = write_lines(folder / "lines.yaml", CHOSEN, HDL64.tolist())
    before = files_of(drives)
    out = folder / "out"
    summary = json.loads(succeeded(lidarsel("apply", drives, "--lines", lines, "-o", out, "--json")))
    assert files_of(drives) == before
    return out, summary


def test_scans_keep_the_bytes_of_the_chosen_lines(drives: Path, thinned: tuple[Path, dict[str, object]]) -> None:
    out, summary = thinned
    scans = sorted(drives.glob("*/*/velodyne_points/data/*.bin"))
    assert summary["scans"] == len(scans) == 6
    for scan in scans:
        true_line = np.fromfile(scan.parents[1] / "line" / scan.name, "<i2")  # the simulator's own
        rows = np.frombuffer(scan.read_bytes(), "V16")[np.isin(true_line, CHOSEN)]
        target = out / scan.relative_to(drives)
        assert target.read_bytes() == rows.tobytes()
        kept = np.fromfile(target.parents[1] / "line" / scan.name, "<i2")
        np.testing.assert_array_equal(kept, true_line[np.isin(true_line, CHOSEN)])
        labels = Path("labels", f"{scan.stem}.label")
        whole = np.fromfile(scan.parents[1] / labels, "<u4")
        np.testing.assert_array_equal(np.fromfile(target.parents[1] / labels, "<u4"), whole[np.isin(true_line, CHOSEN)])


def test_depth_images_keep_the_pixels_of_the_chosen_lines(
    drives: Path, thinned: tuple[Path, dict[str, object]]
) -> None:
    out, summary = thinned
    whole = open_dataset(drives)
    images = sorted(drives.glob("train/*/proj_depth/velodyne_raw/*/*.png"))
    assert summary["depth_images"] == len(images) == len(whole)
    for index, image in enumerate(images):
        points = whole.frame(index).points
        expected = points.keep(np.isin(points.line, CHOSEN)).draw(*read_depth(image).shape)
        np.testing.assert_array_equal(read_depth(out / image.relative_to(drives)), expected)


def test_everything_else_is_copied(drives: Path, thinned: tuple[Path, dict[str, object]]) -> None:
    out, summary = thinned
    thin = ("velodyne_points/data/", "velodyne_points/line/", "velodyne_points/labels/", "velodyne_raw/")
    others = {name: content for name, content in files_of(drives).items() if not any(part in name for part in thin)}
    written = files_of(out)
    assert {name: written[name] for name in others} == others
    assert summary["other_files"] == len(others)
    new = set(written) - set(files_of(drives))
    assert RECORD in new
    assert all(name == RECORD or name.startswith("lidarsel-lines/") for name in new)


def test_a_thinned_log_is_judged_like_the_whole_log_with_its_lines(
    drives: Path, thinned: tuple[Path, dict[str, object]]
) -> None:
    out, _ = thinned
    on_whole = errors_of(drives, CHOSEN)
    np.testing.assert_array_equal(errors_of(out, CHOSEN), on_whole)
    np.testing.assert_array_equal(errors_of(out, list(range(64))), on_whole)
    assert (errors_of(drives, list(range(64)))[:, 0] < on_whole[:, 0]).all()  # the lines dropped did matter


def test_inspect_shows_the_lines_under_their_old_numbers(thinned: tuple[Path, dict[str, object]]) -> None:
    summary = json.loads(succeeded(lidarsel("inspect", thinned[0], "--json")))
    assert summary["n_lines"] == 64
    assert summary["lines_per_frame"] == [len(CHOSEN)] * 2
    assert set(summary["lines_in_image"]) <= set(CHOSEN)
    assert summary["problems"] == []
    assert any("Thinned by lidarsel apply to 10 of 64 lines" in note for note in summary["notes"])


def test_depth_images_without_scans_keep_their_lines(tmp_path: Path) -> None:
    whole = tmp_path / "a/b/whole"
    write_depth_tree(whole, frames=3)
    write_raw_tree(whole, frames=1)
    shutil.rmtree(whole / DAY / DRIVE)
    n_lines = open_dataset(whole).n_lines
    chosen = [1, 4, 6]
    lines = write_lines(tmp_path / "lines.yaml", chosen, np.linspace(2, -20, n_lines).tolist())
    out = tmp_path / "a/c/out"
    thin(whole, lines, out)
    np.testing.assert_array_equal(errors_of(out, chosen), errors_of(whole, chosen))
    for image in out.glob("lidarsel-lines/**/*.png"):
        image.unlink()
    with pytest.raises(BadInputError, match="lidarsel-lines"):
        open_dataset(out).frame(0)


def test_thinning_twice_is_thinning_once(raw: tuple[Path, Path], tmp_path: Path) -> None:
    _, lines = raw
    fewer = write_lines(tmp_path / "fewer.yaml", [5, 11], ELEVATIONS_DEG.tolist())
    once, first, twice = tmp_path / "once", tmp_path / "first", tmp_path / "twice"
    thin(tmp_path / "raw", fewer, once)
    thin(tmp_path / "raw", lines, first)
    thin(first, fewer, twice)
    first_files, twice_files = files_of(once), files_of(twice)
    assert {n: c for n, c in first_files.items() if n != RECORD} == {
        n: c for n, c in twice_files.items() if n != RECORD
    }
    gone = write_lines(tmp_path / "gone.yaml", [5, 7], ELEVATIONS_DEG.tolist())
    assert_refused(lidarsel("apply", first, "--lines", gone, "-o", tmp_path / "x"), "line 7 is gone")


def test_links_share_their_content(raw: tuple[Path, Path], tmp_path: Path) -> None:
    drive, lines = raw
    succeeded(lidarsel("apply", tmp_path / "raw", "--lines", lines, "-o", tmp_path / "out", "--link"))
    image = next(drive.rglob("*.png"))
    assert (tmp_path / "out" / image.relative_to(tmp_path / "raw")).samefile(image)
    scan = next(drive.rglob("*.bin"))
    assert not (tmp_path / "out" / scan.relative_to(tmp_path / "raw")).samefile(scan)


def test_never_in_place(raw: tuple[Path, Path], tmp_path: Path) -> None:
    _, lines = raw
    data, full = tmp_path / "raw", tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").write_text("here")
    before = files_of(tmp_path)
    for out in (data, data / DAY / "new" / "thin", full):
        with pytest.raises(LidarselError, match=str(out)):
            thin(data, lines, out)
    assert_refused(lidarsel("apply", data, "--lines", lines, "-o", data / "thin"), data / "thin")
    assert files_of(tmp_path) == before


def test_a_scan_of_other_lines_is_named_and_can_be_left_out(raw: tuple[Path, Path], tmp_path: Path) -> None:
    drive, lines = raw
    bad = drive / "velodyne_points/data/0000000002.bin"
    xyz = Street(elevations_deg=ELEVATIONS_DEG[:11]).scan(2)[0]
    np.column_stack([xyz, np.zeros(len(xyz))]).astype("<f4").tofile(bad)
    data, out = tmp_path / "raw", tmp_path / "new" / "out"
    assert_refused(lidarsel("apply", data, "--lines", lines, "-o", out), bad, "11 lines", "16")
    assert list((tmp_path / "new").iterdir()) == []  # the two scans before it were written, and are gone
    summary = json.loads(succeeded(lidarsel("apply", data, "--lines", lines, "-o", out, "--skip-bad", "--json")))
    assert summary["scans"] == 2
    assert len(summary["left_out"]) == 1
    assert bad.name in summary["left_out"][0]
    assert not (out / bad.relative_to(data)).exists()


@pytest.mark.parametrize(("number", "told"), [(signal.SIGINT, "interrupted"), (signal.SIGTERM, "terminated")])
def test_a_stopped_run_leaves_nothing_and_can_be_repeated(
    raw: tuple[Path, Path], tmp_path: Path, number: signal.Signals, told: str
) -> None:
    drive, lines = raw
    scans = drive / "velodyne_points/data"
    more = [scans / f"{number:010d}.bin" for number in range(100, 600)]  # enough to be interrupted amid them
    for scan in more:
        scan.hardlink_to(scans / "0000000000.bin")
    new = tmp_path / "new"
    run = started("apply", tmp_path / "raw", "--lines", lines, "-o", new / "out")
    while run.poll() is None and len(list(new.rglob("*.bin"))) < 3:
        time.sleep(0.02)
    run.send_signal(number)
    assert outcome_of(run)[1].endswith(f"lidarsel: {told}; the same command begins anew\n")
    assert run.returncode == 128 + number
    assert list(new.iterdir()) == []
    for scan in more:
        scan.unlink()
    assert thin(tmp_path / "raw", lines, new / "out").scans == 3


def test_real_logs(shared_data: Path, tmp_path: Path) -> None:
    """KITTI object scans, and official depth images whose raw scans stay beside the log."""
    lines = write_lines(tmp_path / "lines.yaml", CHOSEN, HDL64.tolist())
    data, out = shared_data / "kitti_object", tmp_path / "object"
    assert thin(data, lines, out).scans == 2
    whole, after = open_dataset(data), open_dataset(out)
    for index in range(2):
        scan, kept = whole.scan(index), after.scan(index)
        assert scan is not None
        assert kept is not None
        chosen = np.isin(scan.line, CHOSEN)
        np.testing.assert_array_equal(kept.xyz_m, scan.xyz_m[chosen])
        np.testing.assert_array_equal(kept.intensity, scan.intensity[chosen])
        np.testing.assert_array_equal(kept.line, scan.line[chosen])
    depth, thinned_depth = shared_data / "kitti_depth", tmp_path / "depth"
    raw = shared_data / "kitti_raw"
    done = apply_lines(depth, lines, thinned_depth, ReadOptions(raw=raw), False, "test")
    assert (done.scans, done.depth_images) == (0, 1)
    on_whole = errors_of(depth, CHOSEN, ReadOptions(raw=raw))
    np.testing.assert_array_equal(errors_of(thinned_depth, CHOSEN, ReadOptions(raw=raw)), on_whole)
    np.testing.assert_array_equal(errors_of(thinned_depth, CHOSEN), on_whole)  # alone, by its images of lines


def test_a_disk_that_fails_under_a_file_of_the_log_is_told_of_that_file(raw: tuple[Path, Path], tmp_path: Path) -> None:
    """It was told of OUT, which could be written."""
    drive, lines = raw
    (drive / "notes.txt").symlink_to("/proc/self/mem")  # a file whose first byte cannot be read
    out = tmp_path / "out"
    done = lidarsel("apply", drive.parents[1], "--lines", lines, "--follow-links", "-o", out)
    assert_refused(done, "notes.txt", "input/output error")
    assert "cannot be written" not in done.stderr
    assert not out.exists()
