"""Lines of equal error over lines and computing, by a law."""

from itertools import cycle

from lidarsel.planning.law_plan import LawPlan
from lidarsel.report.figures.chart import Axis, Chart, Series, log_axis
from lidarsel.report.figures.style import LOOKS
from lidarsel.report.metric_words import millimetres

_ROOM = 1.15
_LOOKS = [LOOKS[name] for name in ("interval", "spaced", "sas", "switch", "greedy")]


def iso_chart(plan: LawPlan) -> Chart:
    """MACs of the networks against the lines that each needs for an error: a curve for each of a few errors.

    The errors are those of the largest network with each number of lines that was run.
    """
    series = [
        Series(
            name=f"{millimetres(curve.rmse_mm)} mm",
            look=look,
            x=[lines for lines, _ in curve.points],
            y=[macs / 1e9 for _, macs in curve.points],
            low=[None] * len(curve.points),
            high=[None] * len(curve.points),
            hover=[
                f"{millimetres(curve.rmse_mm)} mm by the law\n{lines:.3g} lines, {macs / 1e9:.3g} GMAC"
                for lines, macs in curve.points
            ],
            joined=True,
        )
        for curve, look in zip(plan.equal, cycle(_LOOKS))
    ]
    return Chart(
        _axis("Lines", [lines for each in series for lines in each.x]),
        _axis("GMAC of an image with one set of lines", [macs for each in series for macs in each.y]),
        series,
    )


def _axis(title: str, values: list[float]) -> Axis:
    return log_axis(title, min(values) / _ROOM, max(values) * _ROOM, lambda value: f"{value:g}")
