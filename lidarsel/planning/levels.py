"""What both figures of a plan are read against: the bound, and the error of all lines."""

from lidarsel.planning.plan import Plan
from lidarsel.report.figures.chart import Level
from lidarsel.report.figures.style import DASHED, DOTTED
from lidarsel.report.metric_words import millimetres


def plan_levels(plan: Plan) -> list[Level]:
    """The bound, and all lines of the log."""
    all_mm = plan.bound_mm / plan.max_rmse_ratio
    bound, whole = f"{millimetres(plan.bound_mm)} mm", f"{millimetres(all_mm)} mm"
    return [
        Level(f"bound ({bound})", plan.bound_mm, DASHED, f"bound: {bound}"),
        Level(f"all {plan.n_lines} lines of the log ({whole})", all_mm, DOTTED, f"all lines of the log: {whole}"),
    ]
