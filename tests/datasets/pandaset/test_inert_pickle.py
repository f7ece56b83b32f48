"""Pickles are read as what they say: nothing that one names is imported, called or made."""

import builtins
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lidarsel.datasets.pandaset.inert_pickle import MOST_STEPS, CallRecord, GlobalName, read_inert
from tests.support.pandas_pickles import PickledCall

SPRUNG: list[str] = []


class FilledObject:
    def __setstate__(self, state: dict[str, str]) -> None:
        SPRUNG.append("filled")

    def __getstate__(self) -> dict[str, str]:
        return {"a": "b"}


TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.lists(inner, max_size=5).map(tuple),
)


@given(TREES, st.integers(2, 5))
@settings(deadline=None)
def test_plain_objects_are_those_that_pickle_reads(tree: object, protocol: int) -> None:
    content = pickle.dumps(tree, protocol)
    assume(protocol > 2 or b"R" not in content)  # bytes are written as a call there, which stays one
    assert read_inert(content) == pickle.loads(content)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_nothing_is_called(tmp_path: Path, protocol: int) -> None:
    sprung = tmp_path / "sprung"
    for trap in (
        PickledCall(os.system, (f"touch {sprung}",)),
        PickledCall(builtins.eval, (f"open({str(sprung)!r}, 'w')",)),
        PickledCall(Path.touch, (sprung,)),
        FilledObject(),
    ):
        read_inert(pickle.dumps([trap, {"again": trap}], protocol))
        assert not sprung.exists()
        assert SPRUNG == []
    pickle.loads(pickle.dumps(FilledObject()))
    assert SPRUNG.pop() == "filled"  # the trap springs where it is unpickled


def test_a_call_is_a_record_of_it() -> None:
    made = read_inert(pickle.dumps(PickledCall(os.system, ("true",), {"a": 1}), 4))
    assert isinstance(made, CallRecord)
    assert (made.called, made.arguments, made.state) == (GlobalName("posix.system"), ("true",), {"a": 1})


def test_no_module_is_imported(tmp_path: Path) -> None:
    """In a process whose every import is seen: a file names a module beside it and one of the library."""
    (tmp_path / "beside.py").write_text("print('imported')\n")
    content = b"\x80\x02cbeside\nthing\ncantigravity\nfly\n\x86."
    code = (
        "import sys\n"
        "from lidarsel.datasets.pandaset.inert_pickle import read_inert\n"
        "sys.path.insert(0, '.')\n"
        "sys.addaudithook(lambda event, _: print('SEEN', event) if event in ('import', 'exec', 'pickle.find_class')"
        " else None)\n"
        f"print(read_inert({content!r}))\n"
    )
    surroundings = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3])}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=surroundings, capture_output=True, text=True, timeout=120
    )
    assert done.stdout == "(GlobalName(name='beside.thing'), GlobalName(name='antigravity.fly'))\n", done.stderr


def test_what_contains_itself_is_read() -> None:
    loop: list[object] = []
    loop.append(loop)
    found = read_inert(pickle.dumps(loop))
    assert isinstance(found, list)
    assert found[0] is found


def test_a_bomb_of_references_stays_small() -> None:
    """Each list holds the one before ten times: 10^300 in all where it is looked through."""
    tree: list[object] = []
    for _ in range(300):
        tree = [tree] * 10
    found = read_inert(pickle.dumps(tree))
    assert isinstance(found, list)
    assert all(inner is found[0] for inner in found)


def test_too_many_instructions_are_refused() -> None:
    with pytest.raises(ValueError, match=f"over {MOST_STEPS} instructions"):
        read_inert(pickle.dumps(list(range(2 * MOST_STEPS))))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "pickle exhausted"),
        (b"\x80\x04N", "pickle exhausted"),
        (b"\x80\x04.", "takes what is not there"),
        (b"\x80\x04(.", "takes what is not there"),
        (b"\x80\x04NN.", "more than one object"),
        (b"\x80\x04t.", "takes what is not there"),
        (b"\x80\x04R.", "takes what is not there"),
        (b"\x80\x04h\x07.", "an object 7 that is not there"),
        (b"\x80\x04K\x01K\x02\x93.", "name is no text"),
        (b"\x80\x04NNb.", "state to what has none"),
        (b"\x80\x04NNa.", "no list"),
        (b"\x80\x04}NNs.", "key that is no text"),
        (b"\x80\x04}(Nu.", "keys to what has none"),
        (b"\x80\x042.", "DUP"),
        (b"P0\n.", "PERSID"),
        (b"\x80\x04\x82\x01.", "EXT1"),
        (b"(ios\nsystem\n.", "INST"),
        (b"\x80\x05\x97.", "NEXT_BUFFER"),
        (b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.", "but only 1 remain"),
        (b"\x80\x04X\x02\x00\x00\x00\xff\xff.", "decode"),
    ],
)
def test_damage_and_other_instructions_are_refused(content: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_inert(content)
