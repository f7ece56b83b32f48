"""A recording for the Rerun viewer: read back by Rerun's own reader, and refused in one line where it is not there."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from lidarsel.report.pictures.line_view import CHOSEN_RGB, DROPPED_RGB
from tests.support.chosen_lines import write_lines
from tests.support.commands import assert_refused, lidarsel, run, succeeded
from tests.support.kitti_trees import ELEVATIONS_DEG, Street, write_raw_tree

KEPT = [0, 7]


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("raw")
    write_raw_tree(folder, frames=1)
    return folder


def entities(path: Path) -> dict[str, dict[str, list]]:
    """What a recording holds: by entity, its components."""
    reader = pytest.importorskip("rerun.chunk", reason="rerun-sdk with its reader of recordings is not installed")
    found: dict[str, dict[str, list]] = {}
    for chunk in reader.RrdReader(str(path)).stream().to_chunks():
        batch = chunk.to_record_batch()
        held = {name: batch.column(name)[0].as_py() for name in batch.schema.names if ":" in name}
        found.setdefault(chunk.entity_path, {}).update(held)
    return found


def test_every_line_is_recorded_with_its_points_colour_and_name(raw: Path, tmp_path: Path) -> None:
    pytest.importorskip("rerun", reason="rerun-sdk is not installed: pip install 'lidarsel[rerun]'")
    lines = write_lines(tmp_path / "lines.yaml", KEPT, ELEVATIONS_DEG.tolist())
    out = tmp_path / "out.rrd"
    said = succeeded(lidarsel("view", raw, "--lines", lines, "--rerun", out))
    assert f"recording: {out}" in said
    assert "picture" not in said
    found = entities(out)
    xyz, line = Street().scan(0)
    for number in range(len(ELEVATIONS_DEG)):
        group, rgb = ("kept", CHOSEN_RGB) if number in KEPT else ("dropped", DROPPED_RGB)
        own = found[f"/lidar/{group}/line_{number:02}"]
        np.testing.assert_array_equal(
            np.array(own["Points3D:positions"], np.float32), xyz[line == number].astype(np.float32)
        )
        assert own["Points3D:class_ids"] == [number]
        assert own["Points3D:colors"] == [int.from_bytes(bytes((*rgb, 255)), "big")]
    assert f"/lidar/kept/line_{1:02}" not in found
    (names,) = found["/lidar"]["AnnotationContext:context"]
    assert f"line 7, {ELEVATIONS_DEG[7]:+.2f}°" in str(names)
    (circle,) = found["/lidar/range/10_m"]["LineStrips3D:strips"]
    np.testing.assert_allclose(np.hypot(*np.array(circle)[:, :2].T), 10, rtol=1e-5)
    assert "2 of 16 lines kept" in str(found["/caption"])


def test_without_lines_all_are_in_one_group(raw: Path, tmp_path: Path) -> None:
    pytest.importorskip("rerun", reason="rerun-sdk is not installed: pip install 'lidarsel[rerun]'")
    picture = tmp_path / "view.png"
    succeeded(lidarsel("view", raw, "--rerun", tmp_path / "out.rrd", "-o", picture))
    assert picture.exists()
    groups = {place.split("/")[2] for place in entities(tmp_path / "out.rrd") if "line_" in place}
    assert groups == {"lines"}


def test_without_the_package_one_line_names_the_extra_and_pictures_need_it_not(raw: Path, tmp_path: Path) -> None:
    absent = tmp_path / "absent"
    absent.mkdir()
    (absent / "rerun.py").write_text("raise ImportError('as where it is not installed')")
    path = os.pathsep.join([str(absent), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-m", "lidarsel", "view", raw]
    env = {**os.environ, "PYTHONPATH": path}
    refused = run([*command, "--rerun", tmp_path / "out.rrd"], env=env)
    assert_refused(refused, "--rerun", "pip install 'lidarsel[rerun]'")
    assert not (tmp_path / "out.rrd").exists()
    succeeded(run([*command, "-o", tmp_path / "view.png"], env=env))
