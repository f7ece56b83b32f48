"""How the lines of a drive's ``.bin`` scans are told: by their record, a calibration, the product that was simulated,
their rings, or their order."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.parts.files import require_reachable, returned
from lidarsel.datasets.parts.simulated import SimulatedSensor, simulated_product
from lidarsel.datasets.scans.calibrated import Points, lines_by_sensor
from lidarsel.datasets.scans.columns import KITTI_COLUMNS, ScanColumns, find_columns, read_columns
from lidarsel.datasets.scans.numbering import RecordedLines, ScanNumbering, ScanOrder
from lidarsel.datasets.scans.ring_scans import RingScan, find_rings, ring_scan
from lidarsel.datasets.scans.thinned import thinned_above
from lidarsel.geometry.unordered import LaserCones

_EXACT_DEG = 0.01  # what is simulated lies on its cones, but for the rounding of files, which is allowed for anyhow


def numbering_of(paths: Mapping[int, Path], options: ReadOptions) -> ScanNumbering:
    """Of a drive's scans, by frame number. A calibration tells the lines of scans in any order, but not of thinned
    ones: their record does. Raises BadInputError where the columns or the rings cannot be used."""
    if not paths:
        return ScanOrder()
    files = list(paths.values())
    columns = find_columns(files, options.scan_columns)
    thinned = thinned_above(files[0].parent)
    notes = columns_notes(columns)
    if thinned is not None:
        return RecordedLines(thinned, columns=columns, notes=notes)
    if options.sensor is not None:
        return replace(lines_by_sensor(options.sensor, partial(bin_points, columns)), notes=notes)
    product = simulated_product(files[0])
    if product is not None:
        return replace(lines_by_sensor(_cones(product), partial(bin_points, columns)), notes=(*notes, _told(product)))
    if columns.has_ring:
        reads = [partial(bin_rings, columns, file) for file in files]
        rings = find_rings(files[0].parent, reads, options.skip_bad)
        return replace(rings.numbering(lambda path, _: bin_rings(columns, path)), notes=(*notes, *rings.notes))
    return ScanOrder(columns=columns, notes=notes)


def columns_notes(columns: ScanColumns) -> tuple[str, ...]:
    """What results must say of columns that are not KITTI's."""
    return () if columns == KITTI_COLUMNS else (f"The scans' columns are read as {columns}.",)


def simulated_cones(scan: Path) -> LaserCones | None:
    """Of the product that a scan was simulated with; None where there is none. Raises BadInputError naming the note."""
    product = simulated_product(scan)
    return None if product is None else _cones(product)


def _cones(product: SimulatedSensor) -> LaserCones:
    """Lines that meet nothing but sky are in no scan, so that counting sweeps would not tell the lines of a product."""
    elevation_deg = np.array(product.elevation_deg)
    return LaserCones(elevation_deg, np.zeros(len(elevation_deg)), _EXACT_DEG)


def _told(product: SimulatedSensor) -> str:
    return f"Lines are told by the elevations that the {product.sensor_model} was simulated with."


def bin_points(columns: ScanColumns, path: Path) -> Points:
    """A scan in any order, without "no return". Raises BadInputError."""
    table = read_columns(path, columns)
    away = returned(path, table.xyz_m)
    xyz = np.ascontiguousarray(table.xyz_m[away])
    require_reachable(path, xyz)
    return xyz, np.ascontiguousarray(table.intensity[away])


def bin_rings(columns: ScanColumns, path: Path) -> RingScan:
    """A scan whose columns have the ring. Raises BadInputError."""
    table = read_columns(path, columns)
    assert table.ring is not None
    return ring_scan(path, table.xyz_m, table.intensity, table.ring)
