"""Feather files (Apache Arrow) as columns of numbers, by pyarrow."""

import importlib.util
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.parts.files import read_bytes
from lidarsel.errors import BadInputError, is_lack_of_memory

_REMEDY = "take the file of Argoverse 2 anew, or leave it out with --skip-bad"


def require_pyarrow(path: Path) -> None:
    """Raises BadInputError with the line to type where pyarrow is not installed."""
    if importlib.util.find_spec("pyarrow") is None:
        problem = "is an Argoverse 2 log, and pyarrow, which reads it, is not installed"
        raise BadInputError(path, problem, "pip install 'lidarsel[argoverse]'")


def read_columns(path: Path, names: Sequence[str], texts: Sequence[str] = ()) -> dict[str, NDArray[Any]]:
    """The columns ``names`` as numbers, (N,) each, of the type the file has; and ``texts`` as text.

    Raises BadInputError where the file is missing or damaged, lacks a column, or a value is missing or no number.
    """
    content = read_bytes(path)
    pyarrow: Any = import_module("pyarrow")
    feather: Any = import_module("pyarrow.feather")
    try:
        table = feather.read_table(pyarrow.BufferReader(content), memory_map=False)
        table.validate(full=True)
        found = {name: table.column(name) for name in table.column_names if name in (*names, *texts)}
    except Exception as error:  # Arrow's own, OSError, and KeyError or UnicodeDecodeError from what damage makes
        if is_lack_of_memory(error) and not isinstance(error, pyarrow.ArrowException):
            raise
        raise BadInputError(path, "is no Feather file that can be read", _REMEDY) from None
    lacking = next((name for name in (*names, *texts) if name not in found), None)
    if lacking is not None:
        raise BadInputError(path, f"has no column {lacking}", _REMEDY)
    if any(column.null_count for column in found.values()):
        raise BadInputError(path, "has a column with values missing", _REMEDY)
    try:
        columns = {name: np.asarray(found[name].to_numpy()) for name in names}
        told = {name: np.array([str(text) for text in found[name].to_pylist()]) for name in texts}
    except (pyarrow.ArrowException, ValueError, TypeError, UnicodeDecodeError):
        raise BadInputError(path, "has a column that cannot be read", _REMEDY) from None
    other = next((name for name, values in columns.items() if values.dtype.kind not in "iuf"), None)
    if other is not None:
        raise BadInputError(path, f"has a column {other} that is no number", _REMEDY)
    return columns | told
