"""Many short vectors (N, 3), worked on by column: numpy's inner loops would be of three steps otherwise.

Quickest where each column lies in one piece of memory, as in the transpose of an array (3, N).
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def some(vectors: Floats, index: NDArray[np.int64]) -> Floats:
    """The vectors of these indices, (M, 3), each column in one piece."""
    picked: Floats = vectors.T.take(index, axis=1).T
    return picked


def dots(a: Floats, b: Floats) -> Floats:
    """float32 (N,): the scalar products of vectors (N, 3)."""
    products: Floats = a[:, 0] * b[:, 0] + a[:, 1] * b[:, 1] + a[:, 2] * b[:, 2]
    return products


def lengths(vectors: Floats) -> Floats:
    """float32 (N,): of vectors (N, 3)."""
    return np.sqrt(dots(vectors, vectors))
