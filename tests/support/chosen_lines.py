"""A lines.yaml for tests that apply or show one."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from lidarsel.contracts import FORMAT_VERSION, LinesFile, write_contract


def write_lines(path: Path, lines: Sequence[int], elevation_deg: Iterable[float]) -> Path:
    """The lines of a sensor with these elevations."""
    elevations = [float(angle) for angle in elevation_deg]
    content = LinesFile(
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
    write_contract(path, content)
    return path


HDL64 = np.concatenate([np.linspace(2, -8.5, 32), np.linspace(-8.9, -24.5, 32)])
"""Elevations near those of an HDL-64E, degrees."""
