"""What a stranger adds is documented: a selector, estimator, metric or command that no page names fails here."""

import ast
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from lidarsel.choices import METRICS
from lidarsel.cli import app
from lidarsel.selection.registry import NAMES as SELECTORS
from lidarsel.shapley.registry import ESTIMATORS
from tests.support.commands import ROOT
from tests.test_architecture import FLOORS


def missing(names: Iterable[str], text: str, place: str) -> list[str]:
    """For each name that a page does not have in backticks: what to add, and where."""
    named = set(re.findall(r"`([^`\n]+)`", text))
    return [f"{place} lacks a row for `{name}`" for name in names if name not in named]


def rows(page: Path, header: str) -> str:
    """The first cells of the table that begins with that header."""
    text = page.read_text()
    table = text[text.index(header) :].split("\n\n", 1)[0]
    return "\n".join(line.split("|")[1] for line in table.splitlines()[2:])


def test_every_selector_has_a_row() -> None:
    table = rows(ROOT / "docs/selection.md", "| selector | needs |")
    assert missing(SELECTORS, table, "docs/selection.md, table of selectors,") == []


def test_every_estimator_has_a_row() -> None:
    table = rows(ROOT / "docs/estimator.md", "| estimator | games |")
    assert missing(ESTIMATORS, table, "docs/estimator.md, table of estimators,") == []


def test_every_metric_has_a_row() -> None:
    table = rows(ROOT / "docs/mathematics.md", "| metric | unit |")
    assert missing(METRICS, table, "docs/mathematics.md, table of metrics,") == []


@pytest.mark.parametrize(("option", "names"), [("--metric", METRICS), ("--estimator", tuple(ESTIMATORS))])
def test_the_help_of_an_option_names_what_it_takes(option: str, names: tuple[str, ...]) -> None:
    rows = re.findall(rf"^\| `{option}` \|.*$", (ROOT / "docs/reference.md").read_text(), re.MULTILINE)
    assert rows
    lacking = {name for row in rows for name in names if not re.search(rf"\b{name}\b", row)}
    assert [f"the help of {option} lacks {name}" for name in lacking] == []


def test_every_command_is_in_the_readme() -> None:
    """docs/reference.md is made from the commands; the README is where they are met."""
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    named = " ".join(re.findall(r"lidarsel ([a-z]+)", (ROOT / "README.md").read_text())).split()
    assert [f"README.md lacks lidarsel {name}" for name in group.commands if name not in named] == []


def test_every_room_is_on_the_map() -> None:
    house = (ROOT / "CONTRIBUTING.md").read_text().split("## The house", 1)[1].split("```")[1]
    named = set(re.findall(r"\w+", house))
    rooms = {part for floor in FLOORS for room in floor for part in room.split(".")} - {"__init__"}
    assert [f"CONTRIBUTING.md, the house, lacks {room}" for room in sorted(rooms - named)] == []


@pytest.mark.parametrize("text", ["", "other", "`other`"])
def test_a_missing_row_is_named(text: str) -> None:
    assert missing(["new"], text, "docs/x.md") == ["docs/x.md lacks a row for `new`"]


MOST_WITHOUT_ARGS = 4
"""Parameters that a sentence can say the meaning of."""


def unsaid(text: str) -> list[str]:
    """The public functions and methods of many parameters whose docstring does not give them one a line."""
    tree = ast.parse(text)
    public = [node for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    functions = [node for body in (tree.body, *(one.body for one in public)) for node in body]
    found = []
    for node in functions:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            names = [one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
            many = len([name for name in names if name not in ("self", "cls")]) > MOST_WITHOUT_ARGS
            if many and "Args:" not in (ast.get_docstring(node) or ""):
                found.append(node.name)
    return found


def test_many_parameters_are_told_one_a_line() -> None:
    package = ROOT / "lidarsel"
    modules = [path for path in sorted(package.rglob("*.py")) if package / "commands" not in path.parents]
    assert {path.name: names for path in modules if (names := unsaid(path.read_text()))} == {}
    many = "def {}(a, b, c, d, *, e):\n    {}\n"
    texts = [many.format("f", "..."), many.format("_f", "..."), many.format("g", '"""G.\n\n    Args:\n    """')]
    assert unsaid("".join(texts)) == ["f"]
