"""A frame's lines in 3-D: which frame, its points, and a window or a picture of them."""

import ctypes
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lidarsel.choices import Viewpoint
from lidarsel.datasets.base import Dataset, ReadOptions
from lidarsel.datasets.parts.png import write_png
from lidarsel.datasets.registry import open_dataset
from lidarsel.errors import UsageError
from lidarsel.geometry.projection import back_project
from lidarsel.pattern import read_pattern
from lidarsel.report.pictures.line_view import LineView, draw_view
from lidarsel.report.pictures.perspective import BACKGROUND_RGB
from lidarsel.report.pictures.viewpoints import EYES, RING_RGB, ground_height_m, ring, ring_radii_m
from lidarsel.writing import whole_file


def open_view(data: Path, lines_path: Path | None, frame: str, options: ReadOptions | None) -> LineView:
    """The view of a frame, named by its number or its name. Raises BadInputError, UsageError."""
    dataset = open_dataset(data, options)
    index = _index_of(dataset, frame)
    pattern = None if lines_path is None else read_pattern(lines_path)
    if pattern is not None:
        pattern.require_sensor(dataset.n_lines, data)
    xyz, line = _points_of(dataset, index)
    return LineView(
        frame_id=dataset.frame_ids[index],
        sensor=dataset.sensor,
        xyz_m=xyz,
        line=line,
        elevation_deg=np.asarray(dataset.elevation_deg),
        elevation_kind=dataset.elevation_kind,
        chosen=None if pattern is None else pattern.lines,
        method="" if pattern is None else pattern.method,
    )


def write_view(view: LineView, path: Path, viewpoint: Viewpoint = "behind") -> None:
    """Write the picture as PNG. Raises OutputError."""
    picture = draw_view(view, viewpoint)
    with whole_file(path) as partial:
        write_png(partial, picture)


def has_display() -> bool:
    """Whether a window can be shown: on Linux where an X display (or XWayland's) takes connections, elsewhere always.

    Asked before Open3D is, which without a display would draw off screen and wait forever for a window to be closed.
    """
    if sys.platform != "linux":
        return True
    try:
        x11 = ctypes.CDLL("libX11.so.6")
    except OSError:
        return False
    x11.XOpenDisplay.restype = ctypes.c_void_p
    display = x11.XOpenDisplay(None)
    if display is None:
        return False
    x11.XCloseDisplay(ctypes.c_void_p(display))
    return True


def show_view(view: LineView, viewpoint: Viewpoint = "behind") -> None:
    """A window to turn and zoom; back when it is closed. Raises UsageError where Open3D cannot open one."""
    window = make_window(view, viewpoint)
    window.run()
    window.destroy_window()


def make_window(view: LineView, viewpoint: Viewpoint) -> Any:
    """Open3D's window, filled, the eye placed as in the picture."""
    import open3d as o3d

    window = o3d.visualization.Visualizer()
    if not window.create_window(" | ".join(view.caption()), 1600, 1000):
        raise UsageError("no window can be opened on this display; write a picture instead with -o view.png")
    cloud = o3d.geometry.PointCloud(o3d.utility.Vector3dVector(view.xyz_m.astype(np.float64)))
    cloud.colors = o3d.utility.Vector3dVector(view.point_rgb() / 255)
    window.add_geometry(cloud)
    ground_m = ground_height_m(view.xyz_m)
    for radius_m in ring_radii_m(view.xyz_m):
        circle = ring(radius_m, ground_m)
        ends = np.arange(len(circle))
        joined = o3d.utility.Vector2iVector(np.column_stack([ends, np.roll(ends, -1)]).astype(np.int32))
        drawn = o3d.geometry.LineSet(o3d.utility.Vector3dVector(circle), joined)
        drawn.paint_uniform_color(np.array(RING_RGB) / 255)
        window.add_geometry(drawn, reset_bounding_box=False)
    window.get_render_option().background_color = np.array(BACKGROUND_RGB) / 255
    window.get_render_option().point_size = 2.0
    eye = EYES[viewpoint]
    back = np.array(eye.position_m) - np.array(eye.target_m)
    control = window.get_view_control()
    control.set_lookat(eye.target_m)
    control.set_front(back / np.linalg.norm(back))
    control.set_up(eye.up)
    # Open3D stands back by zoom times the scene's longest side over the tangent of half its field of view
    half_field = np.radians(control.get_field_of_view() / 2)
    longest_m = float(np.max(cloud.get_max_bound() - cloud.get_min_bound())) or 1.0
    control.set_zoom(float(np.linalg.norm(back) * np.tan(half_field) / longest_m))
    return window


def _points_of(dataset: Dataset, index: int) -> tuple[NDArray[np.floating], NDArray[np.int16]]:
    """The scan's points and lines; of data without scans, the pixels of the depth image put back into space."""
    scan = dataset.scan(index)
    if scan is not None:
        return scan.xyz_m, scan.line
    frame = dataset.frame(index)
    assert frame.calibration is not None
    p = frame.points
    return back_project(p.row, p.column, p.depth_m, frame.calibration), p.line


def _index_of(dataset: Dataset, frame: str) -> int:
    """Raises UsageError where there is no such frame, or several."""
    if frame in dataset.frame_ids:
        return list(dataset.frame_ids).index(frame)
    if frame.isdecimal() and int(frame) < len(dataset):
        return int(frame)
    raise UsageError(
        f"--frame {frame}: the data has frames 0..{len(dataset) - 1}, the first named {dataset.frame_ids[0]}"
    )
