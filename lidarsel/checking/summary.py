"""A check as a person reads it: a table in the terminal, and the same as Markdown for a CI system's summary."""

from collections import Counter

from rich.table import Table
from rich.text import Text

from lidarsel.checking.compare import Comparison, RowCheck
from lidarsel.choices import METRICS
from lidarsel.criterion import criterion
from lidarsel.report import markdown
from lidarsel.report.metric_words import error_of, error_text, error_title
from lidarsel.report.terminal import empty_table
from lidarsel.report.words import count, method_name

_STYLE = {"FAILED": "bold red", "MISSING": "bold red", "better": "green", "new": "dim", "ok": ""}


def verdict(comparison: Comparison) -> str:
    """The outcome in one line."""
    allowed = f"at most {100 * comparison.limits.max_regression:g} % worse allowed"
    if comparison.passed:
        found = Counter(row.verdict for row in comparison.rows)
        compared = len(comparison.rows) - found["new"]
        return f"passed: {count(compared, 'row')} compared, {found['better']} better, {found['new']} new; {allowed}"
    return f"FAILED: {count(len(comparison.failures()), 'failure')}; {allowed}"


def columns(comparison: Comparison) -> list[tuple[str, str]]:
    """Heading and unit of each of ``cells``: the error that decided before and now, and how much it and the others
    changed."""
    error = criterion(comparison.metric).head[0]
    changed = [(criterion(metric).head[0], "%") for metric in _changed(comparison)]
    return [("Lines", ""), ("Method", ""), (error, "was"), (error, "now"), *changed, ("Same", "lines"), ("", "")]


def _changed(comparison: Comparison) -> list[str]:
    """The four figures, after what decided where that is none of them."""
    return list(dict.fromkeys([*(() if comparison.metric in METRICS else [comparison.metric]), *METRICS]))


def cells(comparison: Comparison, row: RowCheck) -> list[str]:
    """A row's entries under the headings."""
    metric = comparison.metric
    either = row.baseline or row.now
    assert either is not None
    both = row.baseline is not None and row.now is not None
    same = len(set(row.baseline.lines) & set(row.now.lines)) if row.baseline and row.now else 0
    return [
        str(row.budget),
        method_name(either),
        *("" if side is None else error_text(error_of(side, metric), metric) for side in (row.baseline, row.now)),
        *(_signed(row.change[key]) if both else "" for key in _changed(comparison)),
        f"{same}/{row.budget}" if both else "",
        "" if row.verdict == "ok" else row.verdict,
    ]


def comparison_table(comparison: Comparison) -> Table:
    """Every row, most lines first. Fits 80 columns."""
    table = empty_table(
        f"{error_title(comparison.metric)}. %: change, + is worse. Same lines: shared with the baseline."
    )
    for heading, unit in columns(comparison):
        text = heading in ("Method", "")
        table.add_column(
            f"{heading}\n{unit}".rstrip(), justify="left" if text else "right", overflow="fold", no_wrap=not text
        )
    shown = None
    for position, row in enumerate(comparison.rows):
        following = comparison.rows[position + 1 : position + 2]
        entries = cells(comparison, row)
        entries[0] = "" if row.budget == shown else entries[0]
        shown = row.budget
        last = not following or following[0].budget != row.budget
        table.add_row(*(Text(entry) for entry in entries), style=_STYLE[row.verdict], end_section=last)
    return table


def comparison_markdown(comparison: Comparison) -> str:
    """The check as Markdown: outcome, failures, what else changed, table."""
    parts = [f"## lidarsel check {markdown.plain(verdict(comparison))}"]
    for heading, sentences in (("Failures", comparison.failures()), ("Also changed", comparison.notes)):
        if sentences:
            parts += [f"### {heading}", "\n".join(f"- {markdown.plain(sentence)}" for sentence in sentences)]
    headings = [f"{heading} {unit}".strip() for heading, unit in columns(comparison)]
    rows = [cells(comparison, row) for row in comparison.rows]
    parts.append(markdown.table(headings, rows, [1, len(headings) - 1]))
    return "\n\n".join(parts) + "\n"


def _signed(change: float | None) -> str:
    """A share as a signed percentage without its sign; "–" where it is a share of nothing."""
    if change is None:
        return "–"
    return "0.0" if abs(change) < 0.0005 else f"{100 * change:+.1f}"
