"""What each sensor of a price list costs against how far completion is off with it."""

from collections.abc import Sequence

from lidarsel.planning.entries import money, sensor_name
from lidarsel.planning.plan import Plan
from lidarsel.planning.purchase import Sensor
from lidarsel.report.figures.chart import Axis, Chart, Level, Series, error_axis, round_ticks
from lidarsel.report.figures.style import CHOSEN, DASHED, DOTTED, NOT_CHOSEN, Look
from lidarsel.report.metric_words import error_text, error_title, error_told

_ROOM = (1.2, 2.0)
"""Below the lowest and beyond the highest price: names stand to the right of points, on a phone too."""
_BEATEN = Look(NOT_CHOSEN.colour, NOT_CHOSEN.dash, "x")


def cost_chart(plan: Plan) -> Chart:
    """The bounded error with its 95 % CI against the price, of every sensor that it is known of, and the bound."""
    known = [sensor for sensor in plan.sensors if sensor.point is not None]
    worth = [sensor for sensor in known if sensor.efficient]
    beaten = [sensor for sensor in known if not sensor.efficient]
    series = [
        _series(plan.metric, "efficient", CHOSEN, worth, strong=True),
        _series(plan.metric, "others", _BEATEN, beaten),
    ]
    of_all = plan.bound / plan.max_ratio
    bound, whole = (error_told(error, plan.metric) for error in (plan.bound, of_all))
    levels = [
        Level(f"bound ({bound})", plan.bound, DASHED, f"bound: {bound}"),
        Level(f"all {plan.n_lines} lines of the log ({whole})", of_all, DOTTED, f"all lines of the log: {whole}"),
    ]
    lows = [sensor.point.low for sensor in known if sensor.point]
    highs = [sensor.point.high for sensor in known if sensor.point]
    y = error_axis(error_title(plan.metric), min([*lows, of_all, plan.bound]), max([*highs, of_all, plan.bound]))
    return Chart(_prices([sensor.price for sensor in known]), y, [one for one in series if one.x], levels)


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
        f"95 % CI {error_text(point.low, metric)} to {error_text(point.high, metric)}{untold}"
    )


def _prices(prices: Sequence[float]) -> Axis:
    low, high = min(prices) / _ROOM[0], max(prices) * _ROOM[1]
    return Axis("Price (logarithmic)", (low, high), [(tick, money(tick)) for tick in round_ticks(low, high)], log=True)
