"""What both figures of a plan are read against: the bound, and the error of all lines."""

from lidarsel.planning.plan import Plan
from lidarsel.report.figures.chart import Level
from lidarsel.report.figures.style import DASHED, DOTTED
from lidarsel.report.metric_words import error_told


def plan_levels(plan: Plan) -> list[Level]:
    """The bound, and all lines of the log."""
    of_all = plan.bound / plan.max_ratio
    bound, whole = (error_told(error, plan.metric) for error in (plan.bound, of_all))
    return [
        Level(f"bound ({bound})", plan.bound, DASHED, f"bound: {bound}"),
        Level(f"all {plan.n_lines} lines of the log ({whole})", of_all, DOTTED, f"all lines of the log: {whole}"),
    ]
