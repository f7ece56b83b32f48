"""Sentences in a terminal: lines end between words, so that no hash, number or path is cut in two."""

import re
import textwrap

_LABEL = re.compile(r"[\w -]{1,12}(: | {2,})(?=\S)")
"""What a line may begin with, such as "note: ": its later lines stand under what follows it."""
_PLACE = re.compile(r"\w+: [^,;]*[/\\][^,;]*$")
"""A label and a path, which may hold spaces and is copied whole; what is a sentence has its commas."""


def wrapped(text: str, columns: int) -> str:
    """Each line of the text broken between words where it is longer than ``columns``; a longer word stays whole."""
    return "\n".join(_wrapped(line, columns) for line in text.split("\n"))


def _wrapped(line: str, columns: int) -> str:
    if len(line) <= columns or _PLACE.match(line):
        return line
    label = _LABEL.match(line)
    hanging = " " * (len(label[0]) if label else 2)
    rest = line[len(label[0]) :] if label else line
    parts = textwrap.wrap(
        rest,
        max(columns, len(hanging) + 20),
        initial_indent=label[0] if label else "",
        subsequent_indent=hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(parts)
