"""Pieces of the HTML report. Every text from outside goes through ``escape``; every function gives whole elements."""

import re
from collections.abc import Collection, Iterable, Sequence
from html import escape

from lidarsel.cautions import Caution
from lidarsel.contracts import ReportFile, ValuesFile
from lidarsel.listing import line_ranges
from lidarsel.printable import printable
from lidarsel.report.figures.chart import Chart, HeatMap
from lidarsel.report.figures.plotly_painter import plotly_json
from lidarsel.report.metric_words import units_kept
from lidarsel.report.standing import marks
from lidarsel.report.table import cells, columns, explanation, value_entries, values_headings
from lidarsel.report.words import CAUTIONS, count, sections
from lidarsel.report_rows import ReportRow

COLUMNS_OF_A_PHONE = 4
_STRIP = "Lines kept"
_DECIDING = 2
"""The place of the column of the error that decided, after the number of lines and the method."""
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


def cautions(found: Sequence[Caution | str]) -> str:
    """The section of what weakens the answer, the most serious first; nothing where there is nothing. What has a kind
    begins with its name, for those who look a page over."""
    items = "".join(f"<li>{_caution(each)}</li>" for each in found)
    return section("cautions", CAUTIONS, f"<ul>{items}</ul>") if found else ""


def _caution(found: Caution | str) -> str:
    return plain(found) if isinstance(found, str) else f"<b>{escape(found.title)}.</b> {plain(found.text)}"


def plain_list(sentences: Sequence[str]) -> str:
    """Plain sentences as a list; nothing where there are none."""
    items = "".join(f"<li>{plain(sentence)}</li>" for sentence in sentences)
    return f"<ul>{items}</ul>" if sentences else ""


def accuracy_table(report: ReportFile) -> str:
    """The table of methods by budget, with a strip of the lines that each keeps."""
    named = [*((name or "Mark", unit) for name, unit in columns(report)), (_STRIP, "topmost on the left")]
    kinds = [_kinds(place, name) for place, (name, _) in enumerate(named)]
    heads = [
        f'<th scope="col"{_class(kind)}>{escape(name)}<span class="unit">{escape(unit)}</span></th>'
        for kind, (name, unit) in zip(kinds, named, strict=True)
    ]
    labels = ["" if name in ("Mark", _STRIP) else f"{name} {unit}" for name, unit in named]  # these say what they are
    bodies = []
    for _, rows in sections(report):
        lines = [_accuracy_row(report, row, kinds, labels, first=place == 0) for place, row in enumerate(rows)]
        bodies.append(f'<tbody class="budget">{"".join(lines)}</tbody>')
    table = f"<table><thead><tr>{''.join(heads)}</tr></thead>{''.join(bodies)}</table>"
    return _foldable("Accuracy of every method by number of lines", table) + paragraph(explanation(report), "soft")


def _kinds(place: int, name: str) -> str:
    """The classes of a column of accuracies. What a phone shows only when asked is ``lesser``."""
    if name in ("Method", "Mark"):
        return "text"
    return "deciding" if place == _DECIDING else "lesser" if place > _DECIDING and name != "Ratio" else ""


def _accuracy_row(report: ReportFile, row: ReportRow, kinds: Sequence[str], labels: Sequence[str], first: bool) -> str:
    found = marks(report, row)
    own = [mark.split()[-1] for mark in found]
    badges = "".join(f'<span class="mark {kind}">{mark}</span>' for kind, mark in zip(own, found, strict=True))
    budget, method, *figures, _ = map(escape, cells(report, row))
    entries = [
        f'<td{_class("" if first else "repeated")} data-label="{labels[0]}">{budget}</td>',
        f'<th scope="row" class="text">{method}</th>',
        *(
            f'<td{_class(kind)} data-label="{escape(label)}">{entry}</td>'
            for kind, label, entry in zip(
                kinds[2:], labels[2:], [*figures, badges, line_strip(row.lines, report.n_lines)], strict=True
            )
        ),
    ]
    data = f'data-method="{escape(row.method)}" data-budget="{row.budget}"'
    return f"<tr {data}{_class(' '.join(own))}>{''.join(entries)}</tr>"


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
    headings = values_headings(values)
    table = plain_table("Value of every line", headings, rows, first=len(headings))
    return f"<details><summary>The value of every line as a table</summary>{table}</details>"


def plain_table(
    label: str,
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    chosen: Collection[int] = (),
    first: int = COLUMNS_OF_A_PHONE,
    texts: Collection[int] = (),
) -> str:
    """A table of plain texts.

    Args:
        label: what it is, for those who hear it.
        headings: of its columns.
        rows: entries under each.
        chosen: the places of rows that are marked as the answer.
        first: so many columns a phone shows at once, the others when asked.
        texts: the places of columns that hold words, not figures: these begin below each other.
    """
    names = [escape(" ".join(heading.split())) for heading in headings]
    kinds = [
        _class(" ".join([*(["text"] if place in texts else []), *(["lesser"] if place >= first else [])]))
        for place in range(len(names))
    ]
    heads = "".join(f'<th scope="col"{kind}>{name}</th>' for kind, name in zip(kinds, names, strict=True))
    body = "".join(
        f"<tr{_class('chosen' if place in chosen else '')}>"
        + "".join(
            f'<td{kind} data-label="{name}">{escape(entry)}</td>'
            for kind, name, entry in zip(kinds, names, row, strict=True)
        )
        + "</tr>"
        for place, row in enumerate(rows)
    )
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
    return _foldable(label, table) if len(names) > first else _scrolled(label, table)


def named_list(entries: Iterable[tuple[str, str]]) -> str:
    """Names and values."""
    items = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in entries)
    return f"<dl>{items}</dl>"


def frame_list(title: str, frames: Sequence[str]) -> str:
    """Frame names, folded away."""
    items = "".join(f'<li class="code">{escape(printable(frame))}</li>' for frame in frames)
    return f'<details><summary>{escape(title)} ({len(frames)})</summary><ol class="frames">{items}</ol></details>'


def _foldable(label: str, table: str) -> str:
    """A table whose lesser columns a phone shows when asked, each row then being a block of named figures."""
    asked = f'<label class="more"><input type="checkbox"> More figures <span>({escape(label)})</span></label>'
    return f'<div class="foldable">{asked}{_scrolled(label, table)}</div>'


def _scrolled(label: str, content: str) -> str:
    """Content that may be wider than a phone: scrolled by finger or, once focused, by the arrow keys."""
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(label)}">{content}</div>'


def _class(names: str) -> str:
    return f' class="{names}"' if names else ""
