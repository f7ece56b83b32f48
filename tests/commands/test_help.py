"""Help as a reader has it at 80 columns: whole, every default said, what matters most first, two true examples."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from lidarsel.cli import app
from lidarsel.commands.guides import GUIDES
from tests.support.every_command import names

COMMANDS = names()
COLUMNS = 80


def shown(*words: str, columns: int = COLUMNS) -> str:
    done = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": str(columns)}, prog_name="lidarsel")
    assert done.exit_code == 0, done.output
    return done.output


def command(name: str) -> Any:
    found: Any = typer.main.get_command(app)
    for word in name.split():
        found = found.commands[word]
    return found


def options(name: str) -> Iterator[Any]:
    return (param for param in command(name).params if param.param_type_name == "option")


def entries(name: str) -> dict[str, str]:
    """Parameter -> all that help says of an option, its lines joined, in their order."""
    named = {opt: param.name for param in options(name) for opt in (*param.opts, *param.secondary_opts)}
    found: dict[str, str] = {}
    current = ""
    for line in shown(*name.split()).splitlines():
        begins = re.match(r"│ (?:-\w, )?(--[\w-]+)", line)
        current = named.get(begins[1], "help") if begins else current if line.startswith("│") else ""
        if current:
            found[current] = f"{found.get(current, '')} {line.strip('│ ')}"
    return found


@pytest.mark.parametrize("name", ["", "store", *COMMANDS])
@pytest.mark.parametrize("columns", [COLUMNS, 120])
def test_nothing_is_cut_off_or_too_wide(name: str, columns: int) -> None:
    text = shown(*name.split(), columns=columns)
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= columns


@pytest.mark.parametrize("name", COMMANDS)
def test_every_name_of_every_option_is_there_whole(name: str) -> None:
    words = set(re.findall(r"--?\w[\w-]*", shown(*name.split())))
    assert {opt for param in options(name) for opt in (*param.opts, *param.secondary_opts)} - words == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_default_is_said(name: str) -> None:
    told = entries(name)
    assert set(told) == {"help", *(param.name for param in options(name))}
    silent = [opt for opt, said in told.items() if not re.search(r"default:|Default:|must be given", said)]
    assert silent == ["help"]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_options_that_matter_most_come_first(name: str) -> None:
    guide = GUIDES[command(name).name]
    by_name = {opt: param.name for param in options(name) for opt in param.opts}
    assert len(guide.first) <= 5
    assert list(entries(name))[: len(guide.first)] == [by_name[opt] for opt in guide.first]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_examples_are_commands_that_are_understood(name: str) -> None:
    text = shown(*name.split())
    for example in GUIDES[command(name).name].examples:
        assert f"  {example}\n" in text
        assert len(example) <= COLUMNS - 2
        words = shlex.split(example)
        assert words[: 1 + len(name.split())] == ["lidarsel", *name.split()]
        command(name).make_context(name, words[1 + len(name.split()) :], resilient_parsing=True)


def test_no_guide_is_of_no_command() -> None:
    assert set(GUIDES) == {command(name).name for name in COMMANDS}


def test_commands_stand_under_headings() -> None:
    headings: dict[str, list[str]] = {}
    for heading, name in re.findall(r"(?:╭─ (.+?) ─|│ ([a-z]+)  )", shown()):
        if heading:
            headings[heading] = []
        else:
            headings[list(headings)[-1]].append(name)
    assert list(headings)[:2] == ["Start here", "The main job, and its parts"]
    assert headings["Start here"] == ["demo", "doctor"]
    listed = {name for several in headings.values() for name in several}
    assert listed == {name.split()[0] for name in COMMANDS}
