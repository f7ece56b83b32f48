"""The documentation says what the code does: a current reference, links that lead somewhere, every page in the nav."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.commands import ROOT

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
OF_THE_SITE = {"data_sets.md"}  # datasets/README.md, put there by scripts/docs_hook.py


def test_the_reference_is_that_of_the_commands(tmp_path: Path) -> None:
    made = tmp_path / "reference.md"
    subprocess.run([sys.executable, ROOT / "scripts/make_reference.py", made], check=True, timeout=300, cwd=ROOT)
    committed = (DOCS / "reference.md").read_text()
    assert made.read_text() == committed, "run: .venv/bin/python scripts/make_reference.py docs/reference.md"


def _pages_in(nav: Any) -> set[str]:
    if isinstance(nav, str):
        return {nav}
    parts = nav.values() if isinstance(nav, dict) else nav
    return set().union(*(_pages_in(part) for part in parts))


def test_every_page_is_in_the_nav_and_there() -> None:
    nav = yaml.safe_load((ROOT / "mkdocs.yml").read_text())["nav"]
    assert _pages_in(nav) == {page.name for page in PAGES} | OF_THE_SITE


def test_the_site_builds_strictly(tmp_path: Path) -> None:
    """Links between pages are looked at as they are on the site, which is not where the files stand."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=quiet, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert 'href="../lines/"' in (tmp_path / "site/data_sets/index.html").read_text()
    assert 'href="../data_sets/"' in (tmp_path / "site/lines/index.html").read_text()


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "datasets/README.md", *PAGES], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())
    assert [to for to in targets if "://" not in to and not (page.parent / to).exists()] == []


def test_every_schema_is_described() -> None:
    linked = set(re.findall(r"\(schemas/([\w.-]+)\)", (DOCS / "formats.md").read_text()))
    assert linked == {path.name for path in (DOCS / "schemas").iterdir()}


TOP = "lidarsel|tests|benchmarks|scripts|docs|datasets"


def gone(text: str) -> list[str]:
    """The paths and modules of the repository that a page names in backticks and that are not there."""
    paths = re.findall(rf"[` ]((?:{TOP})/[\w./-]*)(?=[`: ])", " ".join(re.findall(r"`[^`]+`", text)))
    modules = re.findall(r"`lidarsel((?:\.[a-z_]\w*)+)", text)
    missing = [path for path in paths if not (ROOT / path).exists() and not path.startswith(MADE)]
    return missing + [f"lidarsel{name}" for name in modules if not _is_there(name.split(".")[1:])]


MADE = ("datasets/kitti_", "datasets/nuscenes")
"""Folders that pages tell the user to make."""


def _is_there(names: list[str]) -> bool:
    """Whether they lead to a module, or to a module and what it defines (``shapley.regression.estimate``)."""
    folder, last = ROOT.joinpath("lidarsel", *names[:-1]), names[-1]
    if (folder / last).is_dir() or (folder / f"{last}.py").exists():
        return True
    defines = re.compile(rf"^(?:def |class )?{last}\b", re.MULTILINE)
    sources = (folder.with_suffix(".py"), folder / "__init__.py")
    return any(source.exists() and defines.search(source.read_text()) is not None for source in sources)


NAMING = [*sorted(ROOT.glob("*.md")), ROOT / "datasets/README.md", *PAGES]


@pytest.mark.parametrize("page", NAMING, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_what_pages_name_of_the_repository_is_there(page: Path) -> None:
    assert gone(page.read_text()) == []


def test_what_is_gone_is_found() -> None:
    assert gone("`lidarsel/game.py`, `python benchmarks/nothing.py x`") == ["lidarsel/game.py", "benchmarks/nothing.py"]
    assert gone("`lidarsel.engine`, `lidarsel.shapley.regression.nothing`") == [
        "lidarsel.engine",
        "lidarsel.shapley.regression.nothing",
    ]
    assert gone("`lidarsel.shapley.regression.estimate`, `lidarsel/shapley/`") == []


def test_the_readme_has_every_dependency_and_its_extra() -> None:
    table = (ROOT / "README.md").read_text().split("## What it needs", 1)[1].split("\n\n", 2)[1]
    named = {name for row in table.splitlines()[2:] for name in re.findall(r"[\w-]+", row.split("|")[1].split(" (")[0])}
    text = (ROOT / "pyproject.toml").read_text()
    blocks = re.findall(
        r"^(?:dependencies|poses|onnx|ray|ros|argoverse|pcap|pandas|rerun|tensorboard|mlflow|privacy|"
        r"fuzz|docs|peers|dev) = \[(.*?)\]$",
        text,
        re.M | re.S,
    )
    asked = {name for block in blocks for name in re.findall(r'"([A-Za-z][\w-]*)(?=[><=])', block)}
    assert len(asked) > 25
    assert named == asked


def test_licences_name_every_package_of_the_main_job() -> None:
    from lidarsel.machine.parts import PARTS

    listed = set(re.findall(r"^\| ([\w.-]+) \|", (DOCS / "licences.md").read_text(), re.MULTILINE))
    assert set(PARTS[0].packages) <= listed
