"""What is known of the error at a number of lines: measured, or read off the curve between measured budgets."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Literal

from lidarsel.planning.curve import PowerLaw
from lidarsel.planning.measured import MeasuredRow
from lidarsel.planning.uncertainty import FittedCurve


@dataclass(frozen=True)
class Point:
    """The error with so many lines, its 95 % interval, and whether it holds the bound.

    basis: measured; read off the curve; or measured with the lines that imitate a product.
    """

    lines: int
    basis: Literal["measured", "curve", "imitated"]
    error: float
    low: float
    high: float
    ratio_to_all: float
    holds: bool


@dataclass(frozen=True)
class Step:
    """A measured point; what each line since the next smaller one took off the error, as measured and by the curve.

    The gains are None for the smallest budget; those of the curve also for all lines, which it was not fitted to.
    """

    point: Point
    by_curve: float | None
    per_line: float | None
    curve_per_line: float | None


@dataclass(frozen=True)
class KnownErrors:
    """Measured points by number of lines, fewest first, and the curve that was fitted to all but the last; None where
    these are too few for one."""

    points: dict[int, Point]
    curve: FittedCurve | None
    bound: float
    of_all: float

    @property
    def fitted(self) -> range:
        """The numbers of lines between the smallest and the largest that the curve was fitted to; none without one."""
        if self.curve is None:
            return range(0)
        return range(int(self.curve.lines.min()), int(self.curve.lines.max()) + 1)

    def at(self, lines: int) -> Point | None:
        """The point at a number of lines; None outside of what was measured, where no curve is to be trusted."""
        if self.curve is None or lines in self.points or lines not in self.fitted:
            return self.points.get(lines)
        error = float(self.curve.law.error(lines))
        low, high = self.curve.interval(lambda law: float(law.error(lines)))
        return Point(lines, "curve", error, low, high, error / self.of_all, error <= self.bound)

    def of_product(self, row: MeasuredRow) -> Point:
        """The point of the lines that imitate a product."""
        return _point(row, "imitated", self.bound, self.of_all)

    def fewest(self) -> Point | None:
        """The fewest measured lines that hold the bound."""
        return next((point for point in self.points.values() if point.holds), None)

    def failing(self) -> Point | None:
        """The most measured lines below ``fewest``, which do not hold the bound."""
        fewest = self.fewest()
        below = [point for point in self.points.values() if fewest is None or point.lines < fewest.lines]
        return below[-1] if below else None

    def fewest_by_curve(self) -> Point | None:
        """Fewer lines that hold the bound by the curve, between the measured ones that fail and those that hold.

        None where the curve says that the failing ones hold it: what was measured comes first.
        """
        fewest, failing = self.fewest(), self.failing()
        if self.curve is None or fewest is None or failing is None:
            return None
        if self.curve.law.error(failing.lines) <= self.bound:
            return None
        between = (self.at(lines) for lines in range(failing.lines + 1, fewest.lines))
        return next((point for point in between if point is not None and point.holds), None)

    def reach(self, law: PowerLaw) -> float:
        """The fewest lines at which a curve holds the bound, within what was measured; infinite where it never does."""
        return next((lines for lines in self.fitted if law.error(lines) <= self.bound), inf)

    def steps(self) -> list[Step]:
        """The measured points, each with its gain over the one before."""
        found: list[Step] = []
        for point in self.points.values():
            on_curve = self.curve if point.lines in self.fitted else None
            by_curve = None if on_curve is None else float(on_curve.law.error(point.lines))
            if not found:
                found.append(Step(point, by_curve, None, None))
                continue
            before, lines = found[-1], point.lines - found[-1].point.lines
            gain = None if by_curve is None or before.by_curve is None else (before.by_curve - by_curve) / lines
            found.append(Step(point, by_curve, (before.point.error - point.error) / lines, gain))
        return found


def known_errors(
    rows: Sequence[MeasuredRow], whole: MeasuredRow, max_ratio: float, curve: FittedCurve | None
) -> KnownErrors:
    """The rows of a method, fewest lines first, their curve, and the row of all lines that the bound is a ratio to."""
    bound = max_ratio * whole.error
    points = {row.budget: _point(row, "measured", bound, whole.error) for row in [*rows, whole]}
    return KnownErrors(points, curve, bound, whole.error)


def _point(row: MeasuredRow, basis: Literal["measured", "imitated"], bound: float, of_all: float) -> Point:
    return Point(row.budget, basis, row.error, row.low, row.high, row.error / of_all, row.error <= bound)
