"""Shapley values, in closed form, of the games that the surrogate is built from.

A conjunction asks that all of A take part and none of T (A and T disjoint), times a polynomial in the size:

    v(S) = 1[A in S] 1[T meets S in nobody] p(|S|)

The set P of a player's predecessors in a random order has each size 0..n - 1 equally often and is uniform given its
size. Given size k, P contains a given set of a players and avoids a given set of t others (of the n - 1 that are not
the player) with probability C(n - 1 - a - t, k - a) / C(n - 1, k). Summing the marginal gains over k gives, with
|A| = a, |T| = t:

    a member of A:   (1/n) sum_k p(k + 1) C(n - a - t, k - a + 1) / C(n - 1, k)
    a member of T:  -(1/n) sum_k p(k)     C(n - a - t, k - a)     / C(n - 1, k)
    anybody else:    (1/n) sum_k (p(k + 1) - p(k)) C(n - 1 - a - t, k - a) / C(n - 1, k)

For p = 1 these are (a - 1)! t! / (a + t)!, -a! (t - 1)! / (a + t)! and 0 (Grabisch and Roubens, "An axiomatic approach
to the concept of interaction among players", Int. J. Game Theory 28, 1999, for unanimity games; the general case was
derived here and is tested by enumeration).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy.special
from numpy.typing import NDArray

MOST_PRESENT = 3
"""The largest |A| in the tables."""


@dataclass(frozen=True, eq=False)
class Conjunctions:
    """float64 (4, n + 1, powers) each, indexed by |A|, |T| and the power of x = 2 |S| / n - 1."""

    present: NDArray[np.float64]
    absent: NDArray[np.float64]
    other: NDArray[np.float64]


@lru_cache(maxsize=16)
def conjunctions(n: int, powers: int) -> Conjunctions:
    """Tables for n players and the polynomials x^0 .. x^(powers - 1); 0 where there is no such player."""
    a, t, k = np.meshgrid(np.arange(MOST_PRESENT + 1), np.arange(n + 1), np.arange(n), indexing="ij")
    orders = _log_choose(n - 1, k)
    possible = a + t <= n
    present = np.where(possible & (a > 0), np.exp(_log_choose(n - a - t, k - a + 1) - orders), 0) / n
    absent = np.where(possible & (t > 0), np.exp(_log_choose(n - a - t, k - a) - orders), 0) / n
    other = np.where(a + t < n, np.exp(_log_choose(n - 1 - a - t, k - a) - orders), 0) / n
    x = (2 * np.arange(n + 1) / n - 1)[:, None] ** np.arange(powers)
    return Conjunctions(present @ x[1:], -absent @ x[:-1], other @ np.diff(x, axis=0))


def _log_choose(n: NDArray[np.int64] | int, k: NDArray[np.int64]) -> NDArray[np.float64]:
    """log C(n, k), -inf where k is not in 0..n."""
    n = np.asarray(n)
    inside = (k >= 0) & (k <= n)
    low, high = np.where(inside, k, 0), np.where(inside, n, 0)
    value = scipy.special.gammaln(high + 1) - scipy.special.gammaln(low + 1) - scipy.special.gammaln(high - low + 1)
    return np.where(inside, value, -np.inf)
