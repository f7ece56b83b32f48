"""Folders of PCD and PLY files, for sensors of any number of lines; and what all readers of rings have in common."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from lidarsel.datasets.base import Dataset, ReadOptions
from lidarsel.datasets.clouds.files import read_cloud_scan
from lidarsel.datasets.registry import open_dataset
from lidarsel.datasets.scans.ring_scans import RingScan, find_rings, ring_scan
from lidarsel.errors import BadInputError
from tests.support.chosen_lines import write_lines
from tests.support.commands import assert_refused, lidarsel, succeeded
from tests.support.sensor_frames import SIZE, Sensor, sensor, write_image, write_scan, write_yaml_calibration

SCAN = ReadOptions(ground_truth="scan")


def write_clouds(folder: Path, made: Sensor, suffix: str, images: str = "images", from_lowest: bool = True) -> Path:
    write_yaml_calibration(folder / "calibration.yaml", made.calibration)
    for i, moment in enumerate(made.moments):
        write_scan(folder / f"sweep_{i}{suffix}", moment.scan, made.n_lines, from_lowest)
        write_image(folder / images / f"sweep_{i}.png", moment.image)
    return folder


@pytest.mark.parametrize(("n_lines", "suffix", "from_lowest"), [(16, ".pcd", True), (128, ".ply", False)])
def test_lines_are_the_sensors(tmp_path: Path, n_lines: int, suffix: str, from_lowest: bool) -> None:
    made = sensor(n_lines)
    data = open_dataset(write_clouds(tmp_path / "log", made, suffix, from_lowest=from_lowest), SCAN)
    assert isinstance(data, Dataset)
    assert (data.layout, data.n_lines, data.sensor) == ("clouds", n_lines, f"{n_lines}-line lidar")
    assert (data.ground_truth, data.problems, list(data.drives)) == ("scan", [], ["log"] * 3)
    assert list(data.frame_ids) == ["sweep_0", "sweep_1", "sweep_2"]
    np.testing.assert_allclose(data.elevation_deg, made.elevation_deg, atol=0.05)
    for index, moment in enumerate(made.moments):
        frame = data.frame(index)
        np.testing.assert_array_equal(frame.points.count_by_line(n_lines), made.points_per_line(moment))
        np.testing.assert_allclose(frame.points.draw(*SIZE), made.sparse(moment), atol=1e-3)
        np.testing.assert_array_equal(frame.image, moment.image)


def test_inspect(tmp_path: Path) -> None:
    made = sensor(32)
    write_clouds(tmp_path / "log", made, ".pcd", images="image")
    told = json.loads(succeeded(lidarsel("inspect", tmp_path / "log", "--json")))
    assert (told["layout"], told["n_lines"], told["n_frames"], told["has_images"]) == ("clouds", 32, 3, True)
    expected = np.mean([made.points_per_line(moment) for moment in made.moments], axis=0)
    np.testing.assert_allclose(told["points_per_line"], expected)


def test_a_missing_calibration_is_named(tmp_path: Path) -> None:
    write_clouds(tmp_path, sensor(16), ".pcd")
    (tmp_path / "calibration.yaml").unlink()
    assert_refused(lidarsel("inspect", tmp_path), tmp_path / "calibration.yaml", "datasets/README.md")


def test_an_image_size_given_as_width_and_height_is_told(tmp_path: Path) -> None:
    """The remedy was to take the image at its original size, which it had."""
    write_clouds(tmp_path, sensor(16), ".pcd")
    file = tmp_path / "calibration.yaml"
    file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), "image_size": [SIZE[1], SIZE[0]]}))
    assert_refused(lidarsel("inspect", tmp_path), "sweep_0.png", "give image_size as [height, width]")


def test_clouds_and_images_that_do_not_pair_up(tmp_path: Path) -> None:
    write_clouds(tmp_path, sensor(16), ".pcd")
    (tmp_path / "images/sweep_1.png").unlink()
    data = open_dataset(tmp_path)
    assert list(data.frame_ids) == ["sweep_0", "sweep_2"]
    assert "3 clouds and 2 images, of which 2 pair up." in data.notes
    (tmp_path / "sweep_2.ply").touch()
    with pytest.raises(BadInputError, match=r"sweep_2\.ply: stands beside sweep_2\.pcd"):
        open_dataset(tmp_path)


def test_damaged_clouds_are_problems(tmp_path: Path) -> None:
    write_clouds(tmp_path, sensor(16), ".pcd")
    (tmp_path / "sweep_0.pcd").write_bytes(b"no cloud")
    whole = (tmp_path / "sweep_1.pcd").read_bytes()
    (tmp_path / "sweep_1.pcd").write_bytes(whole.replace(b" ring", b" rang"))
    data = open_dataset(tmp_path, ReadOptions(skip_bad=True))
    assert [(p.path.name, p.message) for p in data.problems] == [
        ("sweep_0.pcd", "has no PCD or PLY header that ends"),
        ("sweep_1.pcd", "has points without ring, which tells their lines (their fields: intensity, rang)"),
    ]
    assert list(data.frame_ids) == ["sweep_2"]


def test_thinned_clouds_keep_their_lines(tmp_path: Path) -> None:
    made = sensor(16)
    write_clouds(tmp_path / "log", made, ".pcd")
    chosen = [3, 7, 8, 14]
    lines = write_lines(tmp_path / "lines.yaml", chosen, made.elevation_deg.tolist())
    succeeded(lidarsel("apply", tmp_path / "log", "--lines", lines, "-o", tmp_path / "thin"))
    data = open_dataset(tmp_path / "thin")
    assert data.n_lines == 16
    np.testing.assert_allclose(data.elevation_deg, made.elevation_deg)
    expected = np.where(np.isin(np.arange(16), chosen), made.points_per_line(made.moments[1]), 0)
    np.testing.assert_array_equal(data.frame(1).points.count_by_line(16), expected)
    assert any("Thinned by lidarsel apply to 4 of 16 lines" in note for note in data.notes)


def made_scan(elevation_deg: np.ndarray, rings: list[int], from_lowest: bool, path: str = "x.bin") -> RingScan:
    """Twenty points on each of some rings of a sensor whose lines, from the top, have these elevations."""
    ring = np.repeat(rings, 20)
    line = len(elevation_deg) - 1 - ring if from_lowest else ring
    elevation, azimuth = np.radians(elevation_deg[line]), np.linspace(0, 6, len(ring))
    flat = np.cos(elevation)
    xyz = 9 * np.stack([flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(elevation)], 1)
    return ring_scan(Path(path), xyz, np.zeros(len(ring)), ring)


@given(st.integers(4, 128), st.booleans(), st.floats(0.05, 2.0), st.data())
def test_rings_that_never_return_leave_no_gap(n: int, from_lowest: bool, step_deg: float, data: st.DataObject) -> None:
    """Whatever rings two scans see, lines keep their numbers and even elevations are found at all of them."""
    elevation = 10 - step_deg * np.arange(n) * min(1, 60 / (step_deg * n))
    some = st.lists(st.integers(0, n - 2), min_size=n // 2, max_size=n, unique=True)
    seen = [sorted({*data.draw(some), n - 1}) for _ in range(2)]
    assume(1 in np.diff(sorted({*seen[0], *seen[1]})))  # every other ring alone would be names
    assume(0 in (*seen[0], *seen[1]) or (n - 1) % 8)  # else they are counted from 1
    scans = [made_scan(elevation, rings, from_lowest) for rings in seen]
    rings = find_rings(Path("data"), [partial(scans.__getitem__, index) for index in range(2)], False)
    np.testing.assert_allclose(rings.elevation_deg, elevation, atol=1e-3)
    assert not rings.order.by_elevation
    silent = n - len({*seen[0], *seen[1]})
    assert len(rings.notes) == (silent > 0)
    line = rings.number(scans[0]).line
    np.testing.assert_array_equal(line, np.repeat([n - 1 - r if from_lowest else r for r in seen[0]], 20))


def test_points_at_the_lidar_and_points_not_finite() -> None:
    xyz = np.array([[5.0, 0, 1], [0, 0, 0], [np.nan, 1, 1], [5, 0, -1]])
    scan = ring_scan(Path("x"), xyz, np.arange(4.0), np.array([1, 1, 700_000, 0]))
    rings = find_rings(Path("data"), [lambda: scan], False)
    numbered = rings.number(scan)
    np.testing.assert_array_equal(numbered.line, [0, 1])
    np.testing.assert_array_equal(numbered.intensity, [0, 3])


def test_a_ring_beyond_the_sensors_is_refused() -> None:
    elevation = np.linspace(5, -20, 16)
    rings = find_rings(Path("data"), [lambda: made_scan(elevation, list(range(12)), False)], False)
    assert len(rings.elevation_deg) == 12
    with pytest.raises(BadInputError, match=r"late\.bin: has a point of ring 15 where the data set has rings 0\.\.11"):
        rings.number(made_scan(elevation, list(range(16)), False, "late.bin"))


@pytest.mark.parametrize("ring", [-1, 1024, 2.5])
def test_what_is_no_ring_is_refused(ring: float) -> None:
    with pytest.raises(BadInputError, match=rf"x: has a point of ring {ring}, no ring"):
        ring_scan(Path("x"), np.ones((2, 3)), np.ones(2), np.array([0, ring]))


def test_laser_numbers_are_numbered_by_elevation() -> None:
    """A VLP-16 fires -15, 1, -13, 3 ... degrees."""
    fired = np.array([-15.0, 1, -13, 3, -11, 5, -9, 7, -7, 9, -5, 11, -3, 13, -1, 15])
    scan = made_scan(fired, list(range(16)), False)
    rings = find_rings(Path("data"), [lambda: scan], False)
    np.testing.assert_allclose(rings.elevation_deg, np.sort(fired)[::-1], atol=1e-3)
    np.testing.assert_array_equal(rings.number(scan).line, (15 - fired[scan.ring]) / 2)
    assert "numbered by elevation" in rings.notes[0]


# of the makers' manuals, from the topmost
VLP_32C = [15, 10.333, 7, 4.667, 3.333, 2.333, 1.667, 1.333, 1, 0.667, 0.333, 0, -0.333, -0.667, -1, -1.333, -1.667]
VLP_32C += [-2, -2.333, -2.667, -3, -3.333, -3.667, -4, -4.667, -5.333, -6.148, -7.254, -8.843, -11.31, -15.639, -25]


@pytest.mark.parametrize("from_lowest", [True, False])
@pytest.mark.parametrize("first", [0, 1])
def test_uneven_elevations_and_rings_from_one(from_lowest: bool, first: int) -> None:
    """What counts is the order: Pearson's correlation of this sensor's rings is 0.88."""
    made = made_scan(np.array(VLP_32C), list(range(32)), from_lowest)
    scan = ring_scan(Path("x"), made.xyz_m, made.intensity, made.ring + first)
    rings = find_rings(Path("data"), [lambda: scan], False)
    np.testing.assert_allclose(rings.elevation_deg, VLP_32C, atol=1e-3)
    np.testing.assert_array_equal(rings.number(scan).line, np.repeat(np.arange(32)[:: -1 if from_lowest else 1], 20))
    assert rings.notes == (("Rings are numbered from 1; lines from 0 = topmost.",) if first else ())


@pytest.mark.parametrize("n_rings", [1, 2, 16])
def test_rings_that_are_no_lines_are_refused(n_rings: int) -> None:
    """Always 0, as some converters write it; the number of the return; the sector of a turn."""
    made = made_scan(np.linspace(15, -15, 16), list(range(16)), True)
    order = np.random.default_rng(0).permutation(len(made.ring))
    scan = ring_scan(Path("x.pcd"), made.xyz_m[order], made.intensity, np.arange(len(order)) * n_rings // len(order))
    with pytest.raises(
        BadInputError, match=r"x\.pcd: tells no lines: .*; name the field of the ring with --ring-field"
    ):
        find_rings(Path("data"), [lambda: scan], False)


def test_a_camera_s_axes_are_named() -> None:
    made = sensor(16).moments[0].scan
    turned = np.stack([-made.xyz_m[:, 1], -made.xyz_m[:, 2], made.xyz_m[:, 0]], 1)
    scan = ring_scan(Path("x.pcd"), turned, made.intensity, made.line)
    with pytest.raises(BadInputError, match=r"x\.pcd: is in a camera's axes \(x right, y down, z ahead\)"):
        find_rings(Path("data"), [lambda: scan], False)


def test_a_ring_of_another_name(tmp_path: Path) -> None:
    write_clouds(tmp_path, sensor(16), ".pcd")
    whole = open_dataset(tmp_path)
    for name, option in (("channel", None), ("which", "which")):
        for cloud in tmp_path.glob("*.pcd"):
            head, _, points = cloud.read_bytes().partition(b"\nSIZE")
            fields = head.rpartition(b" ")[0]
            cloud.write_bytes(fields + b" " + name.encode() + b"\nSIZE" + points)
        if option:
            assert_refused(lidarsel("inspect", tmp_path), "sweep_0.pcd", "fields: intensity, which", "--ring-field")
        renamed = open_dataset(tmp_path, ReadOptions(ring_field=option))
        np.testing.assert_array_equal(renamed.elevation_deg, whole.elevation_deg)
    succeeded(lidarsel("inspect", tmp_path, "--ring-field", "which"))
    assert_refused(lidarsel("inspect", tmp_path, "--ring-field", "line"), "sweep_0.pcd", "without 'line'")
    assert_refused(lidarsel("inspect", tmp_path, "--scan-columns", "x,y,z"), "clouds", "leave --scan-columns out")


def test_the_real_pandar64_has_64_lines(shared_data: Path) -> None:
    """Its rings are far from evenly spaced (Pearson 0.886)."""
    scan = read_cloud_scan(shared_data / "pandar64/calib.pcd")
    rings = find_rings(Path("data"), [lambda: scan], False)
    assert len(rings.elevation_deg) == 64
    assert (np.diff(rings.elevation_deg) < 0).all()
    assert rings.notes == ()


def test_damaged_scans_are_passed_over_while_rings_are_found() -> None:
    def damaged() -> RingScan:
        raise BadInputError("bad.bin", "is empty", "copy it")

    good = made_scan(np.linspace(5, -20, 16), list(range(16)), True)
    assert len(find_rings(Path("data"), [damaged, lambda: good], False).elevation_deg) == 16
    with pytest.raises(BadInputError, match=r"bad\.bin"):
        find_rings(Path("data"), [damaged, damaged], False)
