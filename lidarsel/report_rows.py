"""The rows of a report: what is told of one set of lines."""

from typing import Literal

import msgspec

from lidarsel.checks import require, require_finite, require_ordered
from lidarsel.confidence import Standing


class PartErrors(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row's errors over some of the pixels: means over those frames that have such pixels; null where none has.

    part: which ones: ``0-10`` are those whose true depth is from 0 to below 10 m, ``vehicle`` those that labels tell to
    be of vehicles. n_frames, n_pixels: how many there
    are, the latter of all frames together.
    """

    part: str
    rmse_mm: float | None
    mae_mm: float | None
    irmse_per_km: float | None
    imae_per_km: float | None
    n_frames: int
    n_pixels: int

    def __post_init__(self) -> None:
        figures = [self.rmse_mm, self.mae_mm, self.irmse_per_km, self.imae_per_km]
        known = [figure for figure in figures if figure is not None]
        require_finite(f"part {self.part}", known)
        require(min(known, default=0) >= 0, f"part {self.part}: no error may be negative")
        none = 0 if self.n_frames else len(figures)
        require(len(figures) - len(known) == none, f"part {self.part}: errors are null without frames, and only then")
        require(0 <= self.n_frames <= self.n_pixels, f"part {self.part}: n_frames must be within 0..n_pixels")


class ReportRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One method at one budget. Errors are means over frames.

    method: "all" keeps every line, "none" no line.
    rmse_low_mm, rmse_high_mm: 95 % interval of rmse_mm, by Student's quantile for degrees_of_freedom. These are one
    less than there are independent groups of frames, and fewer where groups differ in length. All three are null with
    one frame, which says nothing of others.
    ratio_to_all: rmse_mm over that of all lines; null where all lines cannot be judged (ground truth "scan").
    error_low, error_high, error_degrees_of_freedom, error_ratio_to_all: the same of the error that decided (the
    report's metric), in its unit and over the frames that tell it. Reports older than these have none: where RMSE
    decided, what they say of RMSE is told instead.
    unjudged_frames: frames without a pixel to judge at, as ground truth "scan" judges at the points of lines that are
    not kept. Their errors count as 0; where no frame was judged, the row's figures say nothing.
    to_chosen_low_mm, to_chosen_high_mm: 95 % interval of rmse_mm minus that of the chosen method with as many lines,
    frame by frame (paired): hard frames are hard for both, so this tells methods apart where their own intervals do
    not. null for the chosen method itself, and where it has no row with as many lines. to_chosen_low, to_chosen_high:
    the same of the error that decided, in its unit.
    untold: share of a product's lines that the log cannot tell of; null of rows that imitate no product.
    by_part: errors within bands of distance and, where labels tell, on classes of things. errors_by: by what may decide
    besides the four figures, as ``balanced`` or ``rmse@0-20``, its mean over the frames that it can be told of. Reports
    older than these have none.
    standing: best: of least error by the report's metric at that number of lines; tied: not told from the best; behind:
    worse beyond chance; null: nothing to compare with, or one frame. to_best_low, to_best_high: the error minus that of
    the best, paired, in the metric's unit; these intervals are made together for all methods of a budget
    (Bonferroni), and a row is tied where its own holds 0. null for the best.
    """

    method: str
    budget: int
    lines: list[int]
    rmse_mm: float
    rmse_low_mm: float | None
    rmse_high_mm: float | None
    mae_mm: float
    irmse_per_km: float
    imae_per_km: float
    n_frames: int
    ratio_to_all: float | None
    degrees_of_freedom: float | None = None
    to_chosen_low_mm: float | None = None
    to_chosen_high_mm: float | None = None
    unjudged_frames: int = 0
    untold: float | None = None
    by_part: list[PartErrors] = []
    errors_by: dict[str, float] = {}
    standing: Standing | None = None
    to_best_low: float | None = None
    to_best_high: float | None = None
    error_low: float | None = None
    error_high: float | None = None
    error_degrees_of_freedom: float | None = None
    error_ratio_to_all: float | None = None
    to_chosen_low: float | None = None
    to_chosen_high: float | None = None

    def __post_init__(self) -> None:
        require(len(self.lines) == self.budget, "lines of a row must have budget entries")
        figures = [self.rmse_mm, self.mae_mm, self.irmse_per_km, self.imae_per_km]
        ratios = [self.ratio_to_all, self.error_ratio_to_all]
        name = f"row {self.method} {self.budget}"
        for low, high in _ENDS:
            require_ordered(f"{name}: {low}, {high}", getattr(self, low), getattr(self, high))
        ends = [getattr(self, end) for pair in _ENDS for end in pair]
        known = [each for each in (*ratios, *ends) if each is not None]
        require_finite(name, [*figures, *known, *self.errors_by.values()])
        least = [*figures, *self.errors_by.values(), *(each or 0 for each in ratios)]
        require(min(*least, self.rmse_low_mm or 0, self.error_low or 0) >= 0, f"{name}: no error may be negative")
        require(self.n_frames >= 1, f"{name}: n_frames must be at least 1")
        require(0 <= self.unjudged_frames <= self.n_frames, f"{name}: unjudged_frames must be within 0..n_frames")
        require(0 <= (self.untold or 0) < 1, f"{name}: untold must be at least 0 and below 1")

    def within(self, part: str) -> PartErrors | None:
        """Its errors within a part; None where they are not told."""
        return next((errors for errors in self.by_part if errors.part == part), None)

    @property
    def is_judged(self) -> bool:
        """Whether its figures are of any frame at all."""
        return self.unjudged_frames < self.n_frames

    @property
    def interval_mm(self) -> tuple[float, float] | None:
        """The 95 % interval of the RMSE; None with one frame."""
        return _both(self.rmse_low_mm, self.rmse_high_mm)

    @property
    def error_interval(self) -> tuple[float, float] | None:
        """That of the error that decided; None with one frame, and in older reports."""
        return _both(self.error_low, self.error_high)


_ENDS = (
    ("rmse_low_mm", "rmse_high_mm"),
    ("to_chosen_low_mm", "to_chosen_high_mm"),
    ("to_best_low", "to_best_high"),
    ("error_low", "error_high"),
    ("to_chosen_low", "to_chosen_high"),
)
"""Of a row's intervals, by name."""


def _both(low: float | None, high: float | None) -> tuple[float, float] | None:
    return None if low is None or high is None else (low, high)


ChosenOn = Literal["same frame", "previous frame"]


class PerFrameRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One fixed set of lines beside sets of as many lines, one chosen for each frame; judged on the same frames.

    chosen_on: what a frame's set was chosen on: the frame itself, which bounds the gain, or the one before it.
    error: mean over frames of the report's metric, in its unit, with the frames' own sets. fixed_error: with the fixed
    one. gain: fixed_error - error. gain_low, gain_high: its 95 % interval, as of a ReportRow.
    """

    method: str
    budget: int
    chosen_on: ChosenOn
    n_frames: int
    error: float
    fixed_error: float
    gain: float
    gain_low: float | None
    gain_high: float | None
    degrees_of_freedom: float | None = None

    def __post_init__(self) -> None:
        figures = [self.error, self.fixed_error, self.gain, self.gain_low, self.gain_high]
        name = f"per_frame {self.method} {self.budget}"
        require_finite(name, [each for each in figures if each is not None])
        require(min(self.error, self.fixed_error) >= 0, f"{name}: no error may be negative")
        require_ordered(f"{name}: gain_low, gain_high", self.gain_low, self.gain_high)
        require(self.n_frames >= 1, f"{name}: n_frames must be at least 1")
