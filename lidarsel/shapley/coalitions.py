"""Pairs of complementary coalitions, stratified by size, in an order that depends on the seed alone.

Shapley values depend on the odd part of a game alone, (v(S) - v(all - S)) / 2. So S is always evaluated together with
its complement (paired or antithetic sampling: Covert and Lee, "Improving KernelSHAP", AISTATS 2021). A pair belongs to
the stratum of its smaller size s = 1..n // 2, and the estimate is a sum over strata. With the same noise at every
size, the term of stratum s has a standard deviation proportional to sqrt(n / (s (n - s))) (docs/estimator.md). So by
Neyman's rule (Cochran, "Sampling techniques", 1977, section 5.5) its share of the pairs is proportional to
(s (n - s))^(-1/2).

Draw k of stratum s has the deadline (k + 1/2) / share(s), and pairs come in the order of their deadlines. So whatever
M, the first M pairs of a longer sequence are those of a sequence of M, and have nearly the shares asked for.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_LISTED = 2**17
"""Strata of at most so many pairs are gone through in random order, each pair once, instead of drawn with return."""
_FEWEST = 2
"""Draws that every stratum gets before any gets more than its share."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """The first M pairs of a sequence.

    coalitions: bool (M, n), one coalition of each pair; the other is its complement.
    stratum: int64 (M,), smaller size of the two, less 1.
    frame: int64 (M,), the frame that the pair is evaluated on.
    population: float64 (strata,), how many pairs there are to draw; infinite where they are drawn with return.
    """

    coalitions: NDArray[np.bool_]
    stratum: NDArray[np.int64]
    frame: NDArray[np.int64]
    population: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.stratum)

    def first(self, count: int) -> "Pairs":
        """The first ``count`` of them."""
        return Pairs(self.coalitions[:count], self.stratum[:count], self.frame[:count], self.population)


def fewest_pairs(n: int, n_frames: int) -> int:
    """The least number of pairs with which every stratum has two draws (or, with one frame, all it has)."""
    population = _sizes(n)[1] if n_frames == 1 else np.full(n // 2, np.inf)
    return int(np.minimum(population, _FEWEST).sum())


def draw_pairs(n: int, count: int, seed: int, n_frames: int = 1) -> Pairs:
    """The first ``count`` pairs of n players (n >= 2) on n_frames frames; fewer where there are no more.

    With one frame no pair comes twice within a listed stratum, and a stratum that is used up leaves its turns to the
    others. With several frames a listed stratum is gone through again in a new order. Every frame has its turn once in
    each block of n_frames pairs, in an order drawn anew for each block: frame and coalition are independent.
    """
    sizes, population = _sizes(n)
    listed = population <= _LISTED
    limit = np.where(listed & (n_frames == 1), population, np.inf)
    stratum = _schedule(n, count, limit)
    coalitions = np.zeros((len(stratum), n), bool)
    for number, size in enumerate(sizes):
        rows = np.flatnonzero(stratum == number)
        rng = np.random.default_rng([seed, 0, int(size)])
        draw = _listed if listed[number] else _drawn
        coalitions[rows] = draw(n, int(size), len(rows), rng)
    blocks = -(-len(stratum) // n_frames)
    turns = np.random.default_rng([seed, 1]).random((blocks, n_frames)).argsort(1)
    return Pairs(coalitions, stratum, turns.ravel()[: len(stratum)], limit)


def _sizes(n: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Smaller sizes of a pair, and the number of pairs of each."""
    sizes = np.arange(1, n // 2 + 1)
    return sizes, np.array([float(math.comb(n, int(s)) // (2 if 2 * s == n else 1)) for s in sizes])


def _schedule(n: int, count: int, limit: NDArray[np.float64]) -> NDArray[np.int64]:
    """Int64 (<= count,): the stratum of each pair, by deadline; ties in the order of the strata."""
    sizes = np.arange(1, len(limit) + 1)
    share = (sizes * (n - sizes)) ** -0.5 * np.where(2 * sizes == n, 0.5, 1.0)
    share /= share.sum()
    horizon = float(count)
    # those with deadlines up to the horizon, not those listed: strata that are used up leave turns to later ones
    while np.minimum(limit, np.floor(share * horizon + 0.5)).sum() < min(count, limit.sum()):
        horizon *= 1.5
    draws = np.minimum(limit, np.floor(share * horizon) + _FEWEST + 1)
    stratum = np.repeat(np.arange(len(limit)), draws.astype(int))
    turn = np.arange(len(stratum)) - np.repeat(np.cumsum(draws) - draws, draws.astype(int))
    deadline = (turn + 0.5) / share[stratum]
    deadline[turn < _FEWEST] = turn[turn < _FEWEST] - _FEWEST  # before all others
    return stratum[np.lexsort((stratum, deadline))[:count]]


def _drawn(n: int, size: int, count: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Bool (count, n): coalitions of ``size`` drawn uniformly with return."""
    keys = rng.random((count, n))
    return keys <= np.partition(keys, size - 1, axis=1)[:, size - 1 : size]


def _listed(n: int, size: int, count: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Bool (count, n): all pairs of a size in random order, then again in another, and so on.

    Numbered by their elements e_1 < .. < e_s as sum of C(e_t, t) (the combinatorial number system). At half size the
    numbers below C(n - 1, s) are the coalitions without the last player: one of each pair.
    """
    population = math.comb(n, size) // (2 if 2 * size == n else 1)
    rounds = [rng.permutation(population) for _ in range(-(-count // population))]
    rest = np.concatenate([*rounds, np.zeros(0, int)])[:count].astype(np.int64)
    coalitions = np.zeros((count, n), bool)
    for t in range(size, 0, -1):
        table = np.array([math.comb(e, t) for e in range(n)])
        element = np.searchsorted(table, rest, side="right") - 1
        coalitions[np.arange(count), element] = True
        rest = rest - table[element]
    return coalitions
