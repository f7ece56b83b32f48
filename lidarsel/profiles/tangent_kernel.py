"""Embedding by an untrained network's gradients (an empirical neural tangent kernel).

Of one hidden layer of K units, the same for every column x of a frame, with a single output

    f = 1/C sum over columns sum_k v_k max(0, w_k . x + b_k)

the gradient by all weights is known in closed form: 1/C sum of v_k 1[w_k . x + b_k > 0] x by w_k, the same without x
by b_k, and 1/C sum of max(0, w_k . x + b_k) by v_k. Two frames' gradients have a product that is their kernel. It is
divided by its length and projected to DIMENSIONS at random, which keeps products but for about 1 / sqrt(DIMENSIONS)
(Johnson and Lindenstrauss). Network and projection follow from a fixed seed. After Yang et al.: "Differentially private
neural tangent kernels for privacy-preserving data generation" (JAIR 2024).
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lidarsel.profiles.columns import FIGURES

Doubles = NDArray[np.float64]
DIMENSIONS = 256
HIDDEN = 64
_SEED = 2021


@lru_cache(maxsize=1)
def network() -> tuple[Doubles, Doubles, Doubles]:
    """w (HIDDEN, FIGURES), b (HIDDEN,), v (HIDDEN,): for columns of about length 1, half of the units are on."""
    rng = np.random.default_rng([_SEED, 0])
    return rng.normal(size=(HIDDEN, FIGURES)), rng.normal(0, 0.5, HIDDEN), rng.choice([-1.0, 1.0], HIDDEN)


def gradient(columns: Doubles) -> Doubles:
    """Columns (C, FIGURES) -> float64 (HIDDEN * (FIGURES + 2),): by w, b and v."""
    w, b, v = network()
    before = columns @ w.T + b
    on = (before > 0) * v
    by_w, by_b, by_v = on.T @ columns, on.sum(0), np.maximum(before, 0).sum(0)
    return np.concatenate([by_w.ravel(), by_b, by_v]) / len(columns)


@lru_cache(maxsize=1)
def _projection() -> NDArray[np.float32]:
    """(HIDDEN * (FIGURES + 2), DIMENSIONS)."""
    rng = np.random.default_rng([_SEED, 1])
    shape = HIDDEN * (FIGURES + 2), DIMENSIONS
    drawn: NDArray[np.float32] = rng.standard_normal(shape, np.float32) / np.float32(np.sqrt(DIMENSIONS))
    return drawn


def embed(columns: Doubles) -> Doubles:
    """Columns (C, FIGURES) -> float64 (DIMENSIONS,), of about length 1."""
    found = gradient(columns)
    length = float(np.linalg.norm(found))
    projected: Doubles = (found / max(length, 1e-12)) @ _projection()
    return projected
