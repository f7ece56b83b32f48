"""Which kinds of simulated drives a profile looks like a mixture of.

A fleet's mean embedding is the mean over its drives; were each one of the pool's kinds, it would be the sum of
w_j mu_j, w_j being the share of kind j. So

    least  || profile - sum_j w_j mu_j ||^2 + ridge || w - 1/m ||^2,    w >= 0,  sum_j w_j = 1

which is convex with one solution. There are more kinds than dimensions: without the ridge, noise alone would choose a
few of many mixtures that fit. It is what noise there is over how far shares may be from 1/m: a Gaussian prior whose
variance is that of shares which are all one kind's or none's in half of the cases, 1 / 2m.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

Doubles = NDArray[np.float64]
_TOGETHER = 1e4
"""Weight of the row that has shares add up to 1; what it leaves of it is taken up by division."""


def fit_shares(profile: Doubles, means: Doubles, variance: float) -> Doubles:
    """Shares of the kinds, float64 (m,), none negative and 1 in all.

    Args:
        profile: (k,).
        means: (m, k), of the kinds.
        variance: of an entry of the profile about the mean of the fleet that it stands for; above 0.
    """
    m = len(means)
    ridge = np.sqrt(2 * m * variance)
    rows = np.vstack([means.T, ridge * np.eye(m), np.full((1, m), _TOGETHER)])
    wanted = np.concatenate([profile, np.full(m, ridge / m), [_TOGETHER]])
    shares: Doubles = nnls(rows, wanted, maxiter=50 * m)[0]
    whole: Doubles = shares / shares.sum()
    return whole
