"""A sweep as one HTML page, with the very means of its table in the terminal, and its figure as a file."""

from collections.abc import Sequence
from pathlib import Path

from lidarsel.contracts import ReportFile
from lidarsel.report import words
from lidarsel.report.cautions import cautions
from lidarsel.report.figures.matplotlib_painter import svg_figure
from lidarsel.report.figures.sweep_chart import sweep_chart
from lidarsel.report.metric_words import metric_name
from lidarsel.report.page import parts
from lidarsel.report.page.per_frame import per_frame_section
from lidarsel.report.page.skeleton import whole_page
from lidarsel.report.sweep import TEXT_HEADINGS, explanation, sweep_grid
from lidarsel.report.sweep_answer import headline, least_told
from lidarsel.report.sweep_means import SweepRow
from lidarsel.writing import write_bytes

_TITLE = "Methods by number of lines"
_REPORT = (
    "<p>Which of them can be told apart, the lines, what each is worth, and frames: "
    '<a href="report.html">report.html</a>.</p>'
)


def write_sweep_page(folder: Path, report: ReportFile, rows: Sequence[SweepRow]) -> None:
    """Write ``sweep.html`` into a folder, and ``figures/sweep.svg`` of the first metric where there is a figure.

    Args:
        folder: of the sweep.
        report: of its first metric and seed.
        rows: of all.

    Raises:
        OutputError: where a file cannot be written.
    """
    write_bytes(folder / "sweep.html", sweep_page(report, rows).encode())
    if (chart := sweep_chart(rows, report.metric, report.chosen_method)) is not None:
        write_bytes(folder / "figures" / "sweep.svg", svg_figure(chart).encode())


def sweep_page(report: ReportFile, rows: Sequence[SweepRow]) -> str:
    """The page: the best method, what weakens it, for each metric that chose a figure and a table, and its making.

    Parameters are those of ``write_sweep_page``.
    """
    metrics = list(dict.fromkeys(swept.metric for swept in rows))
    body = [
        f"<header><h1>{_TITLE}</h1>{parts.paragraph(words.judged(report), 'soft')}</header>",
        _answer(report, rows),
        parts.cautions(cautions(report)),
        *(_by_metric(report, rows, metric, f"means-{number}") for number, metric in enumerate(metrics)),
        per_frame_section(report),
        _made_by(report, rows, metrics),
    ]
    return whole_page(_TITLE, "means-0", body)


def _answer(report: ReportFile, rows: Sequence[SweepRow]) -> str:
    return (
        '<section id="answer" aria-label="Answer">'
        + "".join(parts.paragraph(f"Doubtful: {doubt}", "doubt") for doubt in words.doubts(report))
        + parts.paragraph(headline(rows, report.metric), "finding large")
        + _REPORT
        + parts.named_list(least_told(rows, report.metric))
        + "</section>"
    )


def _by_metric(report: ReportFile, rows: Sequence[SweepRow], metric: str, key: str) -> str:
    name, chart = metric_name(metric), sweep_chart(rows, metric, report.chosen_method)
    drawn = (
        "" if chart is None else parts.plot(f"{key}-figure", chart, f"{name} against the number of lines, by method")
    )
    headings, entries = sweep_grid(rows, metric)
    texts = [place for place, heading in enumerate(headings) if heading in TEXT_HEADINGS]
    table = parts.plain_table(f"{name} of every method by number of lines", headings, entries, texts=texts)
    return parts.section(key, f"Mean {name}", drawn, table, parts.paragraph(explanation(rows, metric), "soft"))


def _made_by(report: ReportFile, rows: Sequence[SweepRow], metrics: Sequence[str]) -> str:
    seeds = sorted({swept.seed for swept in rows})
    swept = [("Metrics that chose", ", ".join(map(metric_name, metrics))), ("Seeds", ", ".join(map(str, seeds)))]
    made = [(key, value) for key, value in words.provenance(report) if key != "Seed"]
    frames = [
        parts.frame_list("Frames judged", report.frames),
        parts.frame_list("Frames chosen on", report.chosen_on_frames),
    ]
    listed = parts.named_list([*swept, *made])
    return parts.section("made", words.MADE, parts.plain_list(words.notes(report)), listed, *frames)
