"""The lines of scans that have been numbered before, so that reading one again costs no second look at its order.

Opening a data set, registering a drive and reading its frames each pass over the scans once. The points of a drive do
not fit in memory, but the lines of points in scan order are a number for each line, told by where it begins.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

_SCANS_KNOWN = 4096
_MOST_RUNS = 1024  # 10 kB a scan, 40 MB in all; a scan of more pieces is in no order, or nearly so

Line = NDArray[np.int16]


class KnownLines:
    """By the content of the points, so that a file that has changed is numbered anew."""

    def __init__(self) -> None:
        self._runs: OrderedDict[bytes, tuple[Line, NDArray[np.int64]]] = OrderedDict()

    def get(self, points: NDArray[np.float32], number: Callable[[], Line]) -> Line:
        """int16 (N,) lines of float32 (N, columns) points: as ``number`` told them before, or tells now."""
        key = hashlib.sha256(np.ascontiguousarray(points).data).digest()
        if key in self._runs:
            self._runs.move_to_end(key)
            return np.repeat(*self._runs[key])
        line = number()
        starts = np.flatnonzero(np.diff(line, prepend=np.int16(-2)))
        if len(starts) <= _MOST_RUNS:
            self._runs[key] = line[starts], np.diff(starts, append=len(line))
            if len(self._runs) > _SCANS_KNOWN:
                self._runs.popitem(last=False)
        return line
