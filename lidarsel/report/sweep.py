"""A sweep as a table: methods against numbers of lines, means over seeds. For the terminal, Markdown and as CSV."""

import csv
import io
from collections.abc import Iterable, Sequence
from statistics import mean, stdev

import msgspec
from rich.table import Table

from lidarsel.choices import FIGURES
from lidarsel.contracts import ReportFile
from lidarsel.report import markdown
from lidarsel.report.cautions import caution_texts
from lidarsel.report.metric_words import error_of, error_text, metric_name, unit_of
from lidarsel.report.terminal import empty_table
from lidarsel.report.words import CAUTIONS, MADE, count, doubts, judged, notes, provenance
from lidarsel.report_rows import ReportRow


class SweepRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a report whose lines were chosen by ``metric`` with ``seed``."""

    metric: str
    seed: int
    row: ReportRow


_APART = ("method", "budget", "lines", "by_part", "errors_by")
_OF_PART = (*FIGURES, "n_frames", "n_pixels")
_COLUMNS = tuple(name for name in ReportRow.__struct_fields__ if name not in _APART)


def sweep_csv(rows: Sequence[SweepRow]) -> str:
    """Long format: a row for each method, budget, metric that chose, and seed. Lines are separated by spaces.

    Figures are written in full: read back, they are the same numbers. What is undefined is empty. Errors by what else
    may decide stand by its name, and those within a part as ``rmse_mm@0-10``.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    first = rows[0].row
    of_parts = [f"{figure}@{part.part}" for part in first.by_part for figure in _OF_PART]
    table.writerow(["method", "budget", "metric", "seed", "lines", *_COLUMNS, *first.errors_by, *of_parts])
    for swept in rows:
        row = swept.row
        figures = [getattr(row, name) for name in _COLUMNS] + [row.errors_by[name] for name in first.errors_by]
        figures += [getattr(part, figure) for part in row.by_part for figure in _OF_PART]
        table.writerow([row.method, row.budget, swept.metric, swept.seed, " ".join(map(str, row.lines)), *figures])
    return text.getvalue()


def sweep_table(rows: Sequence[SweepRow], by: str) -> Table:
    """The error ``by`` a metric, of every method (and metric that chose) at every number of lines."""
    table = empty_table(explanation(rows, by))
    headings, entries = _grid(rows, by)
    for heading in headings:
        text = heading in _TEXT_HEADINGS
        table.add_column(heading, justify="left" if text else "right", no_wrap=text)
    for place, row in enumerate(entries):
        if "Chosen by" in headings and place and entries[place - 1][0] != row[0]:
            table.add_section()
        table.add_row(*row)
    return table


def explanation(rows: Sequence[SweepRow], by: str) -> str:
    """What the figures are, and what all lines and none have."""
    seeds = len({swept.seed for swept in rows})
    frames = max(swept.row.n_frames for swept in rows)
    over = f"over {seeds} seeds ± their standard deviation, each the mean " if seeds > 1 else ""
    ends = [
        f"{name}: {error_text(error_of(swept.row, by), by) if swept.row.is_judged else 'not judged'}"
        for method, name in (("all", "all lines"), ("none", "no line"))
        for swept in rows
        if swept.row.method == method
    ]
    return (
        f"{metric_name(by)} in {unit_of(by)} by number of lines, mean {over}over {count(frames, 'frame')}; "
        f"* least of its column. {'; '.join(dict.fromkeys(ends)).capitalize()}."
    )


def sweep_markdown(report: ReportFile, rows: Sequence[SweepRow]) -> str:
    """The sweep as a Markdown file: cautions, a table for each metric that chose, its making. report: its first."""
    parts = ["# Methods by number of lines", markdown.plain(judged(report))]
    parts += [f"> **Doubtful:** {markdown.plain(doubt)}" for doubt in doubts(report)]
    parts += markdown.listed(CAUTIONS, caution_texts(report))
    for metric in dict.fromkeys(swept.metric for swept in rows):
        headings, entries = _grid(rows, metric)
        texts = [place for place, heading in enumerate(headings) if heading in _TEXT_HEADINGS]
        parts += [f"## {metric_name(metric)}", markdown.table(headings, entries, texts)]
        parts.append(markdown.plain(explanation(rows, metric)))
    made = [f"- {key}: {markdown.plain(value)}" for key, value in provenance(report) if key != "Seed"]
    parts += [f"## {MADE}", "\n".join(made), *markdown.listed(None, notes(report))]
    return "\n\n".join(parts) + "\n"


_TEXT_HEADINGS = ("Chosen by", "Method")


def _grid(rows: Sequence[SweepRow], by: str) -> tuple[list[str], list[list[str]]]:
    """Headings and entries: a row for each method, below each other for each metric that chose where several did."""
    budgets = sorted({swept.row.budget for swept in rows if swept.row.method not in ("all", "none")})
    cells: dict[tuple[str, str], dict[int, list[float]]] = {}
    for swept in rows:
        if swept.row.method not in ("all", "none"):
            of_method = cells.setdefault((swept.metric, swept.row.method), {})
            judged = of_method.setdefault(swept.row.budget, [])
            judged += [error_of(swept.row, by)] if swept.row.is_judged else []
    least = {
        budget: min(_means(of_method.get(budget, ()) for of_method in cells.values()), default=0) for budget in budgets
    }
    several = len({metric for metric, _ in cells}) > 1
    entries = []
    for (metric, method), of_method in cells.items():
        figures = [_cell(of_method[budget], least[budget], by) if budget in of_method else "" for budget in budgets]
        entries.append([*([metric_name(metric)] if several else []), method, *figures])
    return [*_TEXT_HEADINGS[not several :], *map(str, budgets)], entries


def _means(judged: Iterable[Sequence[float]]) -> list[float]:
    return [mean(errors) for errors in judged if errors]


def _cell(errors: list[float], least: float, by: str) -> str:
    if not errors:
        return "–"  # nothing was left to judge the lines by
    spread = f" ± {error_text(stdev(errors), by)}" if len(errors) > 1 else ""
    return f"{'* ' if mean(errors) == least else ''}{error_text(mean(errors), by)}{spread}"
