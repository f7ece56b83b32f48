"""Pickled DataFrames of numbers as pandas writes them, made without pandas.

Classes of its names stand in for it while numpy and pickle write: pickle puts down where a class is said to come from.
Compared once with what pandas 0.25.3, 1.1.5, 1.5.3, 2.2.3 and 3.1.1 wrote of the same columns in protocols 2 to 5: the
same instructions with the same arguments (but the class of the rows' index since 2.0, which says nothing of columns).
"""

import _codecs
import gzip
import pickle
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Form = Literal["0.25", "1.1", "1.3", "3"]
"""The pandas since which tables are pickled so: as a state, under another name, as blocks, with columns' names in an
array of pandas' own."""
FORMS: tuple[Form, ...] = ("0.25", "1.1", "1.3", "3")
_AS_STATE = ("0.25", "1.1")
_FLAGS: dict[str, Any] = {"attrs": {}, "_flags": {"allows_duplicate_labels": True}}
_FACTS: dict[Form, dict[str, Any]] = {"0.25": {}, "1.1": {"attrs": {}}, "1.3": _FLAGS, "3": _FLAGS}


class PickledCall:
    """Pickled as a call with its arguments, and the state to fill what comes of it with: done where it is unpickled."""

    def __init__(self, called: Any, arguments: tuple[Any, ...], state: Any = None) -> None:
        self.parts = (called, arguments) if state is None else (called, arguments, state)

    def __reduce__(self) -> tuple[Any, ...]:
        return self.parts


class DataFrame:
    def __init__(self, state: dict[str, Any]) -> None:
        self.state = state

    def __getstate__(self) -> dict[str, Any]:
        return self.state


class BlockManager:
    """Of the form before 1.3."""

    def __init__(self, state: tuple[Any, ...]) -> None:
        self.state = state

    def __getstate__(self) -> tuple[Any, ...]:
        return self.state


class _ManagedFrame:
    """Of the form since 1.3."""

    def __init__(self, blocks: tuple[Any, ...], axes: list[Any]) -> None:
        self.arguments = blocks, axes

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self.arguments


_ManagedFrame.__qualname__ = "BlockManager"


class Index: ...


class RangeIndex: ...


class Int64Index: ...


class StringArray: ...


class StringDtype: ...


def _new_Index() -> None: ...


def _unpickle_block() -> None: ...


def __pyx_unpickle_NDArrayBacked() -> None: ...


def _places(form: Form) -> dict[str, dict[str, Any]]:
    """What stands in for pandas, by module."""
    base: dict[str, dict[str, Any]] = {
        "pandas.core.internals.managers": {"BlockManager": BlockManager if form in _AS_STATE else _ManagedFrame},
        "pandas._libs.internals": {"_unpickle_block": _unpickle_block},
    }
    if form == "3":
        return base | {
            "pandas": {"DataFrame": DataFrame, "Index": Index, "RangeIndex": RangeIndex, "StringDtype": StringDtype},
            "pandas.arrays": {"StringArray": StringArray},
            "pandas._libs.arrays": {"__pyx_unpickle_NDArrayBacked": __pyx_unpickle_NDArrayBacked},
            "pandas.core.indexes.base": {"_new_Index": _new_Index},
        }
    return base | {
        "pandas": {},
        "pandas.core.frame": {"DataFrame": DataFrame},
        "pandas.core.indexes.base": {"_new_Index": _new_Index, "Index": Index},
        "pandas.core.indexes.range": {"RangeIndex": RangeIndex},
        "pandas.core.indexes.numeric": {"Int64Index": Int64Index},
    }


@contextmanager
def _standing_in(form: Form) -> Iterator[None]:
    before = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "pandas"}
    for name in before:
        del sys.modules[name]
    for name, things in _places(form).items():
        module = sys.modules[name] = ModuleType(name)
        for called, thing in things.items():
            thing.__module__, thing.__name__ = name, called
            thing.__qualname__ = called
            setattr(module, called, thing)
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == "pandas"]:
            del sys.modules[name]
        sys.modules.update(before)


def _labels(names: list[str], form: Form) -> PickledCall:
    data: Any = np.array(names, object)
    if form == "3":
        kind = PickledCall(StringDtype, ("python", float("nan")))
        data = PickledCall(__pyx_unpickle_NDArrayBacked, (StringArray, 82904607, None), (kind, data))
    return PickledCall(_new_Index, (Index, {"data": data, "name": None}))


def pickled_frame(
    columns: dict[str, NDArray[Any]],
    form: Form = "1.3",
    protocol: int = 4,
    index: NDArray[np.int64] | None = None,
    order: Literal["C", "F"] = "C",
) -> bytes:
    """Columns of one type make a block. index: of the rows; a range where None. order: of the blocks in memory."""
    names = list(columns)
    kinds = list(dict.fromkeys(values.dtype for values in columns.values()))
    groups = [[n for n, values in enumerate(columns.values()) if values.dtype == kind] for kind in kinds]
    arrays = [
        np.asarray(np.stack([columns[names[number]] for number in group]), kind, order)
        for kind, group in zip(kinds, groups, strict=True)
    ]
    spans = [
        slice(group[0], group[-1] + 1, 1) if group == list(range(group[0], group[-1] + 1)) else np.array(group)
        for group in groups
    ]
    length = len(next(iter(columns.values())))
    with _standing_in(form):
        if index is not None:
            rows = PickledCall(_new_Index, (Int64Index if form != "3" else Index, {"data": index, "name": None}))
        else:
            rows = PickledCall(_new_Index, (RangeIndex, {"name": None, "start": 0, "stop": length, "step": 1}))
        axes = [_labels(names, form), rows]
        if form in _AS_STATE:
            items = [_labels([names[number] for number in group], form) for group in groups]
            blocks = [{"values": a, "mgr_locs": span} for a, span in zip(arrays, spans, strict=True)]
            manager: Any = BlockManager((axes, arrays, items, {"0.14.1": {"axes": axes, "blocks": blocks}}))
        else:
            made = tuple(PickledCall(_unpickle_block, (a, span, 2)) for a, span in zip(arrays, spans, strict=True))
            manager = _ManagedFrame(made, axes)
        return _pickled(manager, form, protocol)


def pickled_bomb(n_bytes: int, n_columns: int) -> bytes:
    """Columns of so many bytes, each made of one text, which the file holds once."""
    content = PickledCall(_codecs.encode, ("\0" * n_bytes, "latin1"))
    state = (1, (1, n_bytes), np.dtype(np.uint8), False, content)
    called = np.empty(0).__reduce__()[0]
    array = PickledCall(called, (np.ndarray, (0,), b"b"), state)
    with _standing_in("1.3"):
        axes = [_labels([f"c{number}" for number in range(n_columns)], "1.3")]
        spans = (slice(number, number + 1, 1) for number in range(n_columns))
        blocks = tuple(PickledCall(_unpickle_block, (array, span, 2)) for span in spans)
        return _pickled(_ManagedFrame(blocks, axes), "1.3", 4)


def _pickled(manager: Any, form: Form, protocol: int) -> bytes:
    state = {"_data" if form == "0.25" else "_mgr": manager, "_typ": "dataframe", "_metadata": [], **_FACTS[form]}
    return pickle.dumps(DataFrame(state), protocol)


def write_frame(path: Path, columns: dict[str, NDArray[Any]], form: Form = "1.3", protocol: int = 4) -> None:
    """Packed where the name says so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = pickled_frame(columns, form, protocol)
    path.write_bytes(gzip.compress(content, 1, mtime=0) if path.suffix == ".gz" else content)
