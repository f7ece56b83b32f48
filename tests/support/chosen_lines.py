"""A lines.yaml for tests that apply or show one."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from lidarsel.contracts import FORMAT_VERSION, LinesFile, write_contract


def lines_file(lines: Sequence[int], elevation_deg: Iterable[float]) -> LinesFile:
    """The lines of a sensor with these elevations."""
    elevations = [float(angle) for angle in elevation_deg]
    return LinesFile(
        format_version=FORMAT_VERSION,
        lidarsel_version="0",
        seed=0,
        network="nearest",
        network_sha256="0" * 64,
        data="test",
        data_fingerprint="0" * 64,
        command="test",
        sensor="test",
        n_lines=len(elevations),
        elevation_deg=elevations,
        elevation_kind="cone",
        method="interval",
        budget=len(lines),
        lines=list(lines),
        line_elevation_deg=[elevations[line] for line in lines],
        chosen_on_frames=[],
    )


def write_lines(path: Path, lines: Sequence[int], elevation_deg: Iterable[float]) -> Path:
    """The same as a file."""
    write_contract(path, lines_file(lines, elevation_deg))
    return path


HDL64 = np.concatenate([np.linspace(2, -8.5, 32), np.linspace(-8.9, -24.5, 32)])
"""Elevations near those of an HDL-64E, degrees."""
