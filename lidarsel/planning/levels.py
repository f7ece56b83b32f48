"""What both figures of a plan are read against: the bound, the error of all lines, and the axis of errors."""

from collections.abc import Sequence

from lidarsel.planning.known import Point
from lidarsel.planning.plan import Plan
from lidarsel.report.figures.chart import Axis, Level, error_axis
from lidarsel.report.figures.style import DASHED, DOTTED
from lidarsel.report.metric_words import error_title, error_told


def plan_errors(plan: Plan, points: Sequence[Point]) -> Axis:
    """The axis of the bounded error, with room for points and what they are read against."""
    heights = [level.y for level in plan_levels(plan)]
    low = min([*heights, *(point.low for point in points)])
    high = max([*heights, *(point.high for point in points)])
    return error_axis(error_title(plan.metric), low, high)


def plan_levels(plan: Plan) -> list[Level]:
    """The bound, and all lines of the log."""
    of_all = plan.bound / plan.max_ratio
    bound, whole = (error_told(error, plan.metric) for error in (plan.bound, of_all))
    return [
        Level(f"bound ({bound})", plan.bound, DASHED, f"bound: {bound}"),
        Level(f"all {plan.n_lines} lines of the log ({whole})", of_all, DOTTED, f"all lines of the log: {whole}"),
    ]
