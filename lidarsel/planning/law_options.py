"""Numbers of lines with the networks of a ladder: what is known of the error of each, and which network to take."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf
from pathlib import Path
from typing import Literal

import numpy as np

from lidarsel.errors import BadInputError
from lidarsel.planning.law_file import LadderRun
from lidarsel.planning.law_fit import DrawnLaw
from lidarsel.planning.trade import point_of

BYTES_A_PARAMETER = 4
"""Weights are float32."""


@dataclass(frozen=True)
class LawLimits:
    """What a network may take, and how far its error may be.

    macs, memory_bytes: of a network, at most; infinite bounds nothing. max_ratio: RMSE at most this many times that of
    the most lines that were run with the best network; None bounds nothing.
    """

    macs: float = inf
    memory_bytes: float = inf
    max_ratio: float | None = None


@dataclass(frozen=True)
class AskedSensor:
    """lines: that it has or, of a product, that it is worth. product: its model. price: where prices were given."""

    lines: int
    product: str | None = None
    price: float | None = None


@dataclass(frozen=True)
class LawOption:
    """A sensor with a network of the ladder.

    lines, product, price: of the sensor. rmse_mm: measured; or what the law says, times what this network was off it
    elsewhere. low_mm, high_mm: 95 % interval of the law; None of what was measured.
    """

    lines: int
    product: str | None
    network: str
    macs: float
    parameters: int
    basis: Literal["measured", "law"]
    rmse_mm: float
    low_mm: float | None
    high_mm: float | None
    ratio: float
    holds: bool
    price: float | None

    @property
    def n_bytes(self) -> float:
        """Of the weights."""
        return float(BYTES_A_PARAMETER * self.parameters)


def measured_mm(run: LadderRun, split: str) -> dict[int, float]:
    """RMSE in mm of a run on a split, by number of lines."""
    return {error.lines: error.rmse_mm for error in run.errors if error.split == split and error.lines > 0}


@dataclass(frozen=True)
class JudgedLadder:
    """The runs that were judged on a split, with its law."""

    runs: Sequence[LadderRun]
    split: str
    drawn: DrawnLaw

    def told(self, run: LadderRun, lines: int) -> tuple[float, float | None, float | None]:
        """RMSE in mm and the ends of its interval, None where it was measured."""
        known, law = measured_mm(run, self.split), self.drawn.law
        if lines in known:
            return known[lines], None, None
        own = float(np.exp(np.mean([np.log(mm / law.error_mm(point_of(run, each))) for each, mm in known.items()])))
        low_mm, high_mm = self.drawn.interval(lambda drawn: drawn.error_mm(point_of(run, lines)))
        return own * law.error_mm(point_of(run, lines)), own * low_mm, own * high_mm

    @cached_property
    def reference_mm(self) -> float:
        """RMSE of the most lines with the best network."""
        most = max(lines for run in self.runs for lines in measured_mm(run, self.split))
        return min(self.told(run, most)[0] for run in self.runs)

    def option(self, runs: Sequence[LadderRun], sensor: AskedSensor, max_ratio: float | None) -> LawOption:
        """A sensor with the network to take: with a bound the smallest that holds it, else the best."""
        found = [self._option(run, sensor, max_ratio) for run in runs]
        holding = [each for each in found if each.holds and max_ratio is not None]
        if holding:
            return min(holding, key=lambda each: (each.macs, each.parameters))
        return min(found, key=lambda each: (each.rmse_mm, each.macs))

    def _option(self, run: LadderRun, sensor: AskedSensor, max_ratio: float | None) -> LawOption:
        rmse_mm, low_mm, high_mm = self.told(run, sensor.lines)
        ratio = rmse_mm / self.reference_mm
        holds = max_ratio is None or ratio <= max_ratio
        basis: Literal["measured", "law"] = "measured" if low_mm is None else "law"
        return LawOption(
            lines=sensor.lines,
            product=sensor.product,
            network=run.name,
            macs=run.macs,
            parameters=run.parameters,
            basis=basis,
            rmse_mm=rmse_mm,
            low_mm=low_mm,
            high_mm=high_mm,
            ratio=ratio,
            holds=holds,
            price=sensor.price,
        )


def fitting_runs(runs: Sequence[LadderRun], limits: LawLimits, path: Path) -> list[LadderRun]:
    """The networks within the limits. Raises BadInputError where there is none, with the smallest that there is."""
    found = [
        run for run in runs if run.macs <= limits.macs and BYTES_A_PARAMETER * run.parameters <= limits.memory_bytes
    ]
    if not found:
        least_macs = min(run.macs for run in runs) / 1e9
        least_bytes = BYTES_A_PARAMETER * min(run.parameters for run in runs) / 1e6
        raise BadInputError(
            path,
            f"none of its networks is within --macs and --memory: the least are {least_macs:.3g}G and "
            f"{least_bytes:.3g}MB",
            "give more, or a ladder with smaller networks",
        )
    return found
