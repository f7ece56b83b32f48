"""The strip that a decision is made by: a cell for every number of lines that was asked for, and for every product."""

from collections.abc import Sequence
from html import escape

from lidarsel.contracts import ReportFile
from lidarsel.listing import line_ranges
from lidarsel.printable import printable
from lidarsel.report.by_part import told_by
from lidarsel.report.decision import BandError, Cell, band_errors, decision_cells, elbow_told
from lidarsel.report.metric_words import error_of, error_told, interval_told, metric_name
from lidarsel.report.page import parts
from lidarsel.report.words import count

_BAR_HEIGHT = 10
_LEAST_WIDTH = 0.8
"""Of a bar, in hundredths of the longest: none at all would look as if nothing was told."""


def decision_strip(report: ReportFile) -> str:
    """The strip, and what its words and bars are."""
    cells = decision_cells(report)
    longest = max((abs(band.size) for cell in cells for band in cell.bands), default=0.0)
    items = "".join(_cell(report, cell, longest) for cell in cells)
    said = [elbow_told(report), _explained(report, cells)]
    return (
        '<section id="decision" aria-label="What every number of lines costs">'
        f'<ul class="cells">{_all_lines(report)}{items}</ul>'
        + "".join(parts.paragraph(one, "soft") for one in said if one)
        + "</section>"
    )


def lines_by_hand(report: ReportFile) -> str:
    """The lines of every cell, by number and elevation, and the files that hold them."""
    cells = [cell for cell in decision_cells(report) if cell.row.lines]
    kind = "elevations" if report.elevation_kind == "cone" else "apparent elevations"
    items = "".join(
        f'<div class="lines" data-budget="{cell.row.budget}"><h3>{escape(cell.title)}'
        f"{_file(cell)}</h3>{parts.line_strip(cell.row.lines, report.n_lines)}"
        f"{parts.paragraph(line_ranges(cell.row.lines))}"
        f"{parts.paragraph(f'{kind}: {_elevations(report, cell)}', 'soft')}</div>"
        for cell in cells
    )
    told = parts.paragraph("By number, 0 being the topmost line, and by elevation in degrees, topmost first.", "soft")
    return parts.section("lines", "The lines to keep", told, f'<div class="sets">{items}</div>')


def _file(cell: Cell) -> str:
    return "" if cell.file is None else f' <span class="code">{escape(cell.file)}</span>'


def _elevations(report: ReportFile, cell: Cell) -> str:
    found = ", ".join(f"{report.elevation_deg[line]:.1f}" for line in cell.row.lines)
    return f"{found}°".replace("-", "\N{MINUS SIGN}")


def _all_lines(report: ReportFile) -> str:
    """What the others are compared with."""
    row = report.row("all")
    if row is None or not row.is_judged:
        return ""
    name, error = metric_name(report.metric), error_told(error_of(row, report.metric), report.metric)
    none = report.row("none")
    empty = "" if none is None else f"no line: {error_told(error_of(none, report.metric), report.metric)}"
    return (
        f'<li class="cell all"><h3>all {count(report.n_lines, "line")}</h3><p class="cost">{parts.plain(error)}</p>'
        f'<p class="error">{parts.plain(f"{name}, {interval_told(row, report.metric)}")}</p>'
        f'<p class="error">{parts.plain(empty)}</p>{_bars(band_errors(report, row), None)}</li>'
    )


def _cell(report: ReportFile, cell: Cell, longest: float) -> str:
    kinds = "cell product" if cell.file is None else "cell"
    badge = '<span class="mark">elbow</span>' if cell.is_elbow else ""
    untold = f"{100 * cell.row.untold:.0f} % untold" if cell.row.untold else ""
    sure = [cell.sure and f"<b>{escape(cell.sure)}</b>", *map(parts.plain, (cell.stable, untold))]
    handed = "" if cell.file is None else f'<p class="code">{escape(cell.file)}</p>'
    return (
        f'<li class="{kinds}" data-method="{escape(cell.row.method)}" data-budget="{cell.row.budget}">'
        f'<h3>{escape(cell.title)} {badge}</h3><p class="cost">{parts.plain(cell.cost)}</p>'
        f'<p class="error">{parts.plain(cell.error)}</p>'
        f'<p class="sure">{", ".join(filter(None, sure))}</p>'
        f"{_bars(cell.bands, longest)}"
        f'{parts.line_strip(cell.row.lines, report.n_lines)}<p class="span">{_span(report, cell)}</p>{handed}</li>'
    )


def _bars(bands: Sequence[BandError], longest: float | None) -> str:
    """A row a band, with a bar where the longest one's length is given."""
    rows = "".join(_bar(band, longest) for band in bands)
    return f'<table class="bars"><caption>by distance</caption><tbody>{rows}</tbody></table>' if rows else ""


def _bar(band: BandError, longest: float | None) -> str:
    drawn = ""
    if longest is not None:
        width = 100 * abs(band.size) / longest if longest else 0
        less = ' class="less"' if band.size < 0 else ""
        drawn = (
            f'<td><svg viewBox="0 0 100 {_BAR_HEIGHT}" preserveAspectRatio="none" aria-hidden="true">'
            f'<rect{less} width="{max(width, _LEAST_WIDTH):.1f}" height="{_BAR_HEIGHT}"/></svg></td>'
        )
    return f'<tr><th scope="row">{parts.plain(band.band)}</th>{drawn}<td>{parts.plain(band.text)}</td></tr>'


def _span(report: ReportFile, cell: Cell) -> str:
    if not cell.row.lines:
        return ""
    elevations = [report.elevation_deg[line] for line in cell.row.lines]
    named = "" if report.elevation_kind == "cone" else "apparent "
    told = f"{named}{max(elevations):.1f}° to {min(elevations):.1f}°".replace("-", "\N{MINUS SIGN}")
    return parts.plain(told)


def _explained(report: ReportFile, cells: list[Cell]) -> str:
    whole, name = report.row("all"), metric_name(report.metric)
    said = []
    if whole is not None and whole.is_judged:
        said.append(f"Per cent: {name} against all lines.")
    if any(cell.bands for cell in cells):
        said.append(f"Bars: {metric_name(told_by(report))} within bands of distance, on one scale.")
    chosen = printable(report.chosen_method)
    if any(cell.sure for cell in cells):
        said.append(
            f"Surely best, tied best, behind: how the lines (chosen by {chosen}) stand beside those of other methods, "
            "frame by frame."
        )
    if any(cell.stable for cell in cells):
        said.append("Stable: chosen again on more than half of the resamples of the frames.")
    if any(cell.row.untold for cell in cells):
        said.append("*: a product that the log's lines imitate; untold: the share of it that they cannot tell of.")
    return " ".join(said)
