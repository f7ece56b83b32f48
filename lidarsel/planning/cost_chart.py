"""What each sensor of a price list costs against how far completion is off with it."""

from collections.abc import Sequence

from lidarsel.planning.entries import money, sensor_name
from lidarsel.planning.levels import plan_errors, plan_levels
from lidarsel.planning.plan import Plan
from lidarsel.planning.purchase import Sensor
from lidarsel.report.figures.chart import Chart, Series, log_axis
from lidarsel.report.figures.style import CHOSEN, NOT_CHOSEN, UNSEEN, Look
from lidarsel.report.metric_words import ends_told, error_told

_ROOM = (1.2, 2.0)
"""Below the lowest and beyond the highest price: names stand to the right of points, on a phone too."""
_EFFICIENT = Look(NOT_CHOSEN.colour, NOT_CHOSEN.dash, "circle")
_BEATEN = Look(UNSEEN.colour, UNSEEN.dash, "x")


def cost_chart(plan: Plan) -> Chart:
    """The bounded error with its 95 % CI against the price, of every sensor that it is known of, and the bound."""
    known = [sensor for sensor in plan.sensors if sensor.point is not None]
    answer = [sensor for sensor in known if sensor == plan.cheapest]
    others = [sensor for sensor in known if sensor not in answer]
    series = [
        _series(plan.metric, "cheapest that holds the bound", CHOSEN, answer, strong=True),
        _series(plan.metric, "efficient", _EFFICIENT, [sensor for sensor in others if sensor.efficient]),
        _series(plan.metric, "others", _BEATEN, [sensor for sensor in others if not sensor.efficient]),
    ]
    prices = [sensor.price for sensor in known]
    return Chart(
        log_axis("Price", min(prices) / _ROOM[0], max(prices) * _ROOM[1], money),
        plan_errors(plan, [sensor.point for sensor in known if sensor.point]),
        [one for one in series if one.x],
        plan_levels(plan),
    )


def _series(metric: str, name: str, look: Look, sensors: Sequence[Sensor], strong: bool = False) -> Series:
    points = [sensor.point for sensor in sensors if sensor.point is not None]
    return Series(
        name=name,
        look=look,
        x=[sensor.price for sensor in sensors],
        y=[point.error for point in points],
        low=[point.low for point in points],
        high=[point.high for point in points],
        hover=[_hover(metric, sensor) for sensor in sensors],
        strong=strong,
        labels=[sensor_name(sensor) for sensor in sensors],
    )


def _hover(metric: str, sensor: Sensor) -> str:
    assert sensor.point is not None
    point = sensor.point
    untold = f"\n{sensor.untold:.0%} of it the log cannot tell" if sensor.untold else ""
    return (
        f"{sensor_name(sensor)} for {money(sensor.price)}: {error_told(point.error, metric)} ({point.basis})\n"
        f"{ends_told(point.low, point.high, metric)}{untold}"
    )
