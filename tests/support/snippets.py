"""The shell snippets of a Markdown page: what they say, and which of them are marked as not to be run.

A snippet is a fenced block in ``sh``, ``bash`` or ``console``, or any block without a language (fenced, or indented by
four) with a line that begins like a command. ``<!-- not run: why -->`` before it says that it cannot be run here.
"""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

SHELLS = {"sh", "bash", "console", "shell"}
COMMAND = re.compile(
    r"(\$ )?(\.venv/bin/)?(lidarsel|make|python3?|pip|pipx|torchrun|ray|srun|cp|cd|sudo|apt-get|docker|kubectl|git|"
    r"curl|wget|unzip|mkdir)\s"
)
MARKER = re.compile(r"<!-- not run: (?P<why>\S.*?) -->")


@dataclass(frozen=True)
class Snippet:
    """commands: words of each, comments dropped. line: in the page, from 1. not_run: why, or None."""

    page: Path
    line: int
    commands: list[list[str]]
    not_run: str | None

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


@dataclass(frozen=True)
class Block:
    language: str
    line: int
    text: list[str]
    before: str
    """The last line that is not blank before it, after any other block."""


def blocks_of(page: Path) -> list[Block]:
    """Fenced and indented blocks, in order."""
    found: list[Block] = []
    lines = page.read_text().splitlines()
    before, number = "", 0
    while number < len(lines):
        line = lines[number]
        fence = re.match(r"(\s*)```(\w*)", line)
        start = number + 1
        if fence:
            number += 1
            while number < len(lines) and not lines[number].strip().startswith("```"):
                number += 1
            found.append(Block(fence[2], start, lines[start:number], before))
            before = ""
        elif line.startswith("    ") and (not number or not lines[number - 1].strip()):
            while number < len(lines) and lines[number].startswith("    "):
                number += 1
            found.append(Block("", start, [text[4:] for text in lines[start - 1 : number]], before))
            before = ""
            continue
        elif line.strip():
            before = line.strip()
        number += 1
    return found


def snippets_of(page: Path) -> list[Snippet]:
    """The shell snippets of a page, in order."""
    found = []
    for block in blocks_of(page):
        text = [line.strip() for line in "\n".join(block.text).replace("\\\n", " ").splitlines()]
        typed = [line.removeprefix("$ ") for line in text if line.startswith("$ ")] or text
        if block.language in SHELLS:
            chosen = [line for line in typed if line.strip() and not line.startswith("#")]
        elif not block.language:
            chosen = [line for line in typed if COMMAND.match(line)]
        else:
            chosen = []
        if chosen:
            marker = MARKER.fullmatch(block.before)
            commands = [shlex.split(line, comments=True) for line in chosen]
            found.append(Snippet(page, block.line, commands, marker["why"] if marker else None))
    return found


def files_of(page: Path) -> dict[str, str]:
    """Name -> content of the Python and YAML blocks that the line before names, as in "`prices.yaml` has ..."."""
    found = {}
    for block in blocks_of(page):
        named = re.search(r"`([\w-]+\.(py|yaml))`", block.before)
        if block.language in ("python", "yaml") and named:
            found[named[1]] = "\n".join(block.text) + "\n"
    return found


def inline_commands_of(page: Path) -> list[list[str]]:
    """``lidarsel`` commands within sentences and tables."""
    spans = re.findall(r"`(lidarsel [a-z][^`]*)`", page.read_text())
    return [shlex.split(span.replace("\\|", "|").replace("\n", " ")) for span in spans]
