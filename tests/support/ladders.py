"""Ladders of networks whose errors follow a closed form, as law files."""

from collections.abc import Callable
from itertools import product

import numpy as np

from lidarsel.contracts import FORMAT_VERSION
from lidarsel.planning.law_file import JudgedError, LadderRun, LawFile, LawSplit

LINES = (4, 8, 16, 32, 48)
MACS = (0.25e9, 0.5e9, 1e9, 2e9, 4e9)
FRAMES = (60, 240)

ClosedForm = Callable[[float, float, float], float]
"""RMSE in mm by lines, MACs and training frames."""


def lines_only(lines: float, macs: float, frames: float) -> float:
    """Neither network nor data change anything."""
    return 400 + 9000 * lines**-0.9


def network_at_few_lines(lines: float, macs: float, frames: float) -> float:
    """A larger network makes up for lines."""
    return float(400 + 9000 * lines**-0.9 * (macs / 1e9) ** -0.2)


def data_alone(lines: float, macs: float, frames: float) -> float:
    """More training frames, whatever the lines."""
    return float(300 + 9000 * lines**-0.9 + 4000 * frames**-0.5)


def ladder(
    closed_form: ClosedForm,
    noise: float = 0.005,
    macs: tuple[float, ...] = MACS,
    frames: tuple[int, ...] = FRAMES,
    lines: tuple[int, ...] = LINES,
    seed: int = 0,
) -> LawFile:
    """A network for every number of MACs and frames, each off by a deviation of its own and one for every error."""
    rng = np.random.default_rng(seed)
    runs = []
    for each, trained in product(macs, frames):
        own = noise * rng.standard_normal()
        errors = [
            JudgedError(
                split="streets",
                lines=count,
                rmse_mm=float(closed_form(count, each, trained) * np.exp(own + noise / 3 * rng.standard_normal())),
            )
            for count in lines
        ]
        errors.append(JudgedError(split="streets", lines=0, rmse_mm=9000.0))
        runs.append(
            LadderRun(
                name=f"{each / 1e9:g} GMAC, {trained} frames",
                network_sha256="0" * 64,
                macs=each,
                parameters=int(each / 5000),
                experts=1,
                frames=trained,
                errors=errors,
            )
        )
    return LawFile(
        format_version=FORMAT_VERSION,
        lidarsel_version="0.2.0",
        seed=seed,
        network=f"{len(runs)} sizes",
        network_sha256="0" * 64,
        data="a closed form",
        data_fingerprint="0" * 64,
        command="tests",
        method="spaced",
        image=(352, 1216),
        splits=[LawSplit(name="streets", data="a closed form", data_fingerprint="0" * 64, n_frames=24)],
        runs=runs,
        fits=[],
    )
