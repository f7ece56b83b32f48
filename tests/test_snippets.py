"""Every shell snippet of the README files and docs/ is run, page by page and in order, on the repository's sample.

Fewer evaluations than the page asks for, so that it takes seconds; what cannot be run here says so in the page, and its
commands and options must be there all the same.
"""

import shutil
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from lidarsel.cli import app
from tests.support.chosen_lines import HDL64, write_lines
from tests.support.commands import ROOT
from tests.support.snippets import Snippet, files_of, inline_commands_of, snippets_of

PAGES = [ROOT / "README.md", ROOT / "datasets" / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
RUN = {page: [snippet for snippet in snippets_of(page) if snippet.not_run is None] for page in PAGES}
SLOW = {
    "cluster.md",
    "index.md",
    "kitti.md",
    "plan.md",
    "privacy.md",
    "selection.md",
    "sensor.md",
    "sweep.md",
    "training.md",
}

FEWER = ["--evaluations", "150", "--max-frames", "4"]
QUICK = {
    "run": [*FEWER, "--sets", "16", "--same-frames"],  # the sample has one frame to judge on, which no plan takes
    "sweep": [*FEWER, "--sets", "16"],
    "shapley": FEWER,
    "select": ["--sets", "16"],
    "simulate": ["--frames", "2", "--image-size", "128x424"],
    "train": ["--recipe", "quick.yaml", "--steps", "2"],
}
"""Appended, so that it overrides what stands in the page."""
QUICK_RECIPE = "data: simulated\nframes: 4\nvalidation_frames: 1\nvalidate_every: 2\ncrop: [64, 64]\n"


@pytest.fixture(scope="session")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the pages take for granted: DATA, lines.yaml, a report and its baseline."""
    folder = tmp_path_factory.mktemp("beginning")
    (folder / "DATA").symlink_to(ROOT / "datasets" / "sample")
    (folder / "datasets").symlink_to(ROOT / "datasets")
    lines = write_lines(folder / "lines.yaml", range(0, 64, 4), HDL64)
    write_lines(folder / "fewer.yaml", range(0, 64, 8), HDL64)
    report = folder / "report.json"
    lidarsel("evaluate", str(ROOT / "datasets/sample"), "--lines", str(lines), "--max-frames", "1", "-o", str(report))
    shutil.copy(report, folder / "baseline.json")
    (folder / "quick.yaml").write_text(QUICK_RECIPE)
    return folder


def lidarsel(*arguments: str) -> None:
    """In this process: one of its own for each would import torch anew."""
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0, f"{arguments}: {done.output}"


def run_here(command: list[str]) -> None:
    """A command of a page, in the folder where it is given."""
    program, *arguments = [_latest_run(word) for word in command]
    assert Path(program).name == "lidarsel", f"mark it <!-- not run: why -->, or teach this test to run {program}"
    lidarsel(*arguments, *QUICK.get(arguments[0], []))


def _latest_run(word: str) -> str:
    return word.replace("<time>-<name>", max(path.name for path in Path("runs").iterdir())) if "<" in word else word


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, id=str(page.relative_to(ROOT)), marks=[pytest.mark.slow] * (page.name in SLOW))
        for page, snippets in RUN.items()
        if snippets
    ],
)
def test_the_snippets_of_a_page_run(
    page: Path, beginning: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "here"
    shutil.copytree(beginning, folder, symlinks=True)
    for name, content in files_of(page).items():
        (folder / name).write_text(content)
    monkeypatch.chdir(folder)
    monkeypatch.delenv("DISPLAY", raising=False)
    for snippet in RUN[page]:
        for command in snippet.commands:
            run_here(command)


def unknown_in(command: list[str]) -> list[str]:
    """The options that a ``lidarsel`` command line names and lidarsel does not have, or the command itself."""
    words = command[1:]
    here = typer.main.get_command(app)
    while hasattr(here, "commands") and words and not words[0].startswith("-"):
        if words[0] not in here.commands:
            return [words[0]]
        here, words = here.commands[words[0]], words[1:]
    known = {name for param in here.params for name in param.opts} | {"--help", "-h"}
    known |= {"--install-completion", "--show-completion"}
    return [word.split("=")[0] for word in words if word.startswith("-") and word.split("=")[0] not in known]


def test_every_command_and_option_named_is_there() -> None:
    named = [(str(snippet), command) for page in PAGES for snippet in snippets_of(page) for command in snippet.commands]
    named += [(page.name, command) for page in PAGES for command in inline_commands_of(page)]
    found = [(where, words[words.index("lidarsel") :]) for where, words in named if "lidarsel" in words]
    assert len(found) > 40
    assert [(where, unknown_in(words)) for where, words in found if unknown_in(words)] == []


def test_a_misspelt_option_is_found() -> None:
    assert unknown_in(["lidarsel", "run", "DATA", "--bugdet", "3"]) == ["--bugdet"]
    assert unknown_in(["lidarsel", "store", "inof"]) == ["inof"]
    assert unknown_in(["lidarsel", "store", "info", "FILE", "--json"]) == []


def test_only_a_marker_keeps_a_snippet_from_being_run(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "<!-- not run: needs a GPU -->\n```\nlidarsel a\n```\n\n    lidarsel b \\\n        --c\n\n"
        "```console\n$ lidarsel d  # why\noutput\n```\n\n```\nonly output\n```\n\n```sh\nunknown e\n```\n"
    )
    found = snippets_of(page)
    assert [snippet.commands for snippet in found] == [
        [["lidarsel", "a"]],
        [["lidarsel", "b", "--c"]],
        [["lidarsel", "d"]],
        [["unknown", "e"]],
    ]
    assert [snippet.not_run for snippet in found] == ["needs a GPU", None, None, None]
    assert found[0] == Snippet(page, 2, [["lidarsel", "a"]], "needs a GPU")
    with pytest.raises(AssertionError, match="not run: why"):
        run_here(found[3].commands[0])
