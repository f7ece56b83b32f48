"""Errors by distance, and by class where labels tell, of the chosen lines beside all lines and evenly spaced ones: a
table, and the trade in a sentence.

One figure over all pixels hides where lines are worse: RMSE is made far away, and lines chosen by it may leave the near
field blind.
"""

from collections.abc import Iterator

from rich.table import Table

from lidarsel.choices import FIGURE_OF, METRICS, Metric
from lidarsel.contracts import ReportFile
from lidarsel.criterion import criterion
from lidarsel.parts import CLASS_NAMES, part_of
from lidarsel.report.metric_words import metric_name
from lidarsel.report.terminal import add_columns, empty_table
from lidarsel.report.words import chosen_row, count, method_name
from lidarsel.report_rows import PartErrors, ReportRow

SPACED = "spaced"
HEADINGS = ("Where", "Lines", "RMSE\nmm", "Worse\n%", "MAE\nmm", "Worse\n%", "iMAE\n1/km", "Worse\n%", "Pixels")
_NAMED_IN_TRADE = ("vehicle", "person", "cyclist")
"""Of the classes: what a driver must not hit. The road and other things are in the table."""
_TOLD: tuple[Metric, ...] = ("rmse", "mae", "imae")
_MANY_TIMES = 2.0
"""From so many times the error on, it is said as such: "+300 %" reads as less than it is."""


def told_by(report: ReportFile) -> Metric:
    """Which of the four figures tells the trade: what decided is made of; of several, RMSE."""
    terms = {term.metric for term in criterion(report.metric).terms}
    return terms.pop() if len(terms) == 1 else "rmse"


def title_of(part: str) -> str:
    """A part as a reader is told it: bands of distance have their unit, classes are in the plural."""
    try:
        return part_of(part).title
    except ValueError:  # of a later version
        return part


def by_what(report: ReportFile) -> str:
    """What errors are told by: distance, class or both."""
    names = [part.part for row in rows_told(report) for part in row.by_part if part.n_frames]
    classes = [name for name in names if name in CLASS_NAMES]
    found = ["distance"] * (len(classes) < len(names)) + ["class"] * bool(classes)
    return " and ".join(found)


def title(report: ReportFile) -> str:
    """The head of the table."""
    return f"Errors by {by_what(report)}"


def explanation(report: ReportFile) -> str:
    """What the table's figures are of."""
    told = by_what(report)
    held = ["whose true depth is within the band"] * ("distance" in told)
    held += ["that labels tell to be of the class"] * ("class" in told)
    return (
        f"Over the pixels {' or '.join(held)}; means over the frames that have some. Worse: than with all lines, on "
        "the same pixels."
    )


def rows_told(report: ReportFile) -> list[ReportRow]:
    """All lines, the chosen row, and evenly spaced lines of as many, those that were judged."""
    chosen = chosen_row(report)
    found = [report.row("all"), chosen, report.row(SPACED, chosen.budget)]
    judged = [row for row in found if row is not None and row.is_judged and row.by_part]
    return [row for place, row in enumerate(judged) if row not in judged[:place]]


def entries(report: ReportFile) -> list[list[str]]:
    """What stands under ``HEADINGS``: a row for each part and each of ``rows_told``; none where none is told."""
    rows, whole = rows_told(report), report.row("all")
    found = []
    for first in rows[0].by_part if rows else ():
        for row in rows:
            errors = row.within(first.part)
            if errors is None or not errors.n_frames:
                continue
            base = None if whole is None or row is whole else whole.within(first.part)
            figures = [text for pair in _figures(errors, base) for text in pair]
            head = title_of(first.part) if row is rows[0] else ""
            found.append([head, method_name(row), *figures, str(errors.n_pixels)])
    return found


def part_table(report: ReportFile) -> Table:
    """The same for the terminal. Fits 80 columns."""
    table = empty_table(explanation(report), f"{title(report)}, {count(report.chosen_budget, 'line')}")
    add_columns(table, HEADINGS[:2], HEADINGS[2:])
    for row in entries(report):
        if row[0] and table.row_count:
            table.add_section()
        table.add_row(*row)
    return table


def trade(report: ReportFile) -> str | None:
    """Where the chosen lines are worse than all, and than spaced ones; None where no errors by distance are told."""
    chosen, rows = chosen_row(report), rows_told(report)
    if chosen not in rows:
        return None
    told = [
        f"against {'all' if other.method == 'all' else method_name(other)}, {', '.join(parts)}"
        for other in rows
        if other is not chosen and (parts := list(_changes(chosen, other)))
    ]
    if not told:
        return None
    by = f"{count(chosen.budget, 'line')} by {method_name(chosen)}"
    return f"RMSE by {by_what(report)} with {by}: {'; '.join(told)}.{_by_what_decided(report, chosen)}"


def _by_what_decided(report: ReportFile, chosen: ReportRow) -> str:
    """What decided, where it is told in multiples of all lines."""
    if report.metric in METRICS or not criterion(report.metric).is_relative:
        return ""
    error = criterion(report.metric).text(chosen.errors_by[report.metric])
    return f" By the {metric_name(report.metric)}, which decided, they have {error} times the error of all lines."


def _changes(row: ReportRow, other: ReportRow) -> Iterator[str]:
    """RMSE of a row over another's, part by part: "0-10 m +12 %"."""
    for errors in row.by_part:
        if errors.part in CLASS_NAMES and errors.part not in _NAMED_IN_TRADE:
            continue
        base = other.within(errors.part)
        if errors.rmse_mm is not None and base is not None and base.rmse_mm:
            yield f"{title_of(errors.part)} {change(errors.rmse_mm / base.rmse_mm)}"


def change(ratio: float) -> str:
    """ "+12 %", "−8 %", "4.0 times the error"."""
    if ratio >= _MANY_TIMES:
        return f"{ratio:.1f} times the error"
    percent = round(100 * (ratio - 1))
    return f"{percent:+d} %".replace("-", "−") if percent else "as accurate"


def _figures(errors: PartErrors, base: PartErrors | None) -> Iterator[tuple[str, str]]:
    """Each figure, and in per cent how much more it is than the base's."""
    for metric in _TOLD:
        error = getattr(errors, FIGURE_OF[metric])
        of_all = None if base is None else getattr(base, FIGURE_OF[metric])
        yield criterion(metric).text(error), f"{100 * (error / of_all - 1):+.0f}".replace("-", "−") if of_all else ""
