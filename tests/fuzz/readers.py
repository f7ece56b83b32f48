"""Every reader on a small tree of its layout, and thinning; what is read must make sense."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from lidarsel.contracts import read_contract
from lidarsel.datasets.base import Dataset, ReadOptions
from lidarsel.datasets.pandaset.data_frame import read_columns
from lidarsel.datasets.registry import open_dataset
from lidarsel.frame import Frame, Scan
from lidarsel.object_classes import ObjectClass
from lidarsel.sensor_file import SensorFile
from lidarsel.thinning.apply import apply_lines
from tests.fuzz.choices import Choices
from tests.fuzz.target import Target
from tests.fuzz.trees import (
    argoverse,
    bag,
    by_sensor,
    capture,
    cloud_folder,
    columns,
    depth_alone,
    depth_with_scans,
    kitti_360,
    laser_clouds,
    log_of_clouds,
    log_of_scans,
    nuscenes,
    object_layout,
    odometry,
    pandaset,
    pickled,
    raw,
    selection,
    table,
    table_of_arrays,
    thinned,
)
from tests.support.pandas_pickles import Form

SIX_COLUMNS = ("x", "y", "z", "intensity", "ring", "time")
PICKLES: dict[int, Form] = {2: "1.3", 4: "0.25", 5: "3"}
"""By protocol."""
OPTIONS = (
    *(ReadOptions(), ReadOptions(skip_bad=True), ReadOptions("scan"), ReadOptions("scan", skip_bad=True)),
    *(ReadOptions("accumulated", skip_bad=True), ReadOptions("official"), ReadOptions(skip_bad=True, view="360")),
)


def sensible(dataset: Dataset) -> None:
    """Nothing that the game would choke on, or compute nonsense from."""
    assert len(dataset) == len(dataset.frame_ids) == len(dataset.drives)
    assert len(set(dataset.frame_ids)) == len(dataset.frame_ids)
    assert dataset.n_lines == len(dataset.elevation_deg) >= 1
    assert np.isfinite(dataset.elevation_deg).all()
    for index in {0, len(dataset) - 1} if len(dataset) else ():
        scan = dataset.scan(index)
        if scan is not None:
            sensible_scan(scan, dataset.n_lines)
        sensible_frame(dataset.frame(index))


def sensible_scan(scan: Scan, n_lines: int) -> None:
    assert np.isfinite(scan.xyz_m).all()
    assert scan.line.min() >= -1
    assert scan.line.max() < n_lines


def sensible_frame(frame: Frame) -> None:
    height, width = frame.size
    points = frame.points
    assert ((points.row >= 0) & (points.row < height) & (points.column >= 0) & (points.column < width)).all()
    assert np.isfinite(points.depth_m).all()
    assert (points.depth_m > 0).all()
    assert ((points.line >= -1) & (points.line < frame.n_lines)).all()
    assert frame.image is None or frame.image.shape == (height, width, 3)
    if frame.ground_truth_m is not None:
        assert frame.ground_truth_m.shape == frame.size
        assert np.isfinite(frame.ground_truth_m).all()
        assert (frame.ground_truth_m >= 0).all()
    if frame.truth_class is not None:
        assert frame.truth_class.shape == frame.size
        assert frame.truth_class.max() < len(ObjectClass)


def read(place: str, folder: Path, choices: Choices) -> None:
    """Open and read; nothing may be written beside the data."""
    before = {path.name for path in folder.rglob("*")}
    sensible(open_dataset(folder / place, choices.one_of(OPTIONS)))
    assert {path.name for path in folder.rglob("*")} == before


def read_named(names: dict[str, Any], folder: Path, choices: Choices) -> None:
    """As with ``--scan-columns`` or ``--ring-field``."""
    sensible(open_dataset(folder, replace(choices.one_of(OPTIONS), **names)))


def read_by_sensor(place: str, folder: Path, choices: Choices) -> None:
    """As with ``--sensor sensor.yaml``."""
    cones = read_contract(folder / "sensor.yaml", SensorFile).cones()
    options = ReadOptions("scan", sensor=cones, skip_bad=bool(choices.below(2)))
    sensible(open_dataset(folder / place, options))


def read_pickled(folder: Path, _choices: Choices) -> None:
    """A scan's table alone."""
    columns = read_columns(folder / "00.pkl", "xyzitd")
    assert all(values.ndim == 1 and values.dtype.kind in "iuf" for values in columns.values())
    assert len({len(values) for values in columns.values()}) == 1


def thin(folder: Path, choices: Choices) -> None:
    """``lidarsel apply``: a whole folder or none, and nothing beside it."""
    out = folder / "thinned"
    beside = {path.name for path in folder.iterdir()}
    try:
        apply_lines(
            *(folder / "data", folder / "lines.yaml", out),
            *(ReadOptions(skip_bad=bool(choices.below(2))), bool(choices.below(2)), ""),
        )
    finally:
        assert {path.name for path in folder.iterdir()} - beside <= {"thinned"}
    assert (out / "lidarsel-thinned.json").is_file()


def _in(place: str, name: str) -> bool:
    return name.startswith(place)


TARGETS = (
    Target("kitti_raw", raw, partial(read, "")),
    Target("kitti_depth", depth_with_scans, partial(read, "")),
    Target("kitti_depth-alone", depth_alone, partial(read, "")),
    Target("kitti_depth-selection", selection, partial(read, "")),
    Target("kitti_object", object_layout, partial(read, "")),
    Target("kitti_odometry", odometry, partial(read, "")),
    Target("kitti_360", kitti_360, partial(read, "")),
    *(Target(f"columns-{n}", partial(columns, n), partial(read, "")) for n in (3, 5, 6)),
    Target("scan-columns", partial(columns, 6), partial(read_named, {"scan_columns": SIX_COLUMNS})),
    Target("ring-field", laser_clouds, partial(read_named, {"ring_field": "firing"})),
    Target("nuscenes", nuscenes, partial(read, "")),
    Target("argoverse", argoverse, partial(read, "")),
    Target("pandaset", pandaset, partial(read, "")),
    *(Target(f"pickle-{n}", partial(pickled, form, n), read_pickled) for n, form in PICKLES.items()),
    *(
        Target(f"frames_csv-{kind}", partial(table, kind), partial(read, ""))
        for kind in ("bin", "ring.bin", "ply", "pcd")
    ),
    Target("frames_csv-arrays", table_of_arrays, partial(read, "")),
    Target("clouds", cloud_folder, partial(read, "")),
    Target("rosbag-1", partial(bag, "ros1", "log.bag"), partial(read, "")),
    Target("rosbag-mcap", partial(bag, "mcap", "log"), partial(read, "")),
    Target("rosbag-sqlite3", partial(bag, "sqlite3", "log"), partial(read, "")),
    Target("pcap-VLP-16", partial(capture, "VLP-16"), partial(read, "")),
    Target("pcap-VLP-32C", partial(capture, "VLP-32C"), partial(read, ""), partial(_in, "drive.pcap")),
    Target("sensor.yaml-scans", partial(by_sensor, raw), partial(read_by_sensor, "data")),
    Target("sensor.yaml-clouds", partial(by_sensor, cloud_folder), partial(read_by_sensor, "data")),
    Target("sensor.yaml-rosbag", partial(by_sensor, partial(bag, "mcap", "log")), partial(read_by_sensor, "data")),
    Target("thinned", thinned, partial(read, "thinned"), partial(_in, "thinned/")),
    Target("apply-scans", log_of_scans, thin),
    Target("apply-clouds", log_of_clouds, thin),
)
