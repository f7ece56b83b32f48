"""The report as a table: for the terminal (rich) and as a Markdown file."""

from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from lidarsel.choices import METRICS, ElevationKind, Metric
from lidarsel.contracts import ReportFile, ValuesFile
from lidarsel.criterion import criterion
from lidarsel.printable import printable
from lidarsel.report import by_part, markdown, switching, words
from lidarsel.report.cautions import caution_texts
from lidarsel.report.decision import DECISION, decision_entries, elbow_told
from lidarsel.report.metric_words import error_of, error_text, interval_cell, metric_name, ratio_of, unit_of
from lidarsel.report.standing import comparison, headline, marks, taking
from lidarsel.report.sureness import TITLE, explained, how_sure
from lidarsel.report.terminal import empty_table
from lidarsel.report_rows import ReportRow

_BAR_WIDTH = 20
_CHOSEN = "→"
"""Before the chosen method in the terminal, where "chosen, tied" does not fit beside the figures."""


def columns(report: ReportFile) -> list[tuple[str, str]]:
    """Heading and unit of each of ``cells``: the error that decided first, with its interval and ratio, then those of
    the four figures that it is not."""
    decides = criterion(report.metric)
    ratio = [] if decides.is_relative else [("Ratio", "to all")]
    others = [criterion(metric).head for metric in _others(report)]
    return [("Lines", ""), ("Method", ""), decides.head, ("95 % CI", decides.unit_short), *ratio, *others, ("", "")]


def cells(report: ReportFile, row: ReportRow) -> list[str]:
    """A row's entries under ``columns``; of a row that nothing was left to judge by, no figures."""
    metric, said = report.metric, ", ".join(marks(report, row))
    if not row.is_judged:
        return [str(row.budget), words.method_name(row), *["–"] * (len(columns(report)) - 3), said]
    ratio = ratio_of(row, metric)
    told = [] if criterion(metric).is_relative else ["–" if ratio is None else f"{ratio:.3f}"]
    others = [error_text(error_of(row, other), other) for other in _others(report)]
    error = error_text(error_of(row, metric), metric)
    return [str(row.budget), words.method_name(row), error, interval_cell(row, metric), *told, *others, said]


def _others(report: ReportFile) -> list[Metric]:
    """RMSE among them always; beside an error within a part, which has a ratio too, 80 columns hold no iRMSE."""
    within = bool(criterion(report.metric).parts) and not criterion(report.metric).is_relative
    return [metric for metric in METRICS if metric != report.metric and not (within and metric == "irmse")]


def explanation(report: ReportFile) -> str:
    """What the columns and marks mean."""
    frames = sorted({row.n_frames for row in report.rows})
    counted = words.count(frames[0], "frame") if len(frames) == 1 else f"{frames[0]} to {frames[-1]} frames"
    tied = any("tied" in marks(report, row) for row in report.rows)
    tie = "; tied: frame by frame, its difference to the best may be chance" if tied else ""
    shares = ", ".join(f"{printable(row.method)} {100 * row.untold:.0f} %" for row in report.rows if row.untold)
    untold = f"; untold: of the product's lines, those that this log cannot tell ({shares})" if shares else ""
    ratio = "" if criterion(report.metric).is_relative else f"; {words.ratio(report)}"
    return (
        f"Means over {counted}{ratio}; best: least "
        f"{metric_name(report.metric)} at that number of lines{tie}{untold}. {words.intervals(report)}"
    )


def report_table(report: ReportFile) -> Table:
    """Methods by budget, from all lines to none, the chosen and the best rows marked. Fits 80 columns.

    Raises UsageError where the report has no row of its chosen method and budget.
    """
    starred = " *: partly untold." if any(row.untold for row in report.rows) else ""
    table = empty_table(f"{explanation(report)} {_CHOSEN} is the chosen row.{starred}")
    for heading, unit in columns(report):
        text = heading in ("Method", "")
        table.add_column(
            "\n".join([heading, *unit.split(", ")]).rstrip(),  # "0-20 m, mm": what and where below each other
            justify="left" if text else "right",
            overflow="fold",
            no_wrap=not text,
            min_width=14 if heading == "Method" else None,
            max_width=22 if text else None,
        )
    for budget, rows in words.sections(report):
        for position, row in enumerate(rows):
            found = marks(report, row)
            chosen = "chosen" in found
            style = "bold green" if chosen else "bold" if "best" in found else ""
            entries = cells(report, row)
            entries[0] = f"{_CHOSEN if chosen else ''} {budget if position == 0 else ''}".strip()
            entries[1] += " *" if row.untold else ""
            # "44% untold" would not fit into 80 columns; the shares stand below
            entries[-1] = ", ".join(mark for mark in found if mark in ("best", "tied"))
            table.add_row(*(Text(entry) for entry in entries), style=style, end_section=position == len(rows) - 1)
    return table


def elevation_heading(kind: ElevationKind) -> str:
    """Of a column of elevations, in degrees."""
    return "Elevation\ndeg" if kind == "cone" else "Apparent\nelevation\ndeg"


def values_headings(values: ValuesFile) -> list[str]:
    """The headings of ``value_entries``."""
    return [
        "Line",
        elevation_heading(values.elevation_kind),
        "Points in\nthe image",
        f"Value\n{criterion(values.metric).unit_short}",
        "±\n95 %",
    ]


def value_entries(values: ValuesFile, line: int) -> list[str]:
    """A line's number, elevation, mean number of points in the image, value and half the width of its interval."""
    half = values.half_width()[line]
    decimals = 1 if max(map(abs, values.mean)) >= 20 else 3
    return [
        str(line),
        f"{values.elevation_deg[line]:.2f}",
        f"{values.points_per_line[line]:.0f}",
        f"{values.mean[line]:.{decimals}f}",
        "–" if half is None else f"{half:.{decimals}f}",
    ]


def values_table(values: ValuesFile) -> Table:
    """The value of every line, topmost first, with its interval and a bar. Fits 80 columns."""
    table = empty_table(
        f"Value: mean {metric_name(values.metric)} a line takes away (Shapley), over "
        f"{words.count(values.n_frames, 'frame')} and {words.evaluated(values)}. All lines together: "
        f"{values.value_full - values.value_empty:.4g} {unit_of(values.metric)}. "
        f"±: {words.value_intervals(values)}.",
    )
    for heading in values_headings(values):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True, min_width=_BAR_WIDTH)
    largest = max(values.mean)
    for line, mean in enumerate(values.mean):
        unseen = values.points_per_line[line] == 0
        bar = ProgressBar(largest, max(mean, 0.0), _BAR_WIDTH, complete_style="cyan", finished_style="cyan")
        shown = "not in the image" if unseen else bar if largest > 0 else ""
        table.add_row(*value_entries(values, line), shown, style="dim" if unseen else "")
    return table


def report_markdown(report: ReportFile) -> str:
    """The report as a Markdown file: answer, lines by their number, cautions, table, how it was made."""
    parts = [
        f"# {markdown.plain(words.question(report))}",
        markdown.plain(words.judged(report)),
        *(f"> **Doubtful:** {markdown.plain(doubt)}" for doubt in words.doubts(report)),
        f"**{markdown.plain(headline(report))}**",
    ]
    parts.append(markdown.table(DECISION, decision_entries(report), [0, 3, 4, 5, 6]))
    said = (elbow_told(report), comparison(report), taking(report), by_part.trade(report), *how_sure(report))
    parts += [markdown.plain(one) for one in said if one]
    parts += markdown.listed(words.CAUTIONS, caution_texts(report))
    headings = [f"{heading} ({unit})" if unit else heading for heading, unit in columns(report)]
    rows = [cells(report, row) for _, same_budget in words.sections(report) for row in same_budget]
    accuracy = markdown.table(headings, rows, [1, len(headings) - 1])
    parts += ["## Accuracy", accuracy, markdown.plain(explanation(report))]
    if told := by_part.entries(report):
        heads = [" ".join(name.split()) for name in by_part.headings(report)]
        parts += [f"## {by_part.title(report)}", markdown.table(heads, told, [0, 1])]
        parts.append(markdown.plain(by_part.explanation(report)))
    if report.per_frame:
        rows_per_frame = [switching.entries(report, row) for row in report.per_frame]
        switched = markdown.table([" ".join(name.split()) for name in switching.headings(report)], rows_per_frame, [1])
        parts += [f"## {switching.TITLE}", switched, markdown.plain(switching.explanation(report))]
    if reasons := explained(report):
        parts += [f"## {TITLE}", *map(markdown.plain, reasons)]
    named = [*words.settings(report), *words.provenance(report)]
    parts += [f"## {words.MADE}", "\n".join(f"- {key}: {_code(value)}" for key, value in named)]
    parts += markdown.listed(None, words.notes(report))
    return "\n\n".join(parts) + "\n"


def _code(text: str) -> str:
    """A code span that holds any text: its fence is longer than the longest run of backticks inside."""
    runs = "".join(character if character == "`" else " " for character in text).split()
    fence = "`" * (1 + max((len(run) for run in runs), default=0))
    padding = " " if runs else ""
    return f"{fence}{padding}{printable(text)}{padding}{fence}"
