"""Pieces of the HTML report. Every text from outside goes through ``escape``; every function gives whole elements."""

import re
from collections.abc import Collection, Iterable, Sequence
from html import escape

from lidarsel.contracts import ReportFile, ValuesFile
from lidarsel.listing import line_ranges
from lidarsel.printable import printable
from lidarsel.report.figures.chart import Chart, HeatMap
from lidarsel.report.figures.plotly_painter import plotly_json
from lidarsel.report.metric_words import units_kept
from lidarsel.report.standing import marks
from lidarsel.report.table import cells, columns, explanation, value_entries, values_headings
from lidarsel.report.words import count, sections
from lidarsel.report_rows import ReportRow

_HYPHENED = re.compile(r"(?<!\S)--[a-z][a-z-]*|\d+-\d+\N{NO-BREAK SPACE}m\b")
"""The name of an option, and a band of distance: a hyphen that does not break would not be what is typed."""


def section(key: str, title: str, *content: str) -> str:
    """A titled section; its key is its anchor."""
    heading = f'<h2 id="{key}-title">{escape(title)}</h2>'
    return f'<section id="{key}" aria-labelledby="{key}-title">{heading}{"".join(content)}</section>'


def plain(text: str) -> str:
    """Text without markup, in which a number and its unit stay on one line, as do options' names and bands."""
    return _HYPHENED.sub(r'<span class="whole">\g<0></span>', escape(units_kept(text)))


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph of plain text."""
    return f"<p{_class(kind)}>{plain(text)}</p>"


def cautions(notes: Sequence[str]) -> str:
    """The section of what to know before; nothing where there is nothing."""
    items = "".join(f"<li>{plain(note)}</li>" for note in notes)
    return section("notes", "Before you rely on this", f"<ul>{items}</ul>") if notes else ""


def accuracy_table(report: ReportFile) -> str:
    """The table of methods by budget, with a strip of the lines that each keeps."""
    heads = [
        f'<th scope="col"{_class("text") if name in ("Method", "") else ""}>{escape(name) or "Mark"}'
        f'<span class="unit">{escape(unit)}</span></th>'
        for name, unit in columns(report)
    ]
    heads.append('<th scope="col" class="text">Lines kept<span class="unit">topmost on the left</span></th>')
    bodies = []
    for _, rows in sections(report):
        lines = [_accuracy_row(report, row, first=position == 0) for position, row in enumerate(rows)]
        bodies.append(f'<tbody class="budget">{"".join(lines)}</tbody>')
    table = f"<table><thead><tr>{''.join(heads)}</tr></thead>{''.join(bodies)}</table>"
    return _scrolled("Accuracy of every method by number of lines", table) + paragraph(explanation(report), "soft")


def _accuracy_row(report: ReportFile, row: ReportRow, first: bool) -> str:
    budget, method, rmse, *others, _ = cells(report, row)
    found = marks(report, row)
    kinds = [mark.split()[-1] for mark in found]
    badges = "".join(f'<span class="mark {kind}">{mark}</span>' for kind, mark in zip(kinds, found, strict=True))
    entries = [
        f"<td{_class('' if first else 'repeated')}>{budget}</td>",
        f'<th scope="row" class="text">{escape(method)}</th>',
        f'<td class="rmse">{rmse}</td>',
        *(f"<td>{escape(entry)}</td>" for entry in others),
        f'<td class="text">{badges}</td>',
        f"<td>{line_strip(row.lines, report.n_lines)}</td>",
    ]
    data = f'data-method="{escape(row.method)}" data-budget="{row.budget}"'
    return f"<tr {data}{_class(' '.join(kinds))}>{''.join(entries)}</tr>"


def line_strip(lines: Sequence[int], n_lines: int) -> str:
    """A strip with a bar for every kept line, topmost on the left."""
    bars = "".join(f"M{line} 0h.7v1h-.7z" for line in lines)
    label = f"{count(len(lines), 'line')} of {n_lines}: {line_ranges(lines) or 'none'}"
    return (
        f'<svg class="strip" role="img" viewBox="0 0 {n_lines} 1" preserveAspectRatio="none"><title>{label}</title>'
        f'<path d="{bars}" fill="currentColor"/></svg>'
    )


def plot(
    key: str,
    content: Chart | HeatMap,
    label: str,
    instead: str = "a picture of it is beside this page, in figures",
) -> str:
    """A place for a figure and its JSON, which page.js draws. "<" is escaped so that no text can end the script.

    instead: where what it shows stands for browsers that draw nothing.
    """
    data = plotly_json(content).replace("<", "\\u003c")
    shape = "plot square" if isinstance(content, HeatMap) else "plot"
    return (
        f'<div class="{shape}" data-figure="{key}" role="img" aria-label="{escape(label)}"></div>'
        f'<script type="application/json" id="{key}">{data}</script>'
        f"<noscript><p>This figure needs JavaScript; {escape(instead)}.</p></noscript>"
    )


def values_rows(values: ValuesFile) -> str:
    """The value of every line, folded away."""
    rows = [value_entries(values, line) for line in range(values.n_lines)]
    table = plain_table("Value of every line", values_headings(values), rows)
    return f"<details><summary>The value of every line as a table</summary>{table}</details>"


def plain_table(
    label: str, headings: Sequence[str], rows: Sequence[Sequence[str]], chosen: Collection[int] = ()
) -> str:
    """A table of plain texts. chosen: the places of rows that are marked as the answer."""
    heads = "".join(f'<th scope="col">{escape(" ".join(heading.split()))}</th>' for heading in headings)
    body = "".join(
        f"<tr{_class('chosen' if place in chosen else '')}>{''.join(f'<td>{escape(entry)}</td>' for entry in row)}</tr>"
        for place, row in enumerate(rows)
    )
    return _scrolled(label, f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>")


def named_list(entries: Iterable[tuple[str, str]]) -> str:
    """Names and values."""
    items = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in entries)
    return f"<dl>{items}</dl>"


def frame_list(title: str, frames: Sequence[str]) -> str:
    """Frame names, folded away."""
    items = "".join(f'<li class="code">{escape(printable(frame))}</li>' for frame in frames)
    return f'<details><summary>{escape(title)} ({len(frames)})</summary><ol class="frames">{items}</ol></details>'


def _scrolled(label: str, content: str) -> str:
    """Content that may be wider than a phone: scrolled by finger or, once focused, by the arrow keys."""
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(label)}">{content}</div>'


def _class(names: str) -> str:
    return f' class="{names}"' if names else ""
