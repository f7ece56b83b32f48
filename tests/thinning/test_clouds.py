"""PCD and PLY files thinned by their ring: every property of the points kept is the same to the byte."""

from pathlib import Path

import numpy as np
import open3d as o3d
import pytest

from lidarsel.datasets.base import ReadOptions
from lidarsel.errors import BadInputError, LidarselError
from lidarsel.thinning.apply import ThinningSummary, apply_lines
from tests.support.chosen_lines import write_lines

N_LINES = 16
ELEVATIONS_DEG = np.linspace(10, -20, N_LINES)
CHOSEN = [0, 5, 6, 12]


def sweep(n: int = 800, seed: int = 0) -> dict[str, np.ndarray]:
    """Points interleaved by firing, ring 0 lowest as Velodyne counts; some are not finite or at the lidar."""
    rng = np.random.default_rng(seed)
    line = np.arange(n) % N_LINES
    elevation, azimuth = np.radians(ELEVATIONS_DEG[line]), np.linspace(0, 2 * np.pi, n)
    unit = np.stack([np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)], 1)
    xyz = (unit * rng.uniform(3, 60, (n, 1))).astype(np.float32)
    xyz[7], xyz[90] = np.nan, 0
    return {
        "positions": xyz,
        "intensity": rng.random((n, 1), np.float32),
        "ring": (N_LINES - 1 - line).astype(np.uint16)[:, None],
        "timestamp": 1.7e9 + rng.random((n, 1)),
    }


def write_cloud(path: Path, points: dict[str, np.ndarray], **how: bool) -> None:
    cloud = o3d.t.geometry.PointCloud()
    for name, values in points.items():
        cloud.point[name] = o3d.core.Tensor.from_numpy(np.ascontiguousarray(values))
    path.parent.mkdir(parents=True, exist_ok=True)
    assert o3d.t.io.write_point_cloud(path, cloud, **how)


def thin(data: Path, tmp_path: Path, lines: list[int] = CHOSEN, skip_bad: bool = False) -> ThinningSummary:
    path = write_lines(tmp_path / "lines.yaml", lines, ELEVATIONS_DEG.tolist())
    return apply_lines(data, path, tmp_path / "out", ReadOptions(skip_bad=skip_bad), False, "test")


@pytest.mark.parametrize("name", ["a/0.pcd", "a/0.ply"])
@pytest.mark.parametrize("how", [{}, {"compressed": True}])
def test_points_of_the_chosen_lines_are_kept_exactly(tmp_path: Path, name: str, how: dict[str, bool]) -> None:
    points = sweep()
    write_cloud(tmp_path / "data" / name, points, **how)
    done = thin(tmp_path / "data", tmp_path)
    kept = np.isin(N_LINES - 1 - points["ring"][:, 0].astype(int), CHOSEN)
    assert (done.clouds, done.points_before, done.points) == (1, 800, kept.sum())
    cloud = o3d.t.io.read_point_cloud(tmp_path / "out" / name)
    assert set(cloud.point) == set(points)
    for key, values in points.items():
        assert cloud.point[key].numpy().tobytes() == values[kept].tobytes()


def test_rings_counted_from_the_top_are_lines_as_they_are(tmp_path: Path) -> None:
    points = sweep()
    points["ring"] = (N_LINES - 1 - points["ring"]).astype(np.uint16)
    write_cloud(tmp_path / "data/0.pcd", points)
    thin(tmp_path / "data", tmp_path)
    assert set(o3d.t.io.read_point_cloud(tmp_path / "out/0.pcd").point["ring"].numpy().ravel()) == set(CHOSEN)


def test_a_top_line_that_met_nothing_shifts_no_other(tmp_path: Path) -> None:
    points = sweep()
    seen = points["ring"][:, 0] < N_LINES - 2  # the two topmost lines look at the sky
    write_cloud(tmp_path / "data/0.pcd", {name: values[seen] for name, values in points.items()})
    thin(tmp_path / "data", tmp_path)
    rings = o3d.t.io.read_point_cloud(tmp_path / "out/0.pcd").point["ring"].numpy().ravel()
    assert set(rings) == {N_LINES - 1 - line for line in CHOSEN if line >= 2}


def test_a_property_that_open3d_cannot_read_is_not_lost_in_silence(tmp_path: Path) -> None:
    points = sweep(160)
    rows = np.zeros(160, [("xyz", "<f4", 3), ("ring", "<u2")])
    rows["xyz"], rows["ring"] = points["positions"], points["ring"][:, 0]
    header = "ply\nformat binary_little_endian 1.0\nelement vertex 160\nproperty float x\nproperty float y\n"
    header += "property float z\nproperty ushort ring\nend_header\n"
    data = tmp_path / "data"
    data.mkdir()
    (data / "0.ply").write_bytes(header.encode() + rows.tobytes())
    with pytest.raises(BadInputError, match=r"0\.ply.*ring"):
        thin(data, tmp_path)
    assert not (tmp_path / "out").exists()


def test_clouds_that_cannot_be_thinned_are_named(tmp_path: Path) -> None:
    points = sweep()
    data = tmp_path / "data"
    write_cloud(data / "0.pcd", points)
    write_cloud(data / "1.pcd", {name: values for name, values in points.items() if name != "ring"})
    write_cloud(data / "2.pcd", {**points, "ring": points["ring"] + np.uint16(16)})
    few = points["ring"][:, 0] < 8
    write_cloud(data / "3.pcd", {name: values[few] for name, values in points.items()})
    (data / "4.pcd").write_text("no cloud")
    with pytest.raises(BadInputError, match=r"1\.pcd.*ring"):
        thin(data, tmp_path)
    done = thin(data, tmp_path, skip_bad=True)
    assert done.clouds == 1
    assert [reason.split(":")[0] for reason in done.left_out] == ["1.pcd", "2.pcd", "3.pcd", "4.pcd"]
    assert {file.name for file in (tmp_path / "out").iterdir()} >= {"0.pcd"}
    assert not list((tmp_path / "out").glob("[1-4].pcd"))


def test_a_real_sweep(shared_data: Path, tmp_path: Path) -> None:
    (path,) = (shared_data / "nuscenes_sweep").glob("*.bin")
    table = np.fromfile(path, "<f4").reshape(-1, 5)
    points = {"positions": table[:, :3], "intensity": table[:, 3:4], "ring": table[:, 4:].astype(np.uint8)}
    write_cloud(tmp_path / "data/0.ply", {name: np.ascontiguousarray(values) for name, values in points.items()})
    lines = write_lines(tmp_path / "lines.yaml", [3, 30], np.linspace(10, -30, 32).tolist())
    apply_lines(tmp_path / "data", lines, tmp_path / "out", ReadOptions(), False, "test")
    cloud = o3d.t.io.read_point_cloud(tmp_path / "out/0.ply")
    kept = np.isin(table[:, 4], [28, 1])  # nuScenes counts from the lowest
    np.testing.assert_array_equal(cloud.point["positions"].numpy(), table[kept, :3])


def test_clouds_beside_scans_are_copied(tmp_path: Path) -> None:
    from tests.support.kitti_trees import ELEVATIONS_DEG as TREE_ELEVATIONS_DEG
    from tests.support.kitti_trees import write_raw_tree

    write_raw_tree(tmp_path / "raw", frames=1)
    (tmp_path / "raw/map.pcd").write_text("a map, not of the lidar's lines")
    lines = write_lines(tmp_path / "lines.yaml", [1], TREE_ELEVATIONS_DEG.tolist())
    done = apply_lines(tmp_path / "raw", lines, tmp_path / "out", ReadOptions(), False, "test")
    assert (done.scans, done.clouds) == (1, 0)
    assert (tmp_path / "out/map.pcd").read_bytes() == (tmp_path / "raw/map.pcd").read_bytes()


def test_every_cloud_left_out_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/0.pcd").write_text("no cloud")
    with pytest.raises(LidarselError, match="no file is left"):
        thin(tmp_path / "data", tmp_path, skip_bad=True)
    assert not (tmp_path / "out").exists()
