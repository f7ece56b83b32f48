"""PCD and PLY files written byte by byte here: whole ones are read as they are, and none that is cut or bent is."""

from pathlib import Path

import numpy as np
import open3d
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lidarsel.datasets.clouds.files import read_cloud, read_cloud_scan
from lidarsel.errors import BadInputError

POINTS = 50
PLY_TYPES = {"f4": "float", "f8": "double", "i4": "int", "u1": "uchar"}
KINDS = st.sampled_from(["ply ascii", "ply binary_little_endian", "ply binary_big_endian", "pcd ascii", "pcd binary"])


def cloud(kind: str, ring_type: str = "i4", more: tuple[str, ...] = (), points: int = POINTS) -> tuple[bytes, bytes]:
    """Header and points; ``more`` are the types of further properties, before ring."""
    suffix, encoding = kind.split()
    names = ["x", "y", "z", *(f"p{number}" for number in range(len(more))), "ring"]
    types = ["f4", "f4", "f4", *more, ring_type]
    order = ">" if "big" in encoding else "<"
    table = np.zeros(points, [(name, order + form) for name, form in zip(names, types, strict=True)])
    for number, name in enumerate(names):
        table[name] = np.arange(points) % 8 if name == "ring" else np.arange(points) + number + 1
    if suffix == "ply":
        properties = [f"property {PLY_TYPES[form]} {name}" for name, form in zip(names, types, strict=True)]
        lines = ["ply", f"format {encoding} 1.0", "comment by hand", f"element vertex {points}", *properties]
        header = "\n".join([*lines, "end_header", ""])
    else:
        header = (
            f"# .PCD\nVERSION 0.7\nFIELDS {' '.join(names)}\nSIZE {' '.join(form[1] for form in types)}\n"
            f"TYPE {' '.join(form[0].upper() for form in types)}\nCOUNT {' '.join('1' for _ in types)}\n"
            f"WIDTH {points}\nHEIGHT 1\nVIEWPOINT 0 0 0 1 0 0 0\nPOINTS {points}\nDATA {encoding}\n"
        )
    if encoding != "ascii":
        return header.encode(), table.tobytes()
    text = "\n".join(" ".join(f"{value:g}" for value in row) for row in table.tolist()) + "\n"
    return header.encode(), text.encode()


def write(folder: Path, kind: str, content: bytes) -> Path:
    path = folder / f"0.{kind.split()[0]}"
    path.write_bytes(content)
    return path


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(KINDS, st.sampled_from(["i4", "u1", "f4"]), st.lists(st.sampled_from(["f4", "f8", "i4", "u1"]), max_size=3))
def test_whole_files_are_read_as_they_are(tmp_path: Path, kind: str, ring_type: str, more: list[str]) -> None:
    scan = read_cloud_scan(write(tmp_path, kind, b"".join(cloud(kind, ring_type, tuple(more)))))
    n = np.arange(POINTS)
    assert scan.xyz_m.tolist() == np.stack([n + 1, n + 2, n + 3], axis=1).tolist()
    assert scan.ring.tolist() == (n % 8).tolist()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)
@given(KINDS, st.floats(0, 1, exclude_max=True))
def test_a_file_cut_short_anywhere_is_refused(tmp_path: Path, kind: str, share: float) -> None:
    """Open3D gave what was in memory for the points that a PLY file lacked."""
    header, points = cloud(kind)
    content = header + points.rstrip()
    if kind.endswith("ascii"):
        content = content[: content.rindex(b" ")]  # the last number has one digit: cut within it, nothing is missing
    path = write(tmp_path, kind, content[: int(len(content) * share)])
    with pytest.raises(BadInputError, match=path.name):
        read_cloud_scan(path)


@pytest.mark.parametrize("kind", ["ply ascii", "ply binary_big_endian", "pcd ascii", "pcd binary"])
def test_a_header_without_an_end_never_reaches_open3d(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Its PLY reader ended the process at some of them: now and then, so no test of the reader itself would tell."""
    asked: list[Path] = []
    monkeypatch.setattr(open3d.t.io, "read_point_cloud", asked.append)
    header, _ = cloud(kind)
    for length in range(len(header)):
        path = write(tmp_path, kind, header[:length])
        with pytest.raises(BadInputError, match="has no PCD or PLY header that ends"):
            read_cloud(path)
    assert not asked


@pytest.mark.parametrize("kind", ["ply ascii", "pcd ascii"])
@pytest.mark.parametrize(
    ("word", "told"), [(b"seven", "no number"), (b"1.5", "none of the type u1"), (b"300", "none of the type u1")]
)
def test_a_word_that_is_not_what_the_header_announces(tmp_path: Path, kind: str, word: bytes, told: str) -> None:
    header, points = cloud(kind, "u1")
    path = write(tmp_path, kind, header + points[: points.rstrip().rindex(b" ") + 1] + word + b"\n")
    with pytest.raises(BadInputError, match=told):
        read_cloud_scan(path)


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("ply ascii", b"element vertex 50", b"element vertex -50"),
        ("ply ascii", b"property float y", b"property list uchar float y"),
        ("ply binary_little_endian", b"property float y", b"property quad y"),
        ("ply ascii", b"vertex", b"face"),
        ("pcd ascii", b"SIZE 4 4 4 4", b"SIZE 4 4 4"),
        ("pcd ascii", b"SIZE 4 4 4 4", b"SIZE 4 4 4 9"),
        ("pcd binary", b"COUNT 1 1 1 1", b"COUNT 1 1 1 999999999999"),
        ("pcd binary", b"POINTS 50", b"POINTS 99999999999999999999"),
    ],
)
def test_headers_that_no_such_file_has(tmp_path: Path, kind: str, old: bytes, new: bytes) -> None:
    header, points = cloud(kind)
    assert old in header
    path = write(tmp_path, kind, header.replace(old, new) + points)
    with pytest.raises(BadInputError, match="has a header that no PCD or PLY file has"):
        read_cloud(path)


def test_elements_before_and_after_the_points(tmp_path: Path) -> None:
    """A camera before them, faces, which have lists, after them."""
    header, points = cloud("ply binary_little_endian")
    before = b"element camera 2\nproperty double f\nelement vertex"
    after = b"element face 1\nproperty list uchar int vertex_indices\nend_header"
    header = header.replace(b"element vertex", before).replace(b"end_header", after)
    face = bytes([3]) + np.arange(3, dtype="<i4").tobytes()
    path = write(tmp_path, "ply", header + bytes(16) + points + face)
    assert read_cloud_scan(path).xyz_m[-1].tolist() == [50, 51, 52]
    path.write_bytes(header + bytes(16) + points[:-1])
    with pytest.raises(BadInputError, match="has 815 bytes of points where its header announces 816"):
        read_cloud_scan(path)
