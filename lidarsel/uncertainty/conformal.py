"""Split conformal scaling: by how many spreads answers were off on data kept apart, and so may be off on others.

    score = |answer - truth| / spread,  interval = answer +- q spread

with q the ceil((n + 1) level)-th smallest of n scores, which holds the truth of a new case with a probability of at
least ``level`` where all cases are exchangeable (Vovk, Gammerman and Shafer 2005; Lei et al. 2018). Pixels of one drive
resemble each other more than those of another, so that the promise holds for drives as far as drives are alike: what is
kept apart must be whole drives, and coverage is told of drives that were not seen.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST_SCORES = 200
"""A bin with fewer takes the quantile of all bins together."""


@dataclass(frozen=True, eq=False)
class Scaling:
    """How many spreads make an interval.

    Args:
        factors: float64 (n_bins,), > 0.
        level: of coverage.
    """

    factors: NDArray[np.float64]
    level: float

    @classmethod
    def fit(cls, scores: NDArray[np.float64], bins: NDArray[np.int64], n_bins: int, level: float) -> "Scaling":
        """The quantiles of scores.

        Args:
            scores: float64 (n,), >= 0, n > 0.
            bins: int64 (n,), of each, from 0 to n_bins - 1.
            n_bins: how many there are.
            level: 0 < level < 1.

        Raises:
            ValueError: there are no scores.
        """
        if not len(scores):
            raise ValueError("there is nothing to scale by")
        overall = conformal_quantile(scores, level)
        counts = np.bincount(bins, minlength=n_bins)
        told = [
            conformal_quantile(scores[bins == each], level) if n >= LEAST_SCORES else overall
            for each, n in enumerate(counts)
        ]
        return cls(np.maximum(told, np.finfo(np.float64).tiny), level)

    def half_width(self, spread: NDArray[np.float64], bins: NDArray[np.int64]) -> NDArray[np.float64]:
        """Half of each interval. spread: float64 (n,), bins: int64 (n,) -> float64 (n,)."""
        widths: NDArray[np.float64] = spread * self.factors[bins]
        return widths


def conformal_quantile(scores: NDArray[np.float64], level: float) -> float:
    """The ceil((n + 1) level)-th smallest of n > 0 scores, the greatest where there are too few for that."""
    rank = min(int(np.ceil((len(scores) + 1) * level)), len(scores))
    return float(np.partition(scores, rank - 1)[rank - 1])
