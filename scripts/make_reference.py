#!/usr/bin/env python3
"""Write the reference of all commands from the commands themselves: ``python scripts/make_reference.py FILE.md``."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from lidarsel.cli import app
from lidarsel.commands.guides import GUIDES

HEAD = """# Commands

Made by `scripts/make_reference.py` from the commands; `lidarsel COMMAND --help` says the same.

Exit code 0: done; 1: a check failed (`check`, `doctor`); 2: wrong usage or bad input, with one line on stderr that
names the file and the remedy; 130: interrupted. With `--json` a command prints one JSON object on stdout and nothing
else there ([formats](formats.md)); progress goes to stderr.
"""


def reference() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_group("lidarsel", typer.main.get_command(app))])


def _group(name: str, group: Any) -> Iterator[str]:
    for word, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _group(f"{name} {word}", command)
        else:
            yield from _command(f"{name} {word}", command)


def _command(name: str, command: Any) -> Iterator[str]:
    arguments = [param for param in command.params if param.param_type_name == "argument"]
    usage = " ".join(param.name.upper() if param.required else f"[{param.name.upper()}]" for param in arguments)
    yield f"## `{name}`\n"
    examples = "\n".join(GUIDES[command.name].examples)
    yield f"```text\n{name} {usage} [OPTIONS]\n\n{examples}\n```\n".replace("  ", " ")
    yield " ".join(command.help.split()) + "\n"
    yield "| argument or option | default | |"
    yield "|---|---|---|"
    for param in command.params:
        yield _row(param)
    yield ""


def _row(param: Any) -> str:
    names = [param.name.upper()] if param.param_type_name == "argument" else [*param.opts, *param.secondary_opts]
    told, _, said = " ".join((param.help or "").split()).partition(r" \[default: ")  # where a settings file may give it
    if param.required:
        default = "must be given"
    elif said or not (param.default is None or param.default is False):
        default = f"`{said.removesuffix(']') or _plain(param.default)}`"
    else:
        default = ""
    cells = [" ".join(f"`{name}`" for name in names), default, told]
    return "| " + " | ".join(cell.replace("|", "\\|").replace("<", "&lt;") for cell in cells) + " |"


def _plain(default: Any) -> str:
    return ", ".join(map(str, default)) if isinstance(default, list | tuple) else str(default)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(reference())
