"""The documentation says what the code does: a current reference, links that lead somewhere, every page in the nav."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.commands import ROOT

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
FROM_ELSEWHERE = {"data_sets.md"}  # datasets/README.md, put there by scripts/docs_hook.py


def test_the_reference_is_that_of_the_commands(tmp_path: Path) -> None:
    made = tmp_path / "reference.md"
    subprocess.run([sys.executable, ROOT / "scripts/make_reference.py", made], check=True, timeout=300, cwd=ROOT)
    committed = (DOCS / "reference.md").read_text()
    assert made.read_text() == committed, "run: .venv/bin/python scripts/make_reference.py docs/reference.md"


def _pages_in(nav: object) -> set[str]:
    if isinstance(nav, str):
        return {nav}
    parts = nav.values() if isinstance(nav, dict) else nav
    return set().union(*(_pages_in(part) for part in parts))  # type: ignore[union-attr]


def test_every_page_is_in_the_nav_and_there() -> None:
    nav = yaml.safe_load((ROOT / "mkdocs.yml").read_text())["nav"]
    assert _pages_in(nav) == {page.name for page in PAGES} | FROM_ELSEWHERE


def test_the_site_builds_strictly(tmp_path: Path) -> None:
    """Links between pages are looked at as they are on the site, which is not where the files stand."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", tmp_path / "site"]
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=quiet, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "site/data_sets/index.html").read_text()
    assert 'href="../lines/"' in page


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "datasets/README.md", *PAGES], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())
    missing = [
        target
        for target in targets
        if "://" not in target and target not in FROM_ELSEWHERE and not (page.parent / target).exists()
    ]
    assert missing == []


def test_every_schema_is_described() -> None:
    linked = set(re.findall(r"\(schemas/([\w.-]+)\)", (DOCS / "formats.md").read_text()))
    assert linked == {path.name for path in (DOCS / "schemas").iterdir()}


def test_files_of_the_repository_that_pages_name_are_there() -> None:
    named = {
        (page.name, path)
        for page in PAGES
        for path in re.findall(
            r"`((?:lidarsel|tests|benchmarks|scripts|docs|datasets)/[\w./-]+\.\w+)`", page.read_text()
        )
    }
    assert len(named) > 10
    assert [(page, path) for page, path in sorted(named) if not (ROOT / path).exists()] == []


def test_licences_name_every_package_of_the_main_job() -> None:
    from lidarsel.machine.parts import PARTS

    listed = set(re.findall(r"^\| ([\w.-]+) \|", (DOCS / "licences.md").read_text(), re.MULTILINE))
    assert set(PARTS[0].packages) <= listed
