"""A frame's lines as a recording for the Rerun viewer (rerun.io), in which each line can be hidden and pointed at."""

from pathlib import Path
from typing import Any

import numpy as np

from lidarsel.errors import UsageError
from lidarsel.frame import UNKNOWN_LINE
from lidarsel.report.pictures.line_view import LineView
from lidarsel.report.pictures.viewpoints import RING_RGB, ground_height_m, ring, ring_radii_m
from lidarsel.writing import whole_file


def require_rerun() -> Any:
    """The package. Raises UsageError where it is not installed."""
    try:
        import rerun
    except ImportError:
        raise UsageError("--rerun needs rerun-sdk: pip install 'lidarsel[rerun]'; -o view.png needs nothing") from None
    return rerun


def write_recording(view: LineView, path: Path) -> None:
    """Write the points of each line under ``lidar/kept`` or ``lidar/dropped`` (``lidar/lines`` where no lines were
    given), those of unknown line under ``lidar/unknown``, the rings of range, and the caption.

    Coordinates are the lidar's, in metres. Raises UsageError without the package, OutputError.
    """
    rerun = require_rerun()
    with whole_file(path) as partial:
        # without properties, which hold the time of day: the same frame makes the same recording
        recording = rerun.RecordingStream("lidarsel", recording_id=view.frame_id, send_properties=False)
        recording.save(partial)
        for place, content in _entities(rerun, view):
            recording.log(place, content, static=True)
        recording.flush()
        recording.disconnect()


def _entities(rerun: Any, view: LineView) -> list[tuple[str, Any]]:
    """What is logged, and where."""
    colours, digits = view.line_rgb(), len(str(view.n_lines - 1))
    names = [f"line {line}, {elevation:+.2f}°" for line, elevation in enumerate(view.elevation_deg)]
    told = [rerun.AnnotationInfo(line, name, tuple(map(int, colours[line]))) for line, name in enumerate(names)]
    found = [("lidar", rerun.ViewCoordinates.FLU), ("lidar", rerun.AnnotationContext(told))]
    for line in np.unique(view.line).tolist():
        points = view.xyz_m[view.line == line].astype(np.float32)
        if line == UNKNOWN_LINE:
            found.append(("lidar/unknown", rerun.Points3D(points, colors=colours[line])))
            continue
        group = "lines" if view.chosen is None else "kept" if line in view.chosen else "dropped"
        place = f"lidar/{group}/line_{line:0{digits}}"
        found.append((place, rerun.Points3D(points, colors=colours[line], class_ids=line)))
    ground_m = ground_height_m(view.xyz_m)
    for radius_m in ring_radii_m(view.xyz_m):
        circle = ring(radius_m, ground_m)
        closed = np.vstack([circle, circle[:1]])
        drawn = rerun.LineStrips3D([closed], colors=RING_RGB, labels=[f"{radius_m:g} m"])
        found.append((f"lidar/range/{radius_m:g}_m", drawn))
    return [*found, ("caption", rerun.TextDocument("\n".join(view.caption())))]
