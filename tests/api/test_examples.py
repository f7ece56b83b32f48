"""The examples of the documents, run as they stand."""

import runpy
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest

from tests.api.sample import SAMPLE
from tests.support.commands import ROOT
from tests.support.snippets import blocks_of

EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.py"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs(example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mpl.use("Agg")
    (tmp_path / "datasets").symlink_to(ROOT / "datasets")
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(example))
    assert [path.name for path in tmp_path.iterdir()] == ["datasets"]


def test_examples_are_scripts_in_cells_that_the_documents_name() -> None:
    assert len(EXAMPLES) >= 3
    page = (ROOT / "docs" / "python.md").read_text()
    for example in EXAMPLES:
        assert example.read_text().startswith("# %% [markdown]\n# # ")
        assert f"(examples/{example.name})" in page


def python_of(page: str) -> str:
    """The Python blocks of a page that are no file of their own, in order."""
    return "\n".join("\n".join(block.text) for block in blocks_of(ROOT / page) if block.language == "python")


def test_the_guide_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "datasets").symlink_to(ROOT / "datasets")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(python_of("docs/python.md"), names)
    assert names["result"].lines[16]
    assert names["depth_m"].shape == names["data"].dataset.frame(0).size


def test_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With fewer evaluations than it asks for, and by the nearest depth, so that it takes seconds."""
    mpl.use("Agg")
    (tmp_path / "DATA").symlink_to(SAMPLE)
    monkeypatch.chdir(tmp_path)
    text = python_of("README.md")
    for said, quick in (
        ("max_frames=24", "max_frames=4, network='nearest', crop='64x212'"),
        ("budgets=(32, 16, 8)", "budgets=(32, 16, 8), evaluations=150, sets=16, methods='interval,sas'"),
    ):
        assert text.count(said) == 1
        text = text.replace(said, quick)
    exec(text, {})
    assert (tmp_path / "runs/first/report.html").exists()
