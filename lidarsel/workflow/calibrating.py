"""Calibrating a sensor from a few of its scans, once, so that lines can be told where nothing else tells them."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from lidarsel.contracts import maker, write_contract
from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.damage import require_undamaged
from lidarsel.datasets.parts.fingerprint import spread
from lidarsel.datasets.registry import open_dataset
from lidarsel.datasets.scans.calibrated import WITHOUT_LINES
from lidarsel.errors import BadInputError
from lidarsel.frame import UNKNOWN_LINE
from lidarsel.geometry.unordered import find_cones
from lidarsel.progress import step
from lidarsel.sensor_file import SensorFile
from lidarsel.workflow.calibration_doubts import calibration_doubts

_MOST_POINTS = 1_000_000  # 5 scans of 128 lines; more only take time
_WITHIN_S = 45.0  # 8 s are the most that any sensor took (measured); who waits longer waits in vain
_REMEDY = (
    "give scans in the lidar's own coordinates (x ahead, y left, z up), not freed of motion; name the columns of .bin "
    "scans with --scan-columns"
)


def calibrate_sensor(data: Path, out: Path, options: ReadOptions, max_frames: int, command: str) -> SensorFile:
    """Find the cones of ``max_frames`` evenly spread scans and write ``sensor.yaml``.

    Args:
        data: folder of the data.
        out: file to write.
        options: how the data are read; their ground truth and a calibration do not matter.
        max_frames: how many scans to look at.
        command: the command line, for the file.

    Returns:
        What was written.

    Raises:
        BadInputError: the data cannot be read, has no scans, or its points lie on no cones.
        OutputError: the file cannot be written.
    """
    dataset = open_dataset(data, replace(options, ground_truth="scan", sensor=WITHOUT_LINES))
    require_undamaged(dataset, options.skip_bad)
    frames, points = spread(len(dataset), max_frames), []
    with step("reading scans", len(frames)) as advance:
        for number, index in enumerate(frames, 1):
            scan = dataset.scan(index)
            if scan is None:
                raise BadInputError(data, "holds no scans", "give data with scans; depth images need no calibration")
            points.append(scan.xyz_m)
            advance(number, len(frames))
    with step("finding lines", 1) as advance:
        try:
            xyz = np.concatenate(points)
            cones = find_cones(xyz[:: 1 + len(xyz) // _MOST_POINTS], _WITHIN_S).cones
        except ValueError as error:
            problem = f"its lines cannot be told from its scans: {error}"
            raise BadInputError(data, problem, _REMEDY) from None
        advance(1, 1)
    line = cones.lines_of(xyz)
    told = line[line != UNKNOWN_LINE]
    agreeing = np.bincount(told, minlength=cones.n_lines)
    file = SensorFile(
        **maker(command),
        data=str(data),
        data_fingerprint=dataset.fingerprint,
        frames=[dataset.frame_ids[index] for index in frames],
        n_lines=cones.n_lines,
        elevation_deg=[round(float(angle), 5) for angle in cones.elevation_deg],
        height_m=[round(float(height), 5) for height in cones.height_m],
        points=agreeing.tolist(),
        tolerance_deg=round(cones.tolerance_deg, 5),
        n_points=len(xyz),
        n_told=len(told),
        doubts=calibration_doubts(xyz, line, cones),
    )
    write_contract(out, file)
    return file
