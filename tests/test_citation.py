"""CITATION.cff holds what the Citation File Format 1.2.0 asks for, and the version that is there."""

from typing import Any

import pytest
import yaml

from lidarsel import __version__
from tests.support.commands import ROOT

REQUIRED = {"cff-version", "message", "title", "authors"}
REQUIRED_OF_A_REFERENCE = {"type", "title", "authors"}
PERSON, ENTITY = "family-names", "name"
"""An author is a person or an entity; the format tells them apart by these keys."""


def lacks(citation: dict[str, Any]) -> list[str]:
    """What the format requires and the content does not have."""
    missing = sorted(REQUIRED - citation.keys())
    for number, reference in enumerate(citation.get("references", [])):
        missing += sorted(f"references[{number}].{key}" for key in REQUIRED_OF_A_REFERENCE - reference.keys())
    for work in (citation, *citation.get("references", [])):
        missing += [f"name of {author}" for author in work.get("authors", []) if not author.keys() & {PERSON, ENTITY}]
    return missing


@pytest.fixture
def citation() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    return content


def test_what_the_format_requires_is_there(citation: dict[str, Any]) -> None:
    assert lacks(citation) == []
    assert citation["cff-version"] == "1.2.0"


def test_the_tool_is_cited_by_its_version_and_the_paper_beside_it(citation: dict[str, Any]) -> None:
    assert str(citation["version"]) == __version__
    (paper,) = citation["references"]
    assert paper["title"] in " ".join((ROOT / "README.md").read_text().split())


def test_what_is_missing_is_found(citation: dict[str, Any]) -> None:
    del citation["message"]
    del citation["references"][0]["type"]
    citation["authors"] = [{"email": "x@y"}]
    assert lacks(citation) == ["message", "references[0].type", "name of {'email': 'x@y'}"]
