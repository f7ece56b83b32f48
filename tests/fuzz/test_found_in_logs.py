"""What the suite found in lidar logs, pictures and clouds, each shrunk to the least that shows it; refused by name."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from kornia_rs import io

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.clouds.files import read_cloud
from lidarsel.datasets.parts.files import read_depth, read_image
from lidarsel.datasets.registry import open_dataset
from lidarsel.errors import BadInputError
from lidarsel.thinning.log_files import log_files
from tests.fuzz.mutations import png_bomb
from tests.fuzz.trees import bag, raw, thinned
from tests.support.kitti_trees import DAY, DRIVE, write_scan


@pytest.mark.parametrize("name", ["depth.png", "image.png"])
def test_a_picture_that_unpacks_to_all_memory(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(png_bomb(4160, 16384))
    with pytest.raises(BadInputError, match="16384x4160 pixels, which no camera has"):
        (read_depth if name == "depth.png" else read_image)(tmp_path / name)


@pytest.mark.parametrize("size", [b"\xfd\xe8\xfd\xe8", b"\x40\x00\x40\x00"], ids=["65000", "16384"])
def test_a_jpeg_that_tells_of_a_huge_picture(tmp_path: Path, size: bytes) -> None:
    """Of 16384 x 16384 the decoder makes 0.8 GB from some hundred bytes."""
    content = bytearray(bytes(io.encode_image_jpeg(np.zeros((16, 16, 3), np.uint8), 90)))
    at = content.index(b"\xff\xc0") + 5
    content[at : at + 4] = size
    (tmp_path / "image.jpg").write_bytes(content)
    with pytest.raises(BadInputError, match=r"cannot be decoded \(tells of"):
        read_image(tmp_path / "image.jpg")


@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("thumbnail", [False, True])
def test_a_jpeg_cut_short(tmp_path: Path, share: float, thumbnail: bool) -> None:
    """The decoder gave grey for what was missing; a thumbnail in the header ends with the same marker."""
    noise = np.random.default_rng(0).integers(0, 255, (48, 160, 3), np.uint8)
    content = bytes(io.encode_image_jpeg(noise, 90))
    if thumbnail:
        content = content[:2] + b"\xff\xe1\x00\x06ab\xff\xd9" + content[2:]
    (tmp_path / "image.jpg").write_bytes(content)
    assert read_image(tmp_path / "image.jpg").shape == noise.shape
    (tmp_path / "image.jpg").write_bytes(content[: int(len(content) * share)])
    with pytest.raises(BadInputError, match=r"image\.jpg: cannot be decoded \(is cut short\)"):
        read_image(tmp_path / "image.jpg")


@pytest.mark.parametrize(("row", "text"), [("S_rect_02", "1e9 1e9"), ("P_rect_02", " ".join(["1e300"] * 12))])
def test_a_calibration_of_no_camera(tmp_path: Path, row: str, text: str) -> None:
    """Without images its size was taken as it is, and its products became NaN."""
    raw(tmp_path)
    for image in tmp_path.rglob("*.png"):
        image.unlink()
    path = tmp_path / DAY / "calib_cam_to_cam.txt"
    lines = [line for line in path.read_text().splitlines() if not line.startswith(row)]
    path.write_text("\n".join([*lines, f"{row}: {text}"]))
    with pytest.raises(BadInputError, match=r"calib_cam_to_cam|which no camera has"):
        open_dataset(tmp_path)


def test_two_frames_of_one_name(tmp_path: Path) -> None:
    """Frames go by their names in the store: those of two copies of a drive were taken for each other."""
    for day in ("a", "b"):
        raw(tmp_path / "made")
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / "made" / DAY).rename(tmp_path / "data" / day)
    with pytest.raises(BadInputError, match=f"has 2 frames called {DRIVE}/image_02/0000000000"):
        open_dataset(tmp_path / "data")


@pytest.mark.parametrize("content", [b"[" * 100_000, b'[{"token": "\xb4"}]'])
def test_nuscenes_tables_that_are_no_json(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "v1.0-mini").mkdir()
    for table in ("sensor", "sample_data"):
        (tmp_path / f"v1.0-mini/{table}.json").write_bytes(content)
    with pytest.raises(BadInputError, match=r"sensor\.json"):
        open_dataset(tmp_path)


@pytest.mark.parametrize("field", ["SIZE 1 4 4", "TYPE X F F", "FIELDS \xc2x y z"])
def test_headers_that_open3d_fails_at(tmp_path: Path, field: str) -> None:
    lines = ["VERSION .7", "FIELDS x y z", "SIZE 4 4 4", "TYPE F F F", "COUNT 1 1 1", "WIDTH 1", "HEIGHT 1", "POINTS 1"]
    lines = [field if field.split()[0] == line.split()[0] else line for line in lines]
    content = "\n".join([*lines, "DATA ascii", "1 2 3", ""])
    (tmp_path / "0.pcd").write_bytes(content.encode("latin-1"))
    with pytest.raises(BadInputError, match=r"0\.pcd"):
        read_cloud(tmp_path / "0.pcd")


PLY = "ply\nformat {}\n{}element vertex 1\nproperty float x\nproperty float y\n{}end_header\n"


@pytest.mark.parametrize(
    "content",
    [
        PLY.format("binary_little_endian 1.0", "", f"property float {'z' * 300}\n").encode() + bytes(12),
        PLY.format("binary_little_endian 1.0", f"comment {'a ' * 600}\n", "property float z\n").encode() + bytes(12),
        PLY.format("ascii 1.0", "", "property float z\n").encode() + b"1 2 " + b"3" * 300 + b"\n",
    ],
    ids=["header", "comment", "points"],
)
def test_words_that_end_open3d(tmp_path: Path, content: bytes) -> None:
    """Its PLY reader writes past a buffer, which ends the process without a word of Python."""
    (tmp_path / "0.ply").write_bytes(content)
    with pytest.raises(BadInputError, match=r"0\.ply: has words that no PCD or PLY file has"):
        read_cloud(tmp_path / "0.ply")


def test_properties_whose_names_are_no_text(tmp_path: Path) -> None:
    """Read without complaint, they raised where they were looked at."""
    header = PLY.format("binary_little_endian 1.0", "", "property float z\nproperty float r\u00fdng\n")
    (tmp_path / "0.ply").write_bytes(header.encode("latin-1") + bytes(16))
    with pytest.raises(BadInputError, match=r"0\.ply"):
        read_cloud(tmp_path / "0.ply")


@pytest.mark.parametrize(
    ("name", "row"), [("calib_imu_to_velo.txt", "R: 1 0 0 0 1 0 0 0 0"), ("calib_velo_to_cam.txt", f"R: {'9 ' * 9}")]
)
def test_a_mounting_that_is_no_motion(tmp_path: Path, name: str, row: str) -> None:
    """A singular one raised LinAlgError, another gave pictures of nonsense."""
    raw(tmp_path)
    path = tmp_path / DAY / name
    path.write_text("\n".join([row, *[line for line in path.read_text().splitlines() if not line.startswith("R:")]]))
    with pytest.raises(BadInputError, match=rf"{name}: 'R:' is no rotation and translation"):
        open_dataset(tmp_path)


@pytest.mark.parametrize("far_m", [1.1e4, -1e19, 3.4e38])
def test_a_point_beyond_what_any_lidar_reaches(tmp_path: Path, far_m: float) -> None:
    """Taken as measured, it overflowed in the projection."""
    raw(tmp_path)
    scan = next(tmp_path.rglob("*.bin"))
    points = np.fromfile(scan, "<f4").reshape(-1, 4)
    points[7, 1] = far_m
    points.tofile(scan)
    with pytest.raises(BadInputError, match=rf"{scan.name}: has 1 points beyond 10 km, the first is 7"):
        open_dataset(tmp_path).frame(0)


def test_oxts_of_no_vehicle(tmp_path: Path) -> None:
    raw(tmp_path)
    path = min(tmp_path.rglob("oxts/data/*.txt"))
    path.write_text(" ".join(["91", *path.read_text().split()[1:]]))
    with pytest.raises(BadInputError, match=rf"{path.name}: its number 1, 91, cannot be"):
        open_dataset(tmp_path, ReadOptions("accumulated")).frame(0)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "name: /front/camera_info",
            "name: /side/camera_info",
            "announces messages of /side/camera_info, and holds none",
        ),
        ("name: /front/camera_info", "name: true", "name a topic or a type that is no text"),
        ("name: /front/camera_info", "name: [1]", "cannot be read as a ROS bag"),
    ],
)
def test_a_bag_whose_metadata_name_other_topics(tmp_path: Path, old: str, new: str, told: str) -> None:
    bag("sqlite3", "log", tmp_path)
    path = tmp_path / "log/metadata.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(BadInputError, match=told):
        open_dataset(tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [(b'"lidarsel apply"', b'"\xfd"'), (b"[[3,", b"[[9,"), (b"[[3,", b"[[-5,"), (b"[[3,", b"[[3,0],[3,")],
)
def test_a_record_of_thinning_that_cannot_be(tmp_path: Path, old: bytes, new: bytes) -> None:
    thinned(tmp_path)
    path = tmp_path / "thinned/lidarsel-thinned.json"
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))
    with pytest.raises(BadInputError, match="thin the log anew"):
        open_dataset(tmp_path / "thinned")


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to(path), lambda path: path.symlink_to("gone")])
def test_a_log_with_what_cannot_be_copied(tmp_path: Path, make: Callable[[Path], object]) -> None:
    """A link in a circle raised RuntimeError, a pipe hung."""
    write_scan(tmp_path / "velodyne/000000.bin", np.ones((4, 3)))
    make(tmp_path / "notes.txt")
    with pytest.raises(BadInputError, match=r"notes\.txt.*remove it from the log"):
        log_files(tmp_path)
