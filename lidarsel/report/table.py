"""The report as a table: for the terminal (rich) and as a Markdown file."""

from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from lidarsel.choices import METRICS, ElevationKind
from lidarsel.contracts import ReportFile, ValuesFile
from lidarsel.criterion import criterion
from lidarsel.printable import printable
from lidarsel.report import by_part, markdown, switching, words
from lidarsel.report.cautions import caution_texts
from lidarsel.report.decision import DECISION, decision_entries, elbow_told
from lidarsel.report.metric_words import error_of, error_text, metric_name, millimetres, unit_of
from lidarsel.report.standing import comparison, headline, marks, taking
from lidarsel.report.sureness import TITLE, explained, how_sure
from lidarsel.report.terminal import empty_table
from lidarsel.report_rows import ReportRow

_HEADINGS = ("Lines", "Method", "RMSE", "Interval", "MAE", "iRMSE", "iMAE", "Ratio")
_UNITS = ("", "", "mm", "95 %, mm", "mm", "1/km", "1/km", "to all")
_BAR_WIDTH = 20


def columns(report: ReportFile) -> list[tuple[str, str]]:
    """Heading and unit of each of ``cells``; what decided has a column of its own where it is none of the four
    figures."""
    others = [] if report.metric in METRICS else [criterion(report.metric).head]
    return [*zip(_HEADINGS, _UNITS, strict=True), *others, ("", "")]


def cells(report: ReportFile, row: ReportRow) -> list[str]:
    """A row's entries under ``columns``; of a row that nothing was left to judge by, no figures."""
    if not row.is_judged:
        unknown = ["–"] * (len(columns(report)) - 3)
        return [str(row.budget), words.method_name(row), *unknown, ", ".join(marks(report, row))]
    return [
        str(row.budget),
        words.method_name(row),
        millimetres(row.rmse_mm),
        "–" if row.interval_mm is None else "–".join(map(millimetres, row.interval_mm)),
        millimetres(row.mae_mm),
        f"{row.irmse_per_km:.2f}",
        f"{row.imae_per_km:.2f}",
        "–" if row.ratio_to_all is None else f"{row.ratio_to_all:.3f}",
        *([] if report.metric in METRICS else [error_text(error_of(row, report.metric), report.metric)]),
        ", ".join(marks(report, row)),
    ]


def explanation(report: ReportFile) -> str:
    """What the columns and marks mean."""
    frames = sorted({row.n_frames for row in report.rows})
    counted = words.count(frames[0], "frame") if len(frames) == 1 else f"{frames[0]} to {frames[-1]} frames"
    tied = any("tied" in marks(report, row) for row in report.rows)
    tie = "; tied: frame by frame, its difference to the best may be chance" if tied else ""
    shares = ", ".join(f"{printable(row.method)} {100 * row.untold:.0f} %" for row in report.rows if row.untold)
    untold = f"; untold: of the product's lines, those that this log cannot tell ({shares})" if shares else ""
    return (
        f"Means over {counted}; {words.ratio(report)}; best: least "
        f"{metric_name(report.metric)} at that number of lines{tie}{untold}. {words.intervals(report)}"
    )


def report_table(report: ReportFile) -> Table:
    """Methods by budget, from all lines to none, the chosen and the best rows marked. Fits 100 columns, and 80 folded.

    Raises UsageError where the report has no row of its chosen method and budget.
    """
    starred = " *: partly untold." if any(row.untold for row in report.rows) else ""
    table = empty_table(f"{explanation(report)} Both: chosen and best.{starred}")
    for heading, unit in columns(report):
        text = heading in ("Method", "")
        table.add_column(
            f"{heading}\n{unit}".rstrip() if heading else "",
            justify="left" if text else "right",
            overflow="fold",
            no_wrap=not text,
            min_width=14 if heading == "Method" else None,
            max_width=22 if text else None,
        )
    for budget, rows in words.sections(report):
        for position, row in enumerate(rows):
            found = marks(report, row)
            style = "bold green" if "chosen" in found else "bold" if "best" in found else ""
            entries = cells(report, row)
            entries[0] = str(budget) if position == 0 else ""
            # "chosen, best" or "44% untold" would not fit into 80 columns; the shares stand below
            entries[-1] = ", ".join(mark for mark in found if "untold" not in mark)
            entries[-1] = entries[-1].replace("chosen, best", "both").replace(" ", "\n")
            if row.untold:
                entries[1] += " *"
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
    accuracy = markdown.table(headings, rows, [_HEADINGS.index("Method"), len(headings) - 1])
    parts += ["## Accuracy", accuracy, explanation(report)]
    if told := by_part.entries(report):
        heads = [" ".join(name.split()) for name in by_part.HEADINGS]
        parts += [f"## {by_part.title(report)}", markdown.table(heads, told, [0, 1]), by_part.explanation(report)]
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
