"""Embedding by random Fourier features: the simpler rival of the tangent kernel.

Mean over a frame's columns x of sqrt(2 / D) cos(w . x + p), whose products come near a Gaussian kernel of the columns
(Rahimi and Recht: "Random features for large-scale kernel machines", NIPS 2007). Features follow from a fixed seed.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lidarsel.profiles.columns import FIGURES

Doubles = NDArray[np.float64]
DIMENSIONS = 256
WIDTH = 1.0
"""Of the kernel: about how far two columns of different streets are apart."""
_SEED = 2007


@lru_cache(maxsize=1)
def _features() -> tuple[Doubles, Doubles]:
    """w (FIGURES, DIMENSIONS), p (DIMENSIONS,)."""
    rng = np.random.default_rng(_SEED)
    return rng.normal(0, 1 / WIDTH, (FIGURES, DIMENSIONS)), rng.uniform(0, 2 * np.pi, DIMENSIONS)


def embed(columns: Doubles) -> Doubles:
    """Columns (C, FIGURES) -> float64 (DIMENSIONS,), of about length 1 at most."""
    w, p = _features()
    waves: Doubles = np.cos(columns @ w + p).mean(0) * np.sqrt(2 / DIMENSIONS)
    return waves
