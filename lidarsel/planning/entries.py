"""A plan's tables as texts, for the terminal and the page alike."""

from lidarsel.criterion import criterion
from lidarsel.planning.known import Point
from lidarsel.planning.plan import Plan
from lidarsel.planning.purchase import Sensor
from lidarsel.printable import printable
from lidarsel.report.metric_words import ends_cell, error_text
from lidarsel.report.words import count


def step_headings(plan: Plan) -> list[str]:
    """Of ``step_entries``, units below."""
    unit = criterion(plan.metric).unit_short
    return ["Lines", *_of_points(plan), f"Curve\n{unit}", f"{unit} a line\nmeasured", "by the\ncurve", ""]


def steps_told(plan: Plan) -> str:
    """What the columns of ``step_entries`` are."""
    decides = criterion(plan.metric)
    return (
        f"{decides.unit_short} a line: {decides.title} that each line took off since the row above. Curve: fitted, not "
        "measured."
    )


def sensor_headings(plan: Plan) -> list[str]:
    """Of ``sensor_entries``, units below."""
    unit = criterion(plan.metric).unit_short
    return ["Price", "Sensor", *_of_points(plan), "Known\nby", f"{unit} per\nmoney", ""]


def sensors_told(plan: Plan) -> str:
    """What the columns of ``sensor_entries`` are."""
    decides = criterion(plan.metric)
    return (
        f"{decides.unit_short} per money: {decides.title} less than with the next cheaper sensor, for a unit of money "
        "more. Untold: the share of a product's lines that the log cannot tell."
    )


def _of_points(plan: Plan) -> list[str]:
    decides = criterion(plan.metric)
    head, unit = decides.head
    where = "\n".join([head, *unit.split(", ")])
    return [where, f"95 % CI\n{decides.unit_short}", "Ratio\nto all"]


def step_entries(plan: Plan) -> list[list[str]]:
    """The measured budgets, fewest lines first, and what each further line bought; under ``step_headings``."""
    return [
        [
            str(step.point.lines),
            *_figures(plan, step.point),
            "" if step.by_curve is None else error_text(step.by_curve, plan.metric),
            _gain(step.per_line),
            _gain(step.curve_per_line),
            "holds" if step.point.holds else "",
        ]
        for step in plan.steps
    ]


def sensor_entries(plan: Plan) -> list[list[str]]:
    """The price list, cheapest first; under ``sensor_headings``."""
    return [
        [
            money(sensor.price),
            sensor_name(sensor),
            *(["", "", ""] if sensor.point is None else _figures(plan, sensor.point)),
            _known_by(sensor),
            _gain(sensor.per_money),
            "cheapest" if sensor == plan.cheapest else "holds" if sensor.point and sensor.point.holds else "",
        ]
        for sensor in plan.sensors
    ]


def sensor_name(sensor: Sensor) -> str:
    """A product's model, or "32 lines"."""
    return printable(sensor.model) if sensor.model is not None else count(sensor.lines or 0, "line")


def money(price: float) -> str:
    """An amount in whatever currency, with hundredths where it has some."""
    return f"{price:,.2f}".removesuffix(".00")


def _known_by(sensor: Sensor) -> str:
    if sensor.point is None:
        return "unknown"
    return f"{sensor.untold:.0%} untold" if sensor.untold else sensor.point.basis


def _figures(plan: Plan, point: Point) -> list[str]:
    interval = ends_cell(point.low, point.high, plan.metric)
    return [error_text(point.error, plan.metric), interval, f"{point.ratio_to_all:.3f}"]


def _gain(value: float | None) -> str:
    """Three significant digits, or whole from 100."""
    if value is None:
        return ""
    return f"{value:.0f}" if abs(value) >= 99.95 else f"{value:#.3g}"
