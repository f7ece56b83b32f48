"""How far completion is off with so many lines: as measured, and by the curve between."""

from lidarsel.planning.known import Point
from lidarsel.planning.levels import plan_errors, plan_levels
from lidarsel.planning.plan import Plan
from lidarsel.report.figures.chart import Axis, Chart, Series
from lidarsel.report.figures.style import CHOSEN, DOTTED, NOT_CHOSEN, UNSEEN, Look
from lidarsel.report.metric_words import ends_told, error_told
from lidarsel.report.words import count

_MEASURED = Look(NOT_CHOSEN.colour, NOT_CHOSEN.dash, "circle")
_CURVE = Look(UNSEEN.colour, DOTTED, "x")


def steps_chart(plan: Plan) -> Chart:
    """The bounded error with its 95 % CI against the number of lines, the curve, and the bound.

    The fewest lines that hold the bound are a series of their own.
    """
    points = [step.point for step in plan.steps]
    fewest = [point for point in points if point == plan.fewest]
    series = [
        *([_measured(plan.metric, "fewest that hold the bound", CHOSEN, fewest, strong=True)] if fewest else []),
        _measured(plan.metric, "measured", _MEASURED, [point for point in points if point not in fewest]),
        *_curve(plan),
    ]
    lines = [point.lines for point in points]
    ticks = [(number, str(number)) for number in lines]
    x = Axis("Lines kept (logarithmic)", (lines[0] / 1.1, lines[-1] * 1.1), ticks, log=True)
    return Chart(x, plan_errors(plan, points), [one for one in series if one.x], plan_levels(plan))


def _measured(metric: str, name: str, look: Look, points: list[Point], strong: bool = False) -> Series:
    return Series(
        name=name,
        look=look,
        x=[point.lines for point in points],
        y=[point.error for point in points],
        low=[point.low for point in points],
        high=[point.high for point in points],
        hover=[
            f"{count(point.lines, 'line')}: {error_told(point.error, metric)}, {point.ratio_to_all:.3f} of all\n"
            + ends_told(point.low, point.high, metric)
            for point in points
        ],
        strong=strong,
    )


def _curve(plan: Plan) -> list[Series]:
    """At the numbers of lines that it was fitted to; nothing where there is none."""
    told = [(step.point.lines, step.by_curve) for step in plan.steps if step.by_curve is not None]
    if not told:
        return []
    return [
        Series(
            name="curve, fitted",
            look=_CURVE,
            x=[lines for lines, _ in told],
            y=[error for _, error in told],
            low=[None] * len(told),
            high=[None] * len(told),
            hover=[f"curve at {count(lines, 'line')}: {error_told(error, plan.metric)}" for lines, error in told],
            joined=True,
        )
    ]
