"""Errors by distance, and by class where labels tell, of the chosen lines beside all lines and evenly spaced ones: a
table, and the trade in a sentence.

One figure over all pixels hides where lines are worse: RMSE is made far away, and lines chosen by it may leave the near
field blind.
"""

from collections.abc import Iterator, Sequence
from math import inf

from rich.table import Table

from lidarsel.choices import FIGURE_OF, METRICS, UNIT, Metric
from lidarsel.contracts import ReportFile
from lidarsel.criterion import criterion
from lidarsel.parts import CLASS_NAMES, AnyPart, DistanceBand, part_of
from lidarsel.report.metric_words import metric_name
from lidarsel.report.terminal import add_columns, empty_table
from lidarsel.report.words import chosen_row, count, method_name
from lidarsel.report_rows import PartErrors, ReportRow

SPACED = "spaced"
_NAMED_IN_TRADE = ("vehicle", "person", "cyclist")
"""Of the classes: what a driver must not hit. The road and other things are in the table."""
_MANY_TIMES = 2.0
"""From so many times the error on, it is said as such: "+300 %" reads as less than it is."""
_ALIKE = "as accurate"
_MOST_CHANGES = 3
"""That the trade names, the greatest: the table has all."""


def told_by(report: ReportFile) -> Metric:
    """Which of the four figures tells the trade: what decided is made of; of several, RMSE."""
    terms = {term.metric for term in criterion(report.metric).terms}
    return next((metric for metric in METRICS if terms == {metric}), "rmse")


def _told(report: ReportFile) -> tuple[Metric, ...]:
    """The figures of the table: those of depth, and one of inverse depth."""
    return ("rmse", "mae", "irmse") if told_by(report) == "irmse" else ("rmse", "mae", "imae")


WORDS = (0, 1)
"""The columns of ``headings`` that hold words."""


def headings(report: ReportFile) -> list[str]:
    """Of ``entries``, units below."""
    figures = [f"{criterion(metric).head[0]}\n{UNIT[metric]}" for metric in _told(report)]
    return ["Where", "Lines", *(text for figure in figures for text in (figure, "Worse\n%")), "Pixels"]


def title_of(part: str) -> str:
    """A part as a reader is told it: bands of distance have their unit, classes are in the plural."""
    found = _part_named(part)
    return part if found is None else found.title


def _part_named(name: str) -> AnyPart | None:
    """None of a part that a later version tells."""
    try:
        return part_of(name)
    except ValueError:
        return None


def bands_of(row: ReportRow) -> list[PartErrors]:
    """A row's errors within the bands of distance that were asked for, nearest first.

    After those, ``by_part`` has the bands that the deciding error or a bound looks at (``errors_by``): one that
    overlaps them would tell the same pixels twice, and is left out.
    """
    looked_at = {part for name in row.errors_by for part in criterion(name).parts}
    found: dict[DistanceBand, PartErrors] = {}
    for errors in row.by_part:
        band = _part_named(errors.part)
        if isinstance(band, DistanceBand) and not (band in looked_at and any(map(band.overlaps, found))):
            found[band] = errors
    return [found[band] for band in sorted(found, key=lambda band: (band.near_m, band.far_m))]


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
    """What stands under ``headings``: a row for each part and each of ``rows_told``; none where none is told."""
    rows, whole = rows_told(report), report.row("all")
    found = []
    for first in rows[0].by_part if rows else ():
        for row in rows:
            errors = row.within(first.part)
            if errors is None or not errors.n_frames:
                continue
            base = None if whole is None or row is whole else whole.within(first.part)
            figures = [text for pair in _figures(_told(report), errors, base) for text in pair]
            head = title_of(first.part) if row is rows[0] else ""
            found.append([head, method_name(row), *figures, str(errors.n_pixels)])
    return found


def part_table(report: ReportFile) -> Table:
    """The same for the terminal. Fits 80 columns."""
    table = empty_table(explanation(report), f"{title(report)}, {count(report.chosen_budget, 'line')}")
    named = headings(report)
    add_columns(table, named[:2], named[2:])
    for row in entries(report):
        if row[0] and table.row_count:
            table.add_section()
        table.add_row(*row)
    return table


def trade(report: ReportFile) -> str | None:
    """Where the chosen lines are worse and better than all, and than spaced ones, by the greatest changes; None where
    no errors by distance are told."""
    chosen, rows = chosen_row(report), rows_told(report)
    if chosen not in rows:
        return None
    figure = told_by(report)
    beside = [(other, _changes(figure, chosen, other)) for other in rows if other is not chosen]
    told = [
        f"against {'all' if other.method == 'all' else method_name(other)}, {_greatest(changes)}"
        for other, changes in beside
        if changes
    ]
    if not told:
        return None
    some = ", most changed" if any(len(changes) > _MOST_CHANGES for _, changes in beside) else ""
    by = f"{count(chosen.budget, 'line')} by {method_name(chosen)}"
    return f"{metric_name(figure)} by {by_what(report)} with {by}{some}: {'; '.join(told)}."


def _changes(figure: Metric, row: ReportRow, other: ReportRow) -> list[tuple[str, float]]:
    """The parts by name, each with the row's error over another's."""
    found = []
    for errors in row.by_part:
        if errors.part in CLASS_NAMES and errors.part not in _NAMED_IN_TRADE:
            continue
        base = other.within(errors.part)
        own, of_base = (None if each is None else getattr(each, FIGURE_OF[figure]) for each in (errors, base))
        if own is not None and of_base:
            found.append((title_of(errors.part), own / of_base))
    return found


def _greatest(changes: Sequence[tuple[str, float]]) -> str:
    """In the order of the parts: "0-10 m +12 %, 20-40 m −8 %"."""
    seen = [each for each in changes if change(each[1]) != _ALIKE]
    by_size = sorted(seen, key=lambda each: each[1] if each[1] > 1 else 1 / each[1] if each[1] else inf)
    most = by_size[-_MOST_CHANGES:]
    return ", ".join(f"{name} {change(ratio)}" for name, ratio in seen if (name, ratio) in most) or _ALIKE


def change(ratio: float) -> str:
    """ "+12 %", "−8 %", "4.0 times the error"."""
    if ratio >= _MANY_TIMES:
        return f"{ratio:.1f} times the error"
    percent = round(100 * (ratio - 1))
    return f"{percent:+d} %".replace("-", "−") if percent else _ALIKE


def _figures(told: Sequence[Metric], errors: PartErrors, base: PartErrors | None) -> Iterator[tuple[str, str]]:
    """Each figure, and in per cent how much more it is than the base's."""
    for metric in told:
        error = getattr(errors, FIGURE_OF[metric])
        of_all = None if base is None else getattr(base, FIGURE_OF[metric])
        yield criterion(metric).text(error), f"{100 * (error / of_all - 1):+.0f}".replace("-", "−") if of_all else ""
