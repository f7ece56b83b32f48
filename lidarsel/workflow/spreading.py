"""Whether a network's spread holds, and where the kept lines leave one blind: calibrated on drives, told of others."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lidarsel.confidence import independent_groups, mean_interval
from lidarsel.errors import BadInputError
from lidarsel.evaluation.asking import require_spread
from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.line_numbers import line_numbers, spaced_lines
from lidarsel.evaluation.spread_samples import (
    N_BINS,
    SpreadSamples,
    bins_of,
    distances_px,
    spread_by_distance,
    spread_samples,
)
from lidarsel.progress import step
from lidarsel.report.pictures.spread_map import PicturedSpread
from lidarsel.report_spread import SpreadMethod, SpreadReport, SpreadRow
from lidarsel.uncertainty.conformal import Scaling, Scores
from lidarsel.uncertainty.scores import coverage, laplace_likelihood, sparsification_area
from lidarsel.workflow.judging import Choice

LEVELS = (0.9, 0.95)
SPREADS: tuple[SpreadMethod, ...] = ("network", "distance")
CALIBRATED_FIGURES = ("coverage_90", "coverage_95", "half_width_m", "likelihood", "ause", "unscaled")
"""Of a frame, as in ``SpreadRow``; the last is its ``unscaled_coverage_90``."""
_OF_LAPLACE = math.log(10) / math.sqrt(2)  # half of its 90 % interval in standard deviations


def require_calibratable(game: LineGame) -> None:
    """Refuse what cannot be calibrated.

    Raises:
        UsageError: the network does not tell its spread.
        BadInputError: the frames are of one drive.
    """
    require_spread(game.network, game.empty_coalition, "--uncertainty")
    if len(set(game.drives)) < 2:
        problem = "its frames are of one drive, and intervals are scaled on other drives than those they are told of"
        raise BadInputError(game.dataset.root, problem, "give more drives, or leave --uncertainty out")


@dataclass(frozen=True)
class JudgedSpread:
    """What a report says of a spread, and a frame of it: that of the middle width with the first set of lines."""

    report: SpreadReport
    frame: PicturedSpread | None


def judge_spread(game: LineGame, chosen: Sequence[Choice]) -> JudgedSpread:
    """Calibrate the spread for every set of lines on half of the drives, and tell of the other half, both ways round.

    Beside the chosen sets stand 4, 8, 16, 32 and all lines of the sensor, evenly spaced.

    Args:
        game: on the frames to judge on.
        chosen: sets of lines; what is told line by line is of the first.

    Raises:
        UsageError, BadInputError: as ``require_calibratable``; or nothing is there to judge a set by.
    """
    require_calibratable(game)
    sets = [*chosen, *(spaced_sets(game))]
    halves = halves_of(game.drives)
    rows: list[SpreadRow] = []
    by_line: list[float | None] = []
    pictured: PicturedSpread | None = None
    with step("judging the spread") as advance:
        for number, choice in enumerate(sets):
            found = []
            for frame in range(len(game)):
                found.append(spread_samples(game, frame, kept_mask(choice, game.n_lines)))
                advance(number * len(game) + frame + 1, len(sets) * len(game))
            told = [CalibratedSpread(method, found, halves, game.drives) for method in SPREADS]
            rows += [each.row(choice, game) for each in told if each.judged]
            if number == 0:
                by_line = told[0].by_line(game.n_lines)
                pictured = told[0].pictured(choice, game)
    if not rows:
        problem = "nothing is there to judge a spread by"
        raise BadInputError(game.dataset.root, problem, "give other --lines, or data with other ground truth")
    return JudgedSpread(SpreadReport(rows=rows, by_line_m=by_line, drives=len(set(game.drives))), pictured)


def spaced_sets(game: LineGame) -> list[Choice]:
    """Lines that are in the image of any frame, evenly spaced."""
    active = np.any([game.active(frame) for frame in range(len(game))], axis=0)
    numbers = [number for number in line_numbers(game.n_lines) if number != 0]
    sets = [tuple(np.flatnonzero(kept).tolist()) for kept in spaced_lines(active, numbers)]
    named = ["all" if number is None else "spaced" for number in numbers]
    found = [
        Choice(name, tuple(range(game.n_lines)) if name == "all" else lines)
        for name, lines in zip(named, sets, strict=True)
    ]
    return [one for one in found if one.method == "all" or len(one.lines) < int(active.sum())]


def kept_mask(choice: Choice, n_lines: int) -> NDArray[np.bool_]:
    """Bool (n_lines,), the lines of a set."""
    kept = np.zeros(n_lines, np.bool_)
    kept[list(choice.lines)] = True
    return kept


def halves_of(drives: Sequence[str]) -> NDArray[np.int64]:
    """int64 (F,), 0 or 1: every second drive is of the other half."""
    number = {name: place for place, name in enumerate(dict.fromkeys(drives))}
    return np.array([number[name] % 2 for name in drives], np.int64)


@dataclass(frozen=True, eq=False)
class _Taught:
    """What one half of the drives taught: by bin, how many spreads each level takes, and the scale of a likelihood."""

    levels: tuple[Scaling, ...]
    scale: NDArray[np.float64]


class CalibratedSpread:
    """One spread with one set of lines, calibrated.

    Args:
        method: whose.
        samples: of each frame.
        halves: int64 (F,), 0 or 1: which half of the drives each frame is of; either scales for the other.
        drives: of each frame.

    Attributes:
        judged: places of the frames that are told of, those with ground truth.
    """

    def __init__(
        self,
        method: SpreadMethod,
        samples: Sequence[SpreadSamples],
        halves: NDArray[np.int64],
        drives: Sequence[str],
    ) -> None:
        self.method, self.samples, self.halves = method, samples, halves
        self._drive = np.unique(list(drives), return_inverse=True)[1].astype(np.int64)
        told = [frame for frame, of_frame in enumerate(samples) if len(of_frame.truth_m)]
        both = len({int(halves[frame]) for frame in told}) == 2
        self.judged = told if both else []
        self.taught = {half: self._learn([f for f in told if halves[f] != half]) for half in (0, 1)} if both else {}

    def _spread(
        self, depth_m: NDArray[np.float64], own_m: NDArray[np.float64], distance_px: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        return own_m if self.method == "network" else spread_by_distance(depth_m, distance_px)

    def _at_truth(self, frame: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Spread and bin of each judged pixel."""
        of = self.samples[frame]
        return self._spread(of.depth_m, of.spread_m, of.distance_px), bins_of(of.distance_px)

    def _learn(self, frames: Sequence[int]) -> _Taught:
        spreads, bins = (np.concatenate(parts) for parts in zip(*map(self._at_truth, frames), strict=True))
        depth_m, truth_m = (
            np.concatenate([getattr(self.samples[frame], of) for frame in frames]) for of in ("depth_m", "truth_m")
        )
        drive = np.repeat(self._drive[frames], [len(self.samples[frame].truth_m) for frame in frames])
        scores = Scores(np.abs(depth_m - truth_m) / spreads, bins, drive)
        in_logs = np.abs(np.log(depth_m / truth_m)) * depth_m / spreads  # in spreads of log depth
        overall = max(float(in_logs.mean()), 1e-9)
        scale = np.array([_mean_or(in_logs[bins == each], overall) for each in range(N_BINS)])
        return _Taught(Scaling.fit(scores, N_BINS, LEVELS), scale)

    def row(self, choice: Choice, game: LineGame) -> SpreadRow:
        """Means over the judged frames."""
        mean = dict(zip(CALIBRATED_FIGURES, self.figures.mean(axis=0).tolist(), strict=True))
        groups = independent_groups([game.drives[frame] for frame in self.judged])
        interval = mean_interval(self.figures[:, 0], groups)
        unscaled = mean.pop("unscaled")
        return SpreadRow(
            method=self.method,
            lines_by=choice.method,
            budget=len(choice.lines),
            **mean,
            coverage_90_low=interval.low,
            coverage_90_high=interval.high,
            unscaled_coverage_90=unscaled if self.method == "network" else None,
            n_frames=len(self.judged),
            n_pixels=sum(len(self.samples[frame].truth_m) for frame in self.judged),
        )

    @cached_property
    def figures(self) -> NDArray[np.float64]:
        """float64 (judged frames, ``CALIBRATED_FIGURES``)."""
        return np.array([self._frame(frame) for frame in self.judged])

    def _frame(self, frame: int) -> list[float]:
        """The figures of a frame, by ``CALIBRATED_FIGURES``, scaled by the other half of the drives."""
        of, taught = self.samples[frame], self.taught[int(self.halves[frame])]
        spreads, bins = self._at_truth(frame)
        error = of.depth_m - of.truth_m
        halves = [scaling.half_width(spreads, bins) for scaling in taught.levels]
        scale = taught.scale[bins] * spreads / of.depth_m
        return [
            *(coverage(error, half) for half in halves),
            float(halves[0].mean()),
            laplace_likelihood(np.log(of.depth_m / of.truth_m), scale),
            sparsification_area(error, halves[0]) if error.any() else 0.0,
            coverage(error, _OF_LAPLACE * spreads),
        ]

    def pictured(self, choice: Choice, game: LineGame) -> PicturedSpread | None:
        """The judged frame of the middle width; None where none is judged."""
        if not self.judged:
            return None
        widths = self.figures[:, CALIBRATED_FIGURES.index("half_width_m")]
        frame = self.judged[np.argsort(widths, kind="stable")[len(self.judged) // 2]]
        sparse_m, depth_m, own_m = game.complete_with_spread(frame, kept_mask(choice, game.n_lines))
        distance_px = distances_px(sparse_m)
        spreads = self._spread(*(image.astype(np.float64).ravel() for image in (depth_m, own_m, distance_px)))
        half = self.taught[int(self.halves[frame])].levels[0].half_width(spreads, bins_of(distance_px.ravel()))
        told = np.full(half.shape, np.nan)
        where = game.swept_pixels(frame)
        told[where] = half[where]
        shown = game.frame(frame)
        return PicturedSpread(shown.frame_id, len(choice.lines), shown.image, told.reshape(depth_m.shape))

    def by_line(self, n_lines: int) -> list[float | None]:
        """Half of the 90 % interval where each line looks, mean over its points; None of lines without any."""
        if not self.judged:
            return [None] * n_lines
        total, points = np.zeros(n_lines), np.zeros(n_lines)
        for frame in self.judged:
            of = self.samples[frame]
            spreads = self._spread(of.line_depth_m, of.line_spread_m, of.line_distance_px)
            half = self.taught[int(self.halves[frame])].levels[0].half_width(spreads, bins_of(of.line_distance_px))
            total += np.bincount(of.line, half, n_lines)
            points += np.bincount(of.line, minlength=n_lines)
        return [float(t / n) if n else None for t, n in zip(total, points, strict=True)]


def _mean_or(values: NDArray[np.float64], otherwise: float) -> float:
    return max(float(values.mean()), 1e-9) if len(values) else otherwise
