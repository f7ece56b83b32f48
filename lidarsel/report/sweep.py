"""A sweep as a table: methods against numbers of lines, means over seeds. For the terminal, Markdown and as CSV."""

import csv
import io
from collections.abc import Sequence

from rich.table import Table

from lidarsel.choices import FIGURES
from lidarsel.contracts import ReportFile
from lidarsel.report import markdown
from lidarsel.report.cautions import caution_texts
from lidarsel.report.metric_words import error_of, error_text, metric_name, unit_of
from lidarsel.report.sweep_means import UNSELECTED, SweepMean, SweepRow, sweep_means
from lidarsel.report.terminal import empty_table
from lidarsel.report.words import CAUTIONS, MADE, count, doubts, judged, notes, provenance
from lidarsel.report_rows import ReportRow

TEXT_HEADINGS = ("Chosen by", "Method")
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
    headings, entries = sweep_grid(rows, by)
    for heading in headings:
        text = heading in TEXT_HEADINGS
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
        headings, entries = sweep_grid(rows, metric)
        texts = [place for place, heading in enumerate(headings) if heading in TEXT_HEADINGS]
        parts += [f"## {metric_name(metric)}", markdown.table(headings, entries, texts)]
        parts.append(markdown.plain(explanation(rows, metric)))
    made = [f"- {key}: {markdown.plain(value)}" for key, value in provenance(report) if key != "Seed"]
    parts += [f"## {MADE}", "\n".join(made), *markdown.listed(None, notes(report))]
    return "\n\n".join(parts) + "\n"


def sweep_grid(rows: Sequence[SweepRow], by: str) -> tuple[list[str], list[list[str]]]:
    """Headings and entries: a row for each method, below each other for each metric that chose where several did.

    The terminal, the page and Markdown show these very texts. Errors are those ``by`` a metric.
    """
    budgets = sorted({swept.row.budget for swept in rows if swept.row.method not in UNSELECTED})
    means = sweep_means(rows, by)
    several = len({metric for metric, _ in means}) > 1
    entries = []
    for (metric, method), of_method in means.items():
        figures = [_cell(of_method[budget], by) if budget in of_method else "" for budget in budgets]
        entries.append([*([metric_name(metric)] if several else []), method, *figures])
    return [*TEXT_HEADINGS[not several :], *map(str, budgets)], entries


def _cell(mean: SweepMean | None, by: str) -> str:
    if mean is None:
        return "–"  # nothing was left to judge the lines by
    return f"{'* ' if mean.least else ''}{mean.said(by)}"
