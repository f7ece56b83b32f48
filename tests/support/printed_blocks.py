"""What pages say that a command prints, and whether it does: digit by digit, less what no two runs share."""

import re
from collections.abc import Sequence
from pathlib import Path

from tests.support.snippets import blocks_of

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_OWN = re.compile(r"(report|sweep): \S+")
"""Where the files are: their folder has the time in its name."""
_ROW = re.compile(r"\s{2,}\d+(\.\d+)?\s{2,}")
"""Of a table: a number between columns."""
_EXACT = re.compile(r"\s*\d+ lines by ")
"""Lists of chosen lines: the neighbouring line is another one."""


def printed_blocks(page: Path, begins: str) -> list[list[str]]:
    """The blocks of a page whose first line that is not blank has these words; of each the lines that are not blank."""
    every = ([line for line in block.text if line.strip()] for block in blocks_of(page))
    return [lines for lines in every if lines and lines[0].split() == begins.split()]


def drifted(written: Sequence[str], printed: Sequence[str]) -> list[str]:
    """The lines of a page that a command does not print, or not in their order.

    A number may be off by one in its last digit: processors of other instructions round the last bits otherwise. What
    the command prints beyond the page is no drift, unless it stands within a table.
    """
    told = [line for line in printed if line.strip()]
    found, place, before = [], 0, ""
    for line in written:
        if _OWN.match(line):
            continue
        at = next((number for number in range(place, len(told)) if same(line, told[number])), None)
        if at is None:
            found.append(line)
        else:
            in_a_table = _ROW.search(before) and _ROW.search(line)
            found += [f"left out: {row}" for row in told[place:at] if in_a_table and _ROW.search(row)]
            place = at + 1
        before = line
    return found


def same(written: str, printed: str) -> bool:
    """Whether two lines say the same, apart from spaces and one in the last digit of a number that is no line's."""
    if _words(written) != _words(printed):
        return False
    ones, others = _NUMBER.findall(written), _NUMBER.findall(printed)
    if _EXACT.match(written):
        return ones == others
    return all(_near(one, other) for one, other in zip(ones, others, strict=True))


def _words(line: str) -> list[str]:
    return _NUMBER.sub(" 0 ", line).split()


def _near(one: str, other: str) -> bool:
    places = [len(text.partition(".")[2]) for text in (one, other)]
    return places[0] == places[1] and abs(float(one) - float(other)) <= 1.001 * 10.0 ** -places[0]
