"""A plan's tables as texts, for the terminal and the page alike."""

from lidarsel.planning.known import Point
from lidarsel.planning.plan import Plan
from lidarsel.planning.purchase import Sensor
from lidarsel.printable import printable
from lidarsel.report.metric_words import millimetres
from lidarsel.report.words import count

_POINT = ("RMSE\nmm", "Interval\n95 %, mm", "Ratio\nto all")
STEPS = ("Lines", *_POINT, "Curve\nmm", "mm a line\nmeasured", "by the\ncurve", "")
STEPS_TOLD = "mm a line: RMSE that each line took off since the row above. Curve: fitted, not measured."
SENSORS = ("Price", "Sensor", *_POINT, "Known\nby", "mm per\nmoney", "")
SENSORS_TOLD = (
    "mm per money: RMSE less than with the next cheaper sensor, for a unit of money more. Untold: the share of a "
    "product's lines that the log cannot tell."
)


def step_entries(plan: Plan) -> list[list[str]]:
    """The measured budgets, fewest lines first, and what each further line bought; under ``STEPS``."""
    return [
        [
            str(step.point.lines),
            *_figures(step.point),
            "" if step.curve_mm is None else millimetres(step.curve_mm),
            _gain(step.mm_per_line),
            _gain(step.curve_mm_per_line),
            "holds" if step.point.holds else "",
        ]
        for step in plan.steps
    ]


def sensor_entries(plan: Plan) -> list[list[str]]:
    """The price list, cheapest first; under ``SENSORS``."""
    return [
        [
            money(sensor.price),
            sensor_name(sensor),
            *(["", "", ""] if sensor.point is None else _figures(sensor.point)),
            _known_by(sensor),
            _gain(sensor.mm_per_money),
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


def _figures(point: Point) -> list[str]:
    interval = f"{millimetres(point.low_mm)}–{millimetres(point.high_mm)}"
    return [millimetres(point.rmse_mm), interval, f"{point.ratio_to_all:.3f}"]


def _gain(value: float | None) -> str:
    """Three significant digits, or whole from 100."""
    if value is None:
        return ""
    return f"{value:.0f}" if abs(value) >= 99.95 else f"{value:#.3g}"
