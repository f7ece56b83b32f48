"""A plan as one HTML page that needs nothing from outside, to be handed to whoever buys."""

from collections.abc import Sequence
from pathlib import Path

from lidarsel.contracts import ReportFile
from lidarsel.planning.cost_chart import cost_chart
from lidarsel.planning.entries import (
    sensor_entries,
    sensor_headings,
    sensors_told,
    step_entries,
    step_headings,
    steps_told,
)
from lidarsel.planning.findings import ANSWERS, findings
from lidarsel.planning.plan import Plan
from lidarsel.planning.steps_chart import steps_chart
from lidarsel.printable import printable
from lidarsel.report import words
from lidarsel.report.metric_words import metric_name
from lidarsel.report.page import parts
from lidarsel.report.page.skeleton import whole_page
from lidarsel.writing import write_bytes

_ASKED = {
    "fewest": "The fewest lines that hold the bound",
    "cheapest": "The cheapest sensor that holds the bound",
    "efficient": "Worth their price, whatever the bound",
    "bound": "The bound",
    "curve": "Curve",
    "test": "Its test",
}


def write_plan_page(path: Path, plan: Plan, report: ReportFile) -> None:
    """Write ``plan_page`` into a file, which is whole or not there. Raises OutputError."""
    write_bytes(path, plan_page(plan, report).encode())


def plan_page(plan: Plan, report: ReportFile) -> str:
    """The page: the answer, notes, the price list as figure and table, what each line buys, what it was made of.

    Args:
        plan: the answer.
        report: what it was planned by.
    """
    title = "Which lidar to buy" if plan.sensors else "How many lines to buy"
    found = dict(findings(plan))
    body = [
        f"<header><h1>{title}</h1>{parts.paragraph(words.judged(report), 'soft')}</header>",
        _answer(found),
        parts.cautions(plan.notes),
        _price_list(plan),
        _steps(plan, found),
        _made_by(plan, report),
    ]
    return whole_page(title, "prices" if plan.sensors else "steps", body)


def _answer(found: dict[str, str]) -> str:
    """The last answer first: where there are prices, it is that on sensors."""
    first, *others = [name for name in reversed(ANSWERS) if name in found]
    asked = ["bound", *others, *(["efficient"] if "efficient" in found else [])]
    return (
        '<section id="answer" aria-label="Answer">'
        + parts.paragraph(f"{_ASKED[first]}: {found[first]}.", "finding large")
        + parts.named_list([(_ASKED[name], f"{found[name]}.") for name in asked])
        + "</section>"
    )


def _price_list(plan: Plan) -> str:
    if not plan.sensors:
        return ""
    best, headings = _best(plan.sensors, plan.cheapest), sensor_headings(plan)
    table = parts.plain_table("The price list", headings, sensor_entries(plan), best, texts=[headings.index("Sensor")])
    figure = ""
    if any(sensor.point is not None for sensor in plan.sensors):
        said = (
            "Efficient: every other one costs more or errs more. Bars: 95 % CIs; all are judged on the same "
            "frames, so they may differ more surely than these say."
        )
        label = f"{metric_name(plan.metric)} against the price"
        drawn = parts.plot("cost-figure", cost_chart(plan), label, "the table below has its figures")
        figure = drawn + parts.paragraph(said, "soft")
    return parts.section("prices", "Price against error", figure, table, parts.paragraph(sensors_told(plan), "soft"))


def _steps(plan: Plan, found: dict[str, str]) -> str:
    if not plan.steps:
        return ""
    best = _best([step.point for step in plan.steps], plan.fewest)
    headings = step_headings(plan)
    table = parts.plain_table("What each line buys", headings, step_entries(plan), best, texts=[headings.index("")])
    curve = [parts.paragraph(f"{_ASKED[name]}: {found[name]}.", "soft") for name in ("curve", "test") if name in found]
    title = f"What each line buys, chosen by {printable(plan.method or '')}"
    label, instead = f"{metric_name(plan.metric)} against the number of lines", "the table below has its figures"
    figure = parts.plot("steps-figure", steps_chart(plan), label, instead)
    return parts.section("steps", title, figure, table, parts.paragraph(steps_told(plan), "soft"), *curve)


def _best(every: Sequence[object], best: object) -> list[int]:
    """The places of the answer."""
    return [place for place, one in enumerate(every) if one == best]


def _made_by(plan: Plan, report: ReportFile) -> str:
    asked = [(f"{metric_name(plan.metric)} allowed", f"{plan.max_ratio:g} times that of all {plan.n_lines} lines")]
    listed = parts.named_list([*asked, *words.settings(report), *words.provenance(report)])
    return parts.section("made", "The report that this is planned by", listed)
