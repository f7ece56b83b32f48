"""What a report says of a network's spread: how far its depths may be off, and whether that holds."""

from typing import Literal

import msgspec

from lidarsel.checks import require, require_finite, require_ordered

SpreadMethod = Literal["network", "distance"]
"""Whose spread: the network's own, or what anybody has without one, the distance to the nearest measurement."""


class SpreadRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One spread with one set of lines. Intervals are scaled on other drives than those that they are told of.

    method: whose spread. lines_by: what chose the lines: ``all``, ``spaced`` or as in the report's rows.
    coverage_90, coverage_95: share of the pixels whose truth is in the interval of that level, mean over frames;
    coverage_90_low, coverage_90_high: the former's 95 % interval between drives, as in ``ReportRow``.
    half_width_m: of the 90 % intervals, mean over pixels and frames. likelihood: mean negative log-likelihood of log
    depth under Laplace distributions, in nats; less is better. ause: area under the sparsification error, as a share of
    RMSE. unscaled_coverage_90: of the spread as the network gives it; null of the distance, which is no depth.
    n_frames, n_pixels: judged, the latter of all frames together.
    """

    method: SpreadMethod
    lines_by: str
    budget: int
    coverage_90: float
    coverage_90_low: float | None
    coverage_90_high: float | None
    coverage_95: float
    half_width_m: float
    likelihood: float
    ause: float
    unscaled_coverage_90: float | None
    n_frames: int
    n_pixels: int

    def __post_init__(self) -> None:
        name = f"spread {self.method} {self.lines_by} {self.budget}"
        shares = [self.coverage_90, self.coverage_95, self.unscaled_coverage_90 or 0]
        require_finite(name, [*shares, self.half_width_m, self.likelihood, self.ause])
        require(min(shares) >= 0 and max(shares) <= 1, f"{name}: coverage must be within 0..1")
        require(min(self.half_width_m, self.ause) >= 0, f"{name}: half_width_m and ause must not be negative")
        require_ordered(f"{name}: coverage_90_low, coverage_90_high", self.coverage_90_low, self.coverage_90_high)
        require(1 <= self.n_frames <= self.n_pixels, f"{name}: n_frames must be within 1..n_pixels")


class SpreadReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of a network's spread on the judged frames.

    rows: of the network and of the distance, set by set. by_line_m: of the chosen lines, half of the 90 % interval
    where each line of the sensor looks, kept or not: mean over its points and frames; null of lines that are not in the
    image. drives: how many there are; half of them scales for the other half.
    """

    rows: list[SpreadRow]
    by_line_m: list[float | None]
    drives: int

    def __post_init__(self) -> None:
        require(bool(self.rows), "spread: rows must not be empty")
        known = [each for each in self.by_line_m if each is not None]
        require_finite("spread: by_line_m", known)
        require(self.drives >= 2, "spread: drives must be at least 2")
