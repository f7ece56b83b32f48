"""The report on a smaller network as one HTML page, and its figures as files."""

from html import escape
from pathlib import Path

from lidarsel.printable import printable
from lidarsel.report import shrinking
from lidarsel.report.figures.matplotlib_painter import svg_figure
from lidarsel.report.figures.shrink_charts import importance_figure, loss_figure
from lidarsel.report.page import parts
from lidarsel.report.page.skeleton import whole_page
from lidarsel.report.words import MADE, count
from lidarsel.shrink_files import ImportanceFile, ShrinkFile
from lidarsel.writing import write_bytes


def write_shrink_report(folder: Path, report: ShrinkFile, importance: ImportanceFile) -> None:
    """Write ``report.html`` and ``figures/`` into a folder. Raises OutputError where a file cannot be written."""
    write_bytes(folder / "report.html", shrink_page(report, importance).encode())
    for name, chart in (("importance", importance_figure(importance)), ("loss", loss_figure(report))):
        write_bytes(folder / "figures" / f"{name}.svg", svg_figure(chart).encode())


def shrink_page(report: ShrinkFile, importance: ImportanceFile) -> str:
    """The page: what was reached, every step, what it loses at each number of lines, what channels are worth."""
    title = escape(f"Which channels of network {printable(report.network)} are worth computing")
    rows = [shrinking.entries(step) for step in report.steps]
    steps = parts.plain_table(shrinking.TITLE, shrinking.headings(report), rows, texts=shrinking.WORDS)
    intervals = parts.plain_table(
        "RMSE by number of lines", shrinking.interval_headings(report), shrinking.interval_entries(report)
    )
    body = [
        f"<header><h1>{title}</h1>{parts.paragraph(f'Made smaller by {report.target}', 'soft')}</header>",
        '<section id="answer" aria-label="Answer">'
        + parts.paragraph(shrinking.answer(report), "finding large")
        + parts.paragraph(shrinking.lines_told(report))
        + "</section>",
        parts.cautions(shrinking.cautions(report, importance)),
        parts.section("steps", shrinking.TITLE, steps, parts.paragraph(shrinking.explanation(report), "soft")),
        parts.section(
            "loss",
            "Error by number of lines",
            intervals,
            parts.plot("loss-figure", loss_figure(report), "RMSE against the number of lines, by step"),
        ),
        parts.section(
            "importance",
            "What every channel is worth",
            parts.paragraph(shrinking.importance_told(importance), "soft"),
            parts.plot("importance-figure", importance_figure(importance), "Importance of channels, layer by layer"),
            parts.paragraph(shrinking.layers_told(report), "soft"),
        ),
        _made_by(report, importance),
    ]
    return whole_page(title, "steps", body)


def _made_by(report: ShrinkFile, importance: ImportanceFile) -> str:
    retrained = "no" if not report.retrain_steps else f"{count(report.retrain_steps, 'step')} on {report.retrained_on}"
    listed = parts.named_list(
        [
            ("Ranked by", importance.by),
            ("Networks cut and judged on a frame", str(importance.n_evaluations)),
            ("Normalised groups", report.norm_groups),
            ("Widths in multiples of", str(report.step_channels)),
            ("Retrained", retrained + (", with the whole network as a teacher" if report.distilled else "")),
            ("Command", report.command),
            ("Data", report.data),
            ("Network SHA-256", report.network_sha256),
            ("lidarsel", report.lidarsel_version),
            ("Seed", str(report.seed)),
        ]
    )
    frames = [
        parts.frame_list("Frames judged", report.frames),
        parts.frame_list("Frames ranked on", report.ranked_on_frames),
    ]
    return parts.section("made", MADE, parts.plain_list(report.notes), listed, *frames)
