"""The report as one HTML page that needs nothing from outside: opened from a disk, offline, on a desk or a phone."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from lidarsel.contracts import ReportFile, ValuesFile
from lidarsel.errors import UsageError
from lidarsel.printable import printable
from lidarsel.report import by_part, words
from lidarsel.report.cautions import cautions
from lidarsel.report.decision import verdict
from lidarsel.report.figures.distance_chart import distance_chart, distance_label
from lidarsel.report.figures.error_chart import error_chart, error_explained
from lidarsel.report.figures.insights import InsightFigure, insight_figures
from lidarsel.report.figures.line_charts import inclusion_chart, value_chart
from lidarsel.report.metric_words import error_text, metric_name, unit_of
from lidarsel.report.page import parts
from lidarsel.report.page.frame_browser import EXTRA, frame_browser
from lidarsel.report.page.per_frame import per_frame_section
from lidarsel.report.page.skeleton import whole_page
from lidarsel.report.page.strip import decision_strip, lines_by_hand
from lidarsel.report.pictures.judged_frame import JudgedFrame
from lidarsel.report.standing import comparison, headline, taking
from lidarsel.report.sureness import TITLE, explained, how_sure
from lidarsel.selection.base import Insight
from lidarsel.writing import write_bytes


def write_html(
    path: Path, report: ReportFile, values: ValuesFile, frames: Sequence[JudgedFrame], insights: Sequence[Insight] = ()
) -> None:
    """Write ``html_page`` into a file, which is whole or not there.

    Args:
        path: The file.
        report: The judged rows.
        values: The lines' Shapley values, of the same sensor.
        frames: Judged frames, at least one and at most ``frame_browser.MOST_FRAMES``.
        insights: What selectors learned while they chose; each kind has a section of its own.

    Raises:
        OutputError: Where it cannot be written.
        UsageError: Where the report lacks the row of its chosen method, or the values are of another sensor.
    """
    write_bytes(path, html_page(report, values, frames, insights).encode())


def html_page(
    report: ReportFile, values: ValuesFile, frames: Sequence[JudgedFrame], insights: Sequence[Insight] = ()
) -> str:
    """The page: what was asked, the answer, notes, table, figures, pictures, settings and provenance.

    Parameters and errors are those of ``write_html``.
    """
    if values.n_lines != report.n_lines:
        problem = f"the values are of {values.n_lines} lines and the report of {report.n_lines}"
        raise UsageError(f"{problem}; value the lines of this sensor anew")
    title, sensor = escape(verdict(report)), printable(report.sensor)
    asked = f"{sensor[:1].upper()}{sensor[1:]}: which lines to keep"
    body = [
        f"<header>{parts.paragraph(asked, 'asked')}<h1>{parts.plain(verdict(report))}</h1>"
        f"{parts.paragraph(words.judged(report), 'soft')}</header>",
        *(parts.paragraph(f"Doubtful: {doubt}", "doubt") for doubt in words.doubts(report)),
        decision_strip(report),
        parts.cautions(cautions(report)),
        lines_by_hand(report),
        _answer(report),
        parts.section("accuracy", "Accuracy by number of lines and method", parts.accuracy_table(report)),
        _by_distance(report),
        _error_against_budget(report),
        _stability(report, values),
        per_frame_section(report),
        _value_against_elevation(report, values),
        *(_insight(figure) for figure in insight_figures(insights, report)),
        parts.section("frames", "Frame by frame", frame_browser(report, frames)),
        _made_by(report, values),
    ]
    return whole_page(title, "accuracy", body, [EXTRA])


def _answer(report: ReportFile) -> str:
    """The finding in words, for the largest number of lines."""
    told = (comparison(report), taking(report), by_part.trade(report), *how_sure(report))
    return parts.section(
        "answer",
        "In words",
        parts.paragraph(headline(report), "finding"),
        *(parts.paragraph(said) for said in told if said),
    )


def _by_distance(report: ReportFile) -> str:
    rows = by_part.entries(report)
    if not rows:
        return ""
    chart = distance_chart(report)
    drawn = [] if chart is None else [parts.plot("distance-figure", chart, distance_label(report))]
    table = parts.plain_table(by_part.title(report), by_part.headings(report), rows, texts=by_part.WORDS)
    told = parts.paragraph(by_part.explanation(report), "soft")
    return parts.section("distance", by_part.title(report), told, *drawn, table)


def _error_against_budget(report: ReportFile) -> str:
    budgets = {row.budget for row in report.rows if row.method not in ("all", "none")}
    said = (
        f"{error_explained(report)} {words.intervals(report)} All methods are judged on the same frames, so "
        "methods may differ more surely than their CIs suggest: hard frames are hard for all of them."
    )
    figure = parts.plot(
        "error-figure", error_chart(report), f"{metric_name(report.metric)} against the number of lines, by method"
    )
    title = "Error against budget" if len(budgets) > 1 else "Error by method"
    return parts.section("error", title, parts.paragraph(said, "soft"), figure)


def _stability(report: ReportFile, values: ValuesFile) -> str:
    said = "".join(parts.paragraph(one, "soft") for one in explained(report))
    chart, elevation = inclusion_chart(report, values), words.ELEVATION_NAMES[report.elevation_kind]
    label = f"Share of resamples in which each line is chosen again, against its {elevation}"
    drawn = "" if chart is None else parts.plot("stability-figure", chart, label)
    return parts.section("stability", TITLE, said, drawn) if said else ""


def _value_against_elevation(report: ReportFile, values: ValuesFile) -> str:
    name, unit = metric_name(values.metric), unit_of(values.metric)
    whole = error_text(values.value_full - values.value_empty, values.metric)
    said = (
        f"A line's Shapley value is the {name} it takes away, averaged over all orders in which lines could be added; "
        f"the values of all lines add up to {whole} {unit}, from no line to all. "
        "Topmost lines are on the left. "
        f"Bars: {words.value_intervals(values)}. Neighbouring lines can stand in for each other, so the lines "
        "of highest value are not always the best set."
    )
    chart = value_chart(values, words.chosen_row(report).lines)
    elevation = words.ELEVATION_NAMES[values.elevation_kind]
    drawn = parts.plot("value-figure", chart, f"Shapley value of each line in {unit} against its {elevation}")
    return parts.section(
        "values", f"Value per line against {elevation}", parts.paragraph(said, "soft"), drawn, parts.values_rows(values)
    )


def _insight(figure: InsightFigure) -> str:
    drawn = parts.plot(f"{figure.key}-figure", figure.chart, figure.label)
    found = parts.paragraph(figure.found) if figure.found else ""
    return parts.section(figure.key, figure.title, found, drawn, parts.paragraph(figure.explained, "soft"))


def _made_by(report: ReportFile, values: ValuesFile) -> str:
    ends = [error_text(value, values.metric) for value in (values.value_empty, values.value_full)]
    valued = [
        ("Values by", f"{printable(values.estimator)}, {words.evaluated(values)}"),
        ("Frames valued", str(values.n_frames)),
        ("Value of no line, of all", f"{', '.join(ends)} {unit_of(values.metric)}"),
    ]
    listed = parts.named_list([*words.settings(report), *valued, *words.provenance(report)])
    frames = [
        parts.frame_list("Frames judged", report.frames),
        parts.frame_list("Frames chosen on", report.chosen_on_frames),
    ]
    return parts.section("made", words.MADE, parts.plain_list(words.notes(report)), listed, *frames)
