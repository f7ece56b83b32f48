"""Tables that cannot be used, and files that they name and that are not there."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.frames_csv.rows import read_rows
from lidarsel.datasets.registry import open_dataset
from lidarsel.errors import BadInputError
from tests.support.commands import assert_refused, lidarsel
from tests.support.sensor_frames import (
    sensor,
    write_frames_csv,
)


def changed(table: Path, line: int, old: str, new: str) -> None:
    lines = table.read_text().splitlines()
    assert old in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(old, new)
    table.write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("line", "old", "new", "told"),
    [
        (1, "image", "picture", r"has a column 'picture'; its columns may be scan, "),
        (1, "calibration", "pose", r"needs the column calibration"),
        (1, "drive", "frame", r"has a column twice, frame"),
        (3, "lidar/", "../lidar/", r"line 3 names '\.\./lidar/s1\.kitti\.bin' in scan, beyond the folder"),
        (3, "lidar/", "lidar/../../x/", r"line 3 names .* beyond the folder"),
        (3, "lidar/", "/etc/", r"line 3 names '/etc/s1\.kitti\.bin' in scan, beyond the folder"),
        (3, "lidar/", "..\\\\", r"line 3 names .* beyond the folder"),
        (3, "lidar/", "C:/", r"line 3 names .* beyond the folder"),
        (4, "s2.kitti.bin", "s2.laz", r"line 4 names a scan 'lidar/s2\.laz', neither \.bin nor \.pcd"),
        (2, "rig.yaml", "", r"line 2 has an empty cell calibration"),
        (2, ",10,", ",ten,", r"line 2 has the frame 'ten', no whole number"),
        (3, ",11,", ",10,", r"line 3 names frame 10 of drive street a second time"),
        (4, ",12,", ",12,more,", r"line 4 has 7 cells where the header has 6"),
        (2, "lidar/", '"lidar/', r"line \d is no CSV"),
    ],
)
def test_a_table_that_cannot_be_used(table: Path, line: int, old: str, new: str, told: str) -> None:
    changed(table, line, old, new)
    with pytest.raises(BadInputError, match=told) as refused:
        open_dataset(table)
    assert refused.value.path == table
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "names no frame"),
        (b"scan,calibration\n", "names no frame"),
        (b"\xff\xfe\x00", "is UTF-16 text; save it as UTF-8"),
        (b"\xe9,calibration\nx,y\n", "is no UTF-8"),
        (b"lidar/0.bin,camera/0.png,rig.yaml\nlidar/1.bin,camera/1.png,rig.yaml\n", "begins with a frame"),
        (b"scan,image,calibration,\na.bin,b.png,c.yaml,\n", r"without a name \(column 4 of 4\)"),
        (b"scan,Image,calibration\na.bin,b.png,c.yaml\n", r"has a column 'Image'; .*the nearest is image"),
        (b"scan,image\na.bin,b.png\n", "needs the column calibration.* it has scan, image"),
        (b"scan|calibration\na.bin|c.yaml\n", "has a column"),
        (b"scan,calibration,depth_scale\na.bin,c.yaml,256\n", "depth_scale but none depth or ground_truth"),
        (b"depth,calibration,depth_scale\na.png,c.yaml,0.001\n", r"line 2 has the depth_scale '0\.001'; .*1000"),
        (b"a\0b,calibration\nx,y\n", "has a column|is no CSV"),
    ],
)
def test_what_is_no_table(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "frames.csv").write_bytes(content)
    with pytest.raises(BadInputError, match=told):
        open_dataset(tmp_path)


PLAIN = "scan,scan_format,image,calibration,drive,frame,pose\n" + "".join(
    f"a/{i}.bin,kitti,b/{i}.png,rig.yaml,d,{i},1 0 0 {i} 0 1 0 0 0 0 1 0\n" for i in range(3)
)


@given(st.lists(st.tuples(st.integers(0, len(PLAIN) - 1), st.binary(max_size=4)), min_size=1, max_size=3))
def test_a_damaged_table_is_refused_or_read(tmp_path_factory: pytest.TempPathFactory, damage: list) -> None:
    """Whatever bytes are in it: rows whose paths are below its folder, or a refusal; no other error."""
    content = PLAIN.encode()
    for place, put in damage:
        content = content[:place] + put + content[place + 1 :]
    path = tmp_path_factory.getbasetemp() / "damaged.csv"
    path.write_bytes(content)
    try:
        rows, _ = read_rows(path)
    except BadInputError:
        return
    assert len({(row.drive, row.frame) for row in rows}) == len(rows)
    for row in rows:
        for file in (row.scan, row.image, row.calibration):
            assert file is not None
            assert file.resolve().is_relative_to(path.parent.resolve())
        assert row.pose is not None
        assert np.isfinite(row.pose).all()


def test_refusals_on_the_command_line(table: Path) -> None:
    changed(table, 2, "camera/", "../")
    assert_refused(lidarsel("inspect", table), table, "line 2", "beyond the folder")


def test_files_that_are_not_there(table: Path) -> None:
    (table.parent / "camera/c1.png").unlink()
    with pytest.raises(BadInputError, match=r"c1\.png: is missing; put the file there"):
        open_dataset(table)
    data = open_dataset(table, ReadOptions(skip_bad=True))
    assert [(p.path.name, p.message) for p in data.problems] == [("c1.png", "is missing")]
    assert list(data.frame_ids) == ["street/000010", "street/000012"]


def test_a_damaged_ground_truth_is_a_problem_of_its_frame(table: Path) -> None:
    (table.parent / "truth/2.png").write_bytes((table.parent / "camera/c2.png").read_bytes())
    data = open_dataset(table, ReadOptions(skip_bad=True))
    assert [(p.path.name, p.message) for p in data.problems] == [("2.png", "is 8-bit colour PNG, no depth image")]
    assert len(data) == 2


def test_ground_truth_that_is_not_named(tmp_path: Path) -> None:
    write_frames_csv(tmp_path, sensor(16), ".kitti.bin", with_truth=False)
    with pytest.raises(BadInputError, match="names no official ground truth"):
        open_dataset(tmp_path, ReadOptions(ground_truth="official"))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("image_size", "size", "unknown field|missing required field"),
        ("- 96", "- 0", "camera_matrix or image_size is not of a camera"),
        ("- 96", "- 95", "is 320x96 pixels where the calibration is for 320x95"),
        ("camera_from_lidar:\n- - ", "camera_from_lidar:\n- - 7", "no rotation and translation"),
        ("camera_matrix:\n- - ", "camera_matrix:\n- - .nan\n  - ", "camera_matrix must be 3 rows of 4 finite numbers"),
        ("camera_matrix:", "camera_matrix: [", "rig.yaml: "),
    ],
)
def test_a_calibration_that_cannot_be_used(table: Path, old: str, new: str, told: str) -> None:
    path = table.parent / "rig.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(BadInputError, match=told):
        open_dataset(table)
