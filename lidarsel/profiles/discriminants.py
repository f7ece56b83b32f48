"""Which directions of an embedding tell kinds of drives apart, found on simulated streets and fixed from then on.

Private noise is as large in every direction that a profile has, so it has few: those in which kinds of drives differ
most against how much drives of one kind differ (Fisher's linear discriminants, within-kind covariance with a ridge, as
there are about as many frames as entries). Lengths are divided by one that nine frames in ten do not exceed: shortening
to length 1, for privacy, changes few of them. All of it follows from simulation; no private data scale anything.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
DIMENSIONS = 16
RIDGE = 0.003
"""Of the covariance; embeddings are of about length 1. Found on 22 kinds: half of their streets told the other half."""
WITHIN = 0.9


@dataclass(frozen=True, eq=False)
class Discriminants:
    """centre: (d,), what is subtracted. matrix: (d, DIMENSIONS), what the rest is multiplied by."""

    centre: Doubles
    matrix: Doubles

    def __call__(self, embeddings: Doubles) -> Doubles:
        """(..., d) -> (..., DIMENSIONS)."""
        found: Doubles = (embeddings - self.centre) @ self.matrix
        return found


def find_discriminants(embeddings: Doubles, dimensions: int = DIMENSIONS) -> Discriminants:
    """From the embeddings (kinds, frames, d) of frames of several kinds, as many of each."""
    kinds, frames, size = embeddings.shape
    means = embeddings.mean(1)
    centre = means.mean(0)
    apart = (embeddings - means[:, None]).reshape(-1, size)
    variance, axes = np.linalg.eigh(apart.T @ apart / (kinds * (frames - 1)))
    whitening = (axes / np.sqrt(variance + RIDGE)) @ axes.T
    leading = np.linalg.svd((means - centre) @ whitening, full_matrices=False)[2][:dimensions]
    matrix = whitening @ leading.T
    lengths = np.linalg.norm((embeddings.reshape(-1, size) - centre) @ matrix, axis=1)
    return Discriminants(centre, matrix / np.quantile(lengths, WITHIN))
