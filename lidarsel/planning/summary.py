"""A plan as a person reads it in the terminal."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

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
from lidarsel.report.terminal import empty_table, named_sentences


def steps_table(plan: Plan) -> Table:
    """The measured budgets, fewest lines first, and what each further line bought. Fits 80 columns."""
    best = [step.point == plan.fewest for step in plan.steps]
    return _table(step_headings(plan), step_entries(plan), best, steps_told(plan))


def sensors_table(plan: Plan) -> Table:
    """The price list, cheapest first. Fits 80 columns."""
    best = [sensor == plan.cheapest for sensor in plan.sensors]
    return _table(sensor_headings(plan), sensor_entries(plan), best, sensors_told(plan))


def answers(plan: Plan) -> Table:
    """Bound, curve, its test, answers and notes, a name and a sentence each, wrapped at words."""
    return named_sentences([*findings(plan), *(("note", note) for note in plan.notes)], ANSWERS)


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]], best: Sequence[bool], caption: str) -> Table:
    table = empty_table(caption)
    for heading in headings:
        # a product's name is what may be folded
        table.add_column(heading, justify="right" if heading else "left", no_wrap=heading != "Sensor", overflow="fold")
    for entries, is_best in zip(rows, best, strict=True):
        table.add_row(*(Text(entry) for entry in entries), style="bold green" if is_best else "")
    return table
