"""How well a score tells what was trained on from what was not: membership inference."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata


def chance_of_telling(members: NDArray[np.float64], others: NDArray[np.float64]) -> float:
    """The chance that a member's score is above another's, ties by halves (the area under the ROC curve).

    Args:
        members, others: (n,) and (m,) scores, high for what looks trained on.
    """
    ranks = rankdata(np.concatenate([members, others]))
    n, m = len(members), len(others)
    return float((ranks[:n].sum() - n * (n + 1) / 2) / (n * m))


def spread_by_chance(n: int, m: int) -> float:
    """The standard deviation of ``chance_of_telling`` where there is nothing to tell (Mann and Whitney 1947)."""
    return float(np.sqrt((n + m + 1) / (12 * n * m)))
