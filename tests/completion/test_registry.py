"""The table of networks: what is recognised, what is refused, and that the documents list every kind."""

from pathlib import Path

import pytest

from lidarsel.completion.registry import KINDS, load_network
from lidarsel.errors import UsageError

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "own_network.md"


def undocumented(names: list[str], document: str) -> list[str]:
    """The kinds without a row in the document's tables: by name, or a file of that ending."""
    cells = [line.split("|")[1].strip() for line in document.splitlines() if line.startswith("| `")]
    return [name for name in names if not any(cell.rstrip("`").endswith(name) for cell in cells)]


def test_every_kind_of_network_has_its_row_in_the_documents() -> None:
    missing = undocumented([kind.name for kind in KINDS], DOCUMENT.read_text())
    assert not missing, f"docs/own_network.md: the table of --network lacks a row for {missing}"


def test_a_missing_row_is_named() -> None:
    assert undocumented(["a", ".b"], "| `a` | what |\n") == [".b"]


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ("lidarsel", "lidarsel"),
        ("classical", "classical"),
        ("nearest", "nearest"),
        ("runs/w.safetensors", ".safetensors"),
        ("C:/nets/net.pt2", ".pt2"),
        ("net.onnx", ".onnx"),
        ("mine.nets:make", "package.module:factory"),
    ],
)
def test_each_is_recognised_by_its_row(given: str, kind: str) -> None:
    assert next(row.name for row in KINDS if row.recognises(given)) == kind


def test_an_unknown_name_is_told_the_choices() -> None:
    with pytest.raises(UsageError) as caught:
        load_network("lidarsell")
    said = str(caught.value)
    assert said.startswith("--network 'lidarsell' is none of lidarsel, classical, nearest; the nearest is lidarsel")
    assert said.endswith("; or give package.module:factory or a .safetensors, .pt2 or .onnx file")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nearest", "the network 'nearest' takes no weights; leave w.pth out"),
        ("net.pt2", "the network 'net.pt2' takes no weights; leave w.pth out"),
        ("a.safetensors", "two weights files are given: a.safetensors and w.pth; give one"),
    ],
)
def test_weights_are_refused_by_what_takes_none(name: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_network(name, Path("w.pth"))
    assert str(caught.value) == message
