"""Markdown that shows any text as it is."""

from collections.abc import Sequence

from lidarsel.printable import printable
from lidarsel.report.metric_words import units_kept


def plain(text: str) -> str:
    """Text that Markdown shows as it is: no tag, table bar, emphasis or link can be made from a name. A number and its
    unit stay on one line."""
    shown = units_kept(printable(text))
    return "".join(f"\\{character}" if character in "\\`*_[]<>|#&" else character for character in shown)


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], text_columns: Sequence[int]) -> str:
    """A table of plain texts; columns not named hold figures and are aligned to the right."""
    rule = [":---" if column in text_columns else "---:" for column in range(len(headings))]
    lines = [headings, rule, *([plain(entry) for entry in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def listed(title: str | None, sentences: Sequence[str]) -> list[str]:
    """A heading, where there is one, and plain sentences as a list; nothing where there are none."""
    if not sentences:
        return []
    return [*([f"## {title}"] if title else []), "\n".join(f"- {plain(sentence)}" for sentence in sentences)]
