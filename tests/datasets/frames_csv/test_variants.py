"""Tables as people write them: other separators, files elsewhere, depth as arrays or in other units."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from kornia_rs import io

from lidarsel.datasets.base import Dataset, ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.errors import BadInputError
from tests.support.commands import assert_refused, lidarsel, succeeded
from tests.support.sensor_frames import sensor, write_frames_csv


def assert_same_frames(found: Dataset, expected: Dataset) -> None:
    assert list(found.frame_ids) == list(expected.frame_ids)
    for index in range(len(expected)):
        one, other = found.frame(index), expected.frame(index)
        np.testing.assert_array_equal(one.points.draw(*one.size), other.points.draw(*other.size))
        np.testing.assert_array_equal(one.points.line, other.points.line)
        np.testing.assert_array_equal(one.ground_truth_m, other.ground_truth_m)


@pytest.mark.parametrize(("separator", "name"), [(";", "semicolon"), ("\t", "tab")])
def test_other_separators_are_read_and_told(table: Path, separator: str, name: str) -> None:
    expected = open_dataset(table)
    table.write_text(table.read_text().replace(",", separator))
    found = open_dataset(table)
    assert_same_frames(found, expected)
    assert f"The columns of frames.csv are separated by a {name}." in found.notes
    assert not any("separated by" in note for note in expected.notes)


def test_the_text_of_a_spreadsheet(table: Path) -> None:
    """A byte order mark, CRLF, names with spaces around, an empty line of separators at the end."""
    expected = open_dataset(table)
    lines = table.read_text().splitlines()
    lines[0] = lines[0].replace(",", " , ")
    text = "\r\n".join([*lines, "," * lines[0].count(",")]) + "\r\n"
    table.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert_same_frames(open_dataset(table), expected)


@pytest.mark.parametrize("place", ["absolute", "parent"])
def test_files_beyond_the_folder_are_read_of_a_trusted_table(tmp_path: Path, place: str) -> None:
    made = write_frames_csv(tmp_path / "log", sensor(16), ".kitti.bin")
    expected = open_dataset(made)
    table = tmp_path / "tables/frames.csv"
    table.parent.mkdir()
    above = str(tmp_path / "log") if place == "absolute" else "../log"
    table.write_text("".join(made.read_text()))
    for name in ("lidar/", "camera/", "truth/", "rig.yaml"):
        table.write_text(table.read_text().replace(name, f"{above}/{name}"))
    with pytest.raises(BadInputError, match=r"beyond the folder of the csv; give .* or --trust-paths"):
        open_dataset(table)
    for given in (table, table.parent):
        assert_same_frames(open_dataset(given, ReadOptions(trust_paths=True)), expected)
    assert_refused(lidarsel("inspect", table), table, "--trust-paths")
    assert "frames_csv" in succeeded(lidarsel("inspect", table, "--trust-paths"))


def test_a_unit_of_depth_images_is_refused_of_a_table_without_any(tmp_path: Path) -> None:
    table = tmp_path / "frames.csv"
    table.write_text("scan,calibration\na.bin,c.yaml\n")
    for name in ("a.bin", "c.yaml"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(BadInputError, match=r"names no depth images.*; leave --depth-scale out"):
        open_dataset(table, ReadOptions(depth_scale=1000.0))


def test_a_path_of_another_system_is_refused_of_a_trusted_table(table: Path) -> None:
    table.write_text(table.read_text().replace("lidar/", "C:/lidar/"))
    with pytest.raises(BadInputError, match="beyond the folder of the csv; give a path of this system"):
        open_dataset(table, ReadOptions(trust_paths=True))


def with_arrays(table: Path, kind: str, scale: float = 1.0, folders: tuple[str, ...] = ("truth",)) -> Path:
    """The table, its depth images as arrays beside them; missing values are NaN in floats."""
    for folder in folders:
        for image in (table.parent / folder).glob("*.png"):
            stored = io.read_image_png_u16(str(image), "mono")
            depth_m = stored.reshape(stored.shape[:2]).astype(np.float64) / 256
            values = np.where(depth_m > 0, depth_m, np.nan) if kind.startswith("f") else depth_m
            np.save(image.with_suffix(".npy"), (values * scale).round(8).astype(kind))
    for number in range(3):
        for folder in folders:
            table.write_text(table.read_text().replace(f"{folder}/{number}.png", f"{folder}/{number}.npy"))
    return table


@pytest.mark.parametrize("kind", ["f4", "f8", ">f4"])
def test_ground_truth_as_arrays_of_metres(table: Path, kind: str) -> None:
    expected = open_dataset(table)
    assert expected.ground_truth == "official"
    assert_same_frames(open_dataset(with_arrays(table, kind)), expected)


def test_depth_as_arrays_of_metres(tmp_path: Path) -> None:
    """With its scan, and alone."""
    table = write_frames_csv(tmp_path, sensor(64), ".kitti.bin", with_depth=True)
    expected = open_dataset(table)
    arrays = tmp_path / "arrays"
    shutil.copytree(tmp_path, arrays, ignore=shutil.ignore_patterns("arrays"))
    assert_same_frames(open_dataset(with_arrays(arrays / "frames.csv", "f4", folders=("sparse", "truth"))), expected)


def scaled(table: Path, text: str) -> None:
    header, *lines = table.read_text().splitlines()
    table.write_text("\n".join([f"{header},depth_scale", *(f"{line},{text}" for line in lines)]) + "\n")


@pytest.mark.parametrize("kind", ["png", "u2"])
def test_millimetres_by_their_scale(table: Path, kind: str) -> None:
    truth = open_dataset(table).frame(1).ground_truth_m
    if kind == "png":
        for image in (table.parent / "truth").glob("*.png"):
            depth_m = io.read_image_png_u16(str(image), "mono").astype(np.float64) / 256
            stored = np.where(depth_m < 65, depth_m * 1000, 0).round().astype(np.uint16)
            io.write_image_png_u16(str(image), stored, "mono")
    else:
        with_arrays(table, "u4", 1000.0)
        with pytest.raises(BadInputError, match=r"\.npy: holds whole numbers .*; give a column depth_scale"):
            open_dataset(table)
    scaled(table, "1000")
    found = open_dataset(table).frame(1).ground_truth_m
    assert found is not None
    assert truth is not None
    near = truth < 65
    np.testing.assert_allclose(found[near], truth[near], atol=1e-3)


@pytest.mark.parametrize(
    ("array", "told"),
    [
        (np.zeros((96, 320, 3), np.float32), "no depth image"),
        (np.full((96, 320), -1.0), "holds depth from -1 to -1 m"),
        (np.full((96, 320), 2e4), "holds depth from 20000 to 20000 m"),
        (np.zeros((96, 320), complex), "no depth image"),
        (np.array([{"a": 1}], object), "no depth image"),
        (np.ones((96, 319)), "is 319x96 pixels where the camera's image is 320x96"),
    ],
)
def test_arrays_that_are_no_depth(table: Path, array: np.ndarray, told: str) -> None:
    with_arrays(table, "f4")
    np.save(table.parent / "truth/1.npy", array, allow_pickle=True)
    with pytest.raises(BadInputError, match=rf"truth/1\.npy: .*{told}"):
        open_dataset(table).frame(1)


@pytest.mark.parametrize("kept", [0, 5, 11, 60, 200, 5000])
def test_arrays_cut_short(table: Path, kept: int) -> None:
    with_arrays(table, "f4")
    path = table.parent / "truth/1.npy"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(BadInputError, match=r"truth/1\.npy: is (no NumPy array|cut short)"):
        open_dataset(table).frame(1)


def test_a_header_that_announces_all_memory(table: Path) -> None:
    with_arrays(table, "f4")
    path = table.parent / "truth/1.npy"
    content = path.read_bytes()
    path.write_bytes(content.replace(b"(96, 320)", b"(9999999, 9999999)").replace(b" " * 14 + b"\n", b"    \n"))
    with pytest.raises(BadInputError, match=r"truth/1\.npy: is"):
        open_dataset(table).frame(1)
