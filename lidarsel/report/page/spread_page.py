"""How far depths may be off as one HTML page: the table, where lines leave one blind, and a frame."""

from collections.abc import Sequence
from html import escape

from lidarsel.contracts import ReportFile
from lidarsel.printable import printable
from lidarsel.report import spread, words
from lidarsel.report.cautions import cautions
from lidarsel.report.figures.line_charts import spread_chart
from lidarsel.report.page import parts
from lidarsel.report.page.skeleton import whole_page
from lidarsel.report.pictures.spread_map import PicturedSpread

_ELEVATION = "Where the lines leave one blind"


def spread_page(report: ReportFile, frame: PicturedSpread) -> str:
    """The page of a report that has a spread, and one of its frames.

    It needs nothing from outside.
    """
    told = report.spread
    assert told is not None
    title = escape(spread.TITLE)
    rows = [spread.spread_entries(row) for row in told.rows]
    first = told.rows[0]
    body = [
        f"<header><h1>{title}</h1>{parts.paragraph(words.judged(report), 'soft')}</header>",
        *(parts.paragraph(f"Doubtful: {doubt}", "doubt") for doubt in words.doubts(report)),
        parts.section("answer", "In words", *(parts.paragraph(said) for said in spread.spread_told(report))),
        parts.cautions(cautions(report)),
        parts.section(
            "spread",
            "Whether the intervals hold",
            parts.plain_table(spread.TITLE, spread.HEADINGS, rows, texts=(1, 2)),
            parts.paragraph(spread.spread_explanation(told), "soft"),
        ),
        parts.section(
            "elevation",
            _ELEVATION,
            parts.paragraph(spread.by_line_explanation(first.budget), "soft"),
            parts.plot(
                "elevation-figure",
                spread_chart(report),
                "Half of the 90 % interval where each line looks, against its elevation",
                "the values stand in report.json, spread.by_line_m",
            ),
        ),
        parts.section("frame", f"Frame {escape(printable(frame.frame_id))}", *_pictures(frame)),
        parts.section("made", words.MADE, parts.plain_list(words.notes(report)), parts.named_list(_made_by(report))),
    ]
    return whole_page(title, "spread", body)


def _pictures(frame: PicturedSpread) -> list[str]:
    shown = [
        f'<figure><img src="{one.uri}" width="{one.width}" height="{one.height}" alt="{escape(one.title)}" '
        f'style="width:100%;height:auto"><figcaption>{escape(one.title)}</figcaption></figure>'
        for one in frame.pictures()
    ]
    scale = frame.scale()
    ramp = f'<div style="height:12px;background:linear-gradient(90deg,{",".join(scale.colours)})"></div>'
    return [*shown, ramp, parts.paragraph(f"{scale.title}, from left to right: {', '.join(scale.labels)}.", "soft")]


def _made_by(report: ReportFile) -> Sequence[tuple[str, str]]:
    return [*words.settings(report), *words.provenance(report)]
