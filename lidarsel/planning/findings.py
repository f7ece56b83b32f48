"""A plan's answers in sentences, for the terminal and the page alike."""

from lidarsel.criterion import criterion
from lidarsel.planning.entries import money, sensor_name
from lidarsel.planning.known import Point
from lidarsel.planning.plan import Plan
from lidarsel.planning.purchase import Sensor
from lidarsel.printable import printable
from lidarsel.report.metric_words import error_text, error_told, metric_name
from lidarsel.report.words import count

ANSWERS = ("fewest", "cheapest")
"""The names of those findings that answer the question; what else there is, they rest on."""


def findings(plan: Plan) -> list[tuple[str, str]]:
    """Bound, curve, its test, and the answers: a name and a sentence each."""
    found = [
        (
            "bound",
            f"{metric_name(plan.metric)} at most {plan.max_ratio:g} times that of all {plan.n_lines} lines"
            + ("" if criterion(plan.metric).is_relative else f": {error_told(plan.bound, plan.metric)}"),
        ),
        *_curve(plan),
    ]
    if plan.method is not None:
        found.append(("fewest", _fewest(plan)))
    if plan.sensors:
        found += [("efficient", _efficient(plan)), ("cheapest", _cheapest(plan))]
    return found


def _curve(plan: Plan) -> list[tuple[str, str]]:
    """The curve and its test; nothing where none was fitted."""
    law, ends, test = plan.law, plan.law_interval, plan.held_out
    if law is None or test is None:
        return []
    too = "high" if test.off > 0 else "low"

    def told(error: float) -> str:
        return error_told(error, plan.metric)

    return [
        (
            "curve",
            f"{metric_name(plan.metric)} = c + a * lines^-alpha by {printable(plan.method or '')}: c {told(law.c)} (95 "
            f"% CI {_ends(plan, ends['c'])}), a {told(law.a)} ({_ends(plan, ends['a'])}), alpha {law.alpha:.2f} "
            f"({ends['alpha'][0]:.2f} to {ends['alpha'][1]:.2f})",
        ),
        (
            "test",
            f"fitted to {', '.join(map(str, test.fitted_to))} lines it predicts {told(test.predicted)} "
            f"(95 % CI {_ends(plan, (test.low, test.high))}) at {test.lines}; measured "
            f"{told(test.measured)}, so it is {100 * abs(test.off):.1f} % too {too}",
        ),
    ]


def _fewest(plan: Plan) -> str:
    if plan.fewest is None:
        return "no measured number of lines holds the bound"
    said = f"{plan.fewest.lines} of {plan.n_lines} lines, measured: {_figures(plan, plan.fewest)}"
    if plan.fewest_by_curve is None or plan.by_curve_interval is None or plan.held_out is None:
        return said
    lines, (low, high) = plan.fewest_by_curve.lines, plan.by_curve_interval
    upper = f"{high}" if high is not None else f"more than {plan.held_out.lines}"
    return (
        f"{said}. Perhaps {lines} (95 % CI {low} to {upper}), by the curve only: "
        f"{_figures(plan, plan.fewest_by_curve)}; "
        f"measure with lidarsel run DATA --budget {lines} --method {printable(plan.method or '')} before you rely on it"
    )


def _efficient(plan: Plan) -> str:
    """Those worth their price, whatever the bound."""
    names = [f"{sensor_name(sensor)} ({money(sensor.price)})" for sensor in plan.sensors if sensor.efficient]
    if not names:
        return "no sensor of the price list is known"
    others = sum(sensor.point is not None for sensor in plan.sensors) - len(names)
    told = "; each of the others that are known is no cheaper and no better than one of these" if others else ""
    return f"{', '.join(names)}{told}"


def _cheapest(plan: Plan) -> str:
    sensor, sure = plan.cheapest, plan.cheapest_measured
    if sensor is None or sensor.point is None:
        return "no sensor of the price list is known to hold the bound"
    said = f"{sensor_name(sensor)} for {money(sensor.price)}, {_known(sensor)}: {_figures(plan, sensor.point)}"
    if sensor.point.basis != "curve":
        return said
    measured = "no measured one holds it"
    if sure is not None:
        name = sure.lines if sure.lines is not None else sensor_name(sure)
        measured = f"the measured one is {name} for {money(sure.price)}"
    return f"{said}; {measured}"


def _known(sensor: Sensor) -> str:
    """By what its error is known."""
    point, of_all = sensor.point, sensor.product_lines
    assert point is not None
    if of_all is None:
        return {"measured": "measured", "curve": "by the curve only", "imitated": "imitated"}[point.basis]
    if not sensor.untold:
        return f"all its {count(of_all, 'line')} imitated"
    return f"{point.lines} of its {count(of_all, 'line')} imitated, as this log cannot tell the others"


def _figures(plan: Plan, point: Point) -> str:
    ratio = "" if criterion(plan.metric).is_relative else f", {point.ratio_to_all:.3f} of all"
    return f"{error_told(point.error, plan.metric)}{ratio}"


def _ends(plan: Plan, interval: tuple[float, float]) -> str:
    return " to ".join(error_text(end, plan.metric) for end in interval)
