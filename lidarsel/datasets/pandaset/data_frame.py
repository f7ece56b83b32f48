"""The columns of a DataFrame of numbers in the forms that pandas 0.25 to 3 and numpy pickle it in.

pandas keeps columns of one type as the rows of a block, an array (columns, rows); a block says which columns it has.
"""

import gzip
import zlib
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.pandaset.inert_pickle import CallRecord, GlobalName, read_inert
from lidarsel.datasets.parts.files import read_bytes
from lidarsel.errors import BadInputError
from lidarsel.printable import printable

MOST_BYTES = 64 << 20
"""Unpacked: PandaSet's largest scans have some 10 MB."""
_GZIP = b"\x1f\x8b"
_DAMAGED = "copy the file anew, or leave it out with --skip-bad"
_OTHER = "where you trust it, write it anew: pandas.read_pickle(FILE).to_pickle(FILE), in an environment of your own"

_FRAMES = ("pandas.core.frame.DataFrame", "pandas.DataFrame")
_MANAGER = "pandas.core.internals.managers.BlockManager"
_BLOCK = "pandas._libs.internals._unpickle_block"
_INDEX = "pandas.core.indexes.base._new_Index"
_TEXTS = "pandas._libs.arrays.__pyx_unpickle_NDArrayBacked"
_SLICES = ("builtins.slice", "__builtin__.slice")
_ARRAYS = ("numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct")
_BUFFERS = ("numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer")
_TYPE = "numpy.dtype"
_ENCODED = "_codecs.encode"  # how protocol 2 writes bytes: as text
_NUMBERS = ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8")


def read_columns(path: Path, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """The columns ``names`` of a pickled DataFrame, (N,) each, of the type the file has. Nothing is unpickled.

    Raises BadInputError where the file is missing or damaged, unpacks to more than ``MOST_BYTES``, holds anything but
    a DataFrame of plain numbers, or lacks a column.
    """
    content = _unpacked(path)
    try:
        found = _columns_of(read_inert(content))
    except ValueError as error:
        problem = f"is no pickled DataFrame of plain numbers: {error}"
        raise BadInputError(path, problem, _OTHER) from None
    lacking = next((name for name in names if name not in found), None)
    if lacking is not None:
        raise BadInputError(
            path, f"has no column {lacking} (its columns: {printable(', '.join(found)[:80])})", _DAMAGED
        )
    return {name: found[name] for name in names}


def _unpacked(path: Path) -> bytes:
    content = read_bytes(path)
    if content.startswith(_GZIP):
        try:
            with gzip.GzipFile(fileobj=BytesIO(content)) as file:
                content = file.read(MOST_BYTES + 1)
        except (OSError, EOFError, zlib.error):
            raise BadInputError(path, "is damaged: it cannot be unpacked", _DAMAGED) from None
    if len(content) > MOST_BYTES:
        raise BadInputError(path, f"unpacks to over {MOST_BYTES >> 20} MiB, more than any scan of a lidar", _DAMAGED)
    return content


def _columns_of(tree: object) -> dict[str, NDArray[Any]]:
    frame = _made(tree, _FRAMES, "a DataFrame")
    state = frame.state if isinstance(frame.state, dict) else {}
    manager = _made(state.get("_mgr", state.get("_data")), (_MANAGER,), "columns in blocks")
    axes, blocks = _manager_parts(manager)
    names = _names(axes[0] if isinstance(axes, list) and axes else None)
    found: dict[str, NDArray[Any]] = {}
    n_bytes = 0
    for values, places in blocks:
        array, numbers = _numbers(values), _places(places, len(names))
        n_bytes += array.nbytes
        if n_bytes > MOST_BYTES:  # bytes that a file refers to again and again are made anew for every block
            raise ValueError(f"its columns have over {MOST_BYTES >> 20} MiB")
        if array.ndim != 2 or len(numbers) != len(array):
            raise ValueError("it has a block of another number of columns than it says")
        found |= {names[number]: row for number, row in zip(numbers, array, strict=True)}
    if len({len(row) for row in found.values()}) > 1:
        raise ValueError("its columns are not equally long")
    return {name: found[name] for name in names if name in found}


def _manager_parts(manager: CallRecord) -> tuple[object, list[tuple[object, object]]]:
    """The axes (the columns' first), and the values and places of every block.

    As arguments since pandas 1.3; before, as a state under the number of the version that brought that form.
    """
    if manager.state is None:
        blocks, axes = _items(manager.arguments, 2, "a table")
        made = [_made(block, (_BLOCK,), "a block") for block in blocks] if isinstance(blocks, tuple) else []
        return axes, [
            (values, places) for values, places, _ in (_items(block.arguments, 3, "a block") for block in made)
        ]
    form = _items(manager.state, 4, "a table")[3]
    parts = form.get("0.14.1") if isinstance(form, dict) else None
    if not isinstance(parts, dict) or not isinstance(parts.get("blocks"), list):
        raise ValueError("its table is in a form that is not known")
    rows = [block if isinstance(block, dict) else {} for block in parts["blocks"]]
    return parts.get("axes"), [(row.get("values"), row.get("mgr_locs")) for row in rows]


def _names(index: object) -> list[str]:
    _, facts = _items(_made(index, (_INDEX,), "names of columns").arguments, 2, "names of columns")
    data = facts.get("data") if isinstance(facts, dict) else None
    if isinstance(data, CallRecord) and data.called == GlobalName(_TEXTS):  # since pandas 3
        data = _items(data.state, 2, "names of columns")[1]
    *_, kind, _, texts = _array_state(data)
    if _type_code(kind)[0] != "O8" or not isinstance(texts, list) or not all(isinstance(t, str) for t in texts):
        raise ValueError("its columns have no names")
    if len(set(texts)) < len(texts):
        raise ValueError("it has two columns of one name")
    return texts


def _places(places: object, n_columns: int) -> list[int]:
    """Which columns a block has, each a place among all of them."""
    if isinstance(places, CallRecord) and isinstance(places.called, GlobalName) and places.called.name in _SLICES:
        ends = _items(places.arguments, 3, "a slice")
        if not all(isinstance(end, int) and abs(end) <= n_columns for end in ends) or ends[2] == 0:
            raise ValueError("it has a block of columns that are not there")
        numbers = list(range(n_columns))[slice(*ends)]
    else:
        array = _numbers(places)
        if array.ndim != 1 or array.dtype.kind not in "iu" or len(array) > n_columns:
            raise ValueError("it has a block of columns that are not there")
        numbers = array.tolist()
    if not all(0 <= number < n_columns for number in numbers):
        raise ValueError("it has a block of columns that are not there")
    return numbers


def _numbers(array: object) -> NDArray[Any]:
    """An array of plain numbers in either form of numpy's."""
    if isinstance(array, CallRecord) and isinstance(array.called, GlobalName) and array.called.name in _BUFFERS:
        content, kind, shape, order = _items(array.arguments, 4, "an array")
        fortran = order == "F"
    else:
        shape, kind, fortran, content = _array_state(array)
    code, byte_order = _type_code(kind)
    if code not in _NUMBERS or byte_order not in ("<", ">", "|"):
        raise ValueError(f"it has values of the type {printable(code[:20])}, no plain numbers")
    dtype = np.dtype(byte_order + code)
    if not isinstance(shape, tuple) or not all(isinstance(n, int) and 0 <= n <= MOST_BYTES for n in shape):
        raise ValueError("it has an array of no size")
    raw = _bytes(content)
    size = dtype.itemsize
    for length in shape:
        size *= length
    if size != len(raw):
        raise ValueError(f"it has an array of {len(raw)} bytes where its size tells {size}")
    values = np.frombuffer(raw, dtype)
    return values.reshape(shape, order="F" if fortran else "C")


def _array_state(array: object) -> tuple[object, object, object, object]:
    """Shape, type, whether the first index runs fastest, and the content, of what numpy takes apart into these."""
    made = _made(array, _ARRAYS, "an array")
    _, shape, kind, fortran, content = _items(made.state, 5, "an array")
    return shape, kind, fortran, content


def _type_code(kind: object) -> tuple[str, str]:
    """Such as f8, and the order of its bytes: <, > or |."""
    made = _made(kind, (_TYPE,), "a type")
    code = made.arguments[0] if isinstance(made.arguments, tuple) and made.arguments else None
    order = made.state[1] if isinstance(made.state, tuple) and len(made.state) > 1 else None
    if not isinstance(code, str) or not isinstance(order, str):
        raise ValueError("it has a type that is not known")
    return code, order


def _bytes(content: object) -> bytes | bytearray:
    if isinstance(content, CallRecord) and content.called == GlobalName(_ENCODED):
        text, encoding = _items(content.arguments, 2, "bytes")
        if isinstance(text, str) and encoding == "latin1":
            return text.encode("latin1")
    if not isinstance(content, (bytes, bytearray)):
        raise ValueError("it has an array without content")
    return content


def _made(thing: object, names: Sequence[str], what: str) -> CallRecord:
    if isinstance(thing, CallRecord) and isinstance(thing.called, GlobalName):
        if thing.called.name in names:
            return thing
        raise ValueError(f"where {what} should be it names {printable(thing.called.name[:60])}")
    raise ValueError(f"it has no {what.removeprefix('a ').removeprefix('an ')} where pandas writes one")


def _items(things: object, count: int, what: str) -> tuple[Any, ...]:
    if not isinstance(things, tuple) or len(things) != count:
        raise ValueError(f"it has {what} in a form that is not known")
    return things
