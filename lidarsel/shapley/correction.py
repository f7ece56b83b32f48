"""From a surrogate's values and its errors on unseen pairs to Shapley values with an error bar.

With v(S) = odd part + even part, and E_s the mean over coalitions of size s (n players),

    phi_i = (v(all) - v(empty)) / n + sum_{s = 1}^{n - 1} n / (s (n - s)) E_s[odd(S) (1[i in S] - s / n)]

which follows from phi_i = (1/n) sum_s (E_s[v | i in S] - E_{s-1}[v | i not in S]) by gathering the terms of each size
(docs/estimator.md; stratified by size: Castro et al., "Improving polynomial estimation of the Shapley value by
stratified random sampling", Computers & Operations Research 82, 2017; one evaluation used for all players: Wang and
Jia, "Data Banzhaf", AISTATS 2023). The factor of E_s sums to 0 over the players, so efficiency is exact whatever was
drawn. Applied to what a surrogate leaves unexplained it gives the surrogate's error (regression adjustment: Witter,
Liu and Musco, "Regression-adjusted Monte Carlo estimators for Shapley values and probabilistic values", 2025).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from lidarsel.shapley.coalitions import Pairs

MOST_FOLDS = 8
_ROWS = 16384


@dataclass(frozen=True, eq=False)
class CorrectedValues:
    """Shapley values of n players on F frames, in the game's unit.

    Args:
        mean: float64 (n,).
        per_frame: float64 (F, n), local values whose mean it is.
        covariance: float64 (n, n), of ``mean``.
        degrees_of_freedom: of ``covariance``.
        sampling_variance: float64 (n,), the part of the coalitions (not of the frames) in its diagonal.
    """

    mean: NDArray[np.float64]
    per_frame: NDArray[np.float64]
    covariance: NDArray[np.float64]
    degrees_of_freedom: float
    sampling_variance: NDArray[np.float64]


def folds(pairs: Pairs) -> tuple[NDArray[np.int64], int]:
    """Int64 (M,) fold of each pair, dealt in turn within each stratum, and their number, at most MOST_FOLDS."""
    count = np.bincount(pairs.stratum, minlength=len(pairs.population))
    order = np.argsort(pairs.stratum, kind="stable")
    turn = np.empty(len(pairs), np.int64)
    turn[order] = np.arange(len(pairs)) - np.repeat(np.cumsum(count) - count, count)
    several = count[count > 1]
    number = int(min(MOST_FOLDS, several.min())) if len(several) else 1
    return turn % number, number


def gain_factors(coalitions: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Float64 (M, n): n / (s (n - s)) (1[i in S] - s / n), twice that where the pair has two sizes."""
    n = coalitions.shape[1]
    size = coalitions.sum(1)[:, None]
    factor = n / (size * (n - size)) * np.where(2 * size == n, 1.0, 2.0)
    return factor * (coalitions - size / n)


def corrected(
    pairs: Pairs,
    fold: NDArray[np.int64],
    residual: NDArray[np.float64],
    surrogate: NDArray[np.float64],
    efficient: NDArray[np.float64],
) -> CorrectedValues:
    """Correct the surrogates' values by their errors on pairs that they have not seen.

    In fold k and stratum s the mean residual of surrogate k is estimated from the fold's own pairs, which that
    surrogate has not seen. Where the stratum is finite and drawn without return, the pairs that it has seen are known
    and count as themselves, and the fold's stand for all that are left: a stratum drawn to the end has no error.

    Args:
        pairs: the M pairs.
        fold: int64 (M,), by ``folds``.
        residual: float64 (1 or K, M), what each pair's own surrogate (or each of the K) leaves of its odd part.
        surrogate: float64 (K, F, n), values of the surrogates.
        efficient: float64 (F,), (v(all) - v(empty)) / n of each frame.

    Returns:
        Values of the game.
    """
    n_folds, n_frames, n = surrogate.shape
    strata = len(pairs.population)
    cell = pairs.stratum * n_folds + fold
    of_cell = np.bincount(cell, minlength=strata * n_folds).reshape(strata, n_folds)
    seen = of_cell.sum(1, keepdims=True) - of_cell
    known = 1 / pairs.population[:, None]  # 0 where drawn with return
    weight = ((1 - seen * known) / np.maximum(of_cell, 1))[pairs.stratum, fold] / n_folds
    left = residual[0] if len(residual) == 1 else residual[fold, np.arange(len(fold))]
    weighted = weight * left
    if len(residual) > 1:
        weighted += known[pairs.stratum, 0] * (residual.sum(0) - left) / n_folds

    share, squares = np.zeros((n_frames, n)), 0.0
    of_stratum = np.zeros((strata, n))
    for rows, factors in _factors(pairs):
        terms = factors * weighted[rows, None]
        share += n_frames * _by(pairs.frame[rows], terms, n_frames)
        squares += n_frames**2 * float(np.vdot(terms, terms))
        of_stratum += _by(pairs.stratum[rows], factors * left[rows, None], strata)
    mean_surrogate = surrogate.mean(0)
    clusters = efficient[:, None] + mean_surrogate + share
    mean = clusters.mean(0)
    within = _within_strata(pairs, left, of_stratum)
    if n_frames == 1:
        freedom = len(pairs) - int((np.bincount(pairs.stratum) > 0).sum())
        return CorrectedValues(mean, clusters, within, max(1, freedom), within.diagonal())
    spread = clusters - mean
    covariance = spread.T @ spread / (n_frames * (n_frames - 1))
    per_frame = efficient[:, None] + mean_surrogate + share.mean(0) + _kept(share, squares)
    per_frame += mean - per_frame.mean(0)  # rounding
    return CorrectedValues(mean, per_frame, covariance, n_frames - 1, within.diagonal())


def _factors(pairs: Pairs) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    """``gain_factors`` of all pairs, some at a time: they are the largest array there would be."""
    for start in range(0, len(pairs), _ROWS):
        rows = slice(start, start + _ROWS)
        yield rows, gain_factors(pairs.coalitions[rows])


def _by(group: NDArray[np.int64], terms: NDArray[np.float64], groups: int) -> NDArray[np.float64]:
    """Sums of rows by group: float64 (groups, n)."""
    shape = (groups, len(group))
    member = scipy.sparse.csc_matrix((np.ones(len(group)), group, np.arange(len(group) + 1)), shape=shape)
    return np.asarray(member @ terms)


def _within_strata(pairs: Pairs, left: NDArray[np.float64], of_stratum: NDArray[np.float64]) -> NDArray[np.float64]:
    """Covariance (n, n) of the sum over strata of mean gains, from their scatter within the strata.

    left: (M,) residuals; of_stratum: (strata, n), sums of the gains that they make.

    Times 1 + n / M: the surrogates of different folds share pairs, so their errors are not independent, as if n
    coefficients had been fitted (the small-sample factor of MacKinnon and White, "Some heteroskedasticity-consistent
    covariance matrix estimators", Journal of Econometrics 29, 1985; measured in docs/estimator.md).
    """
    n = of_stratum.shape[1]
    count = np.bincount(pairs.stratum, minlength=len(pairs.population))
    mean = of_stratum / np.maximum(count, 1)[:, None]
    scale = np.sqrt(np.clip(1 - count / pairs.population, 0, None) / np.maximum(count * (count - 1.0), 1))
    covariance = np.zeros((n, n))
    for rows, factors in _factors(pairs):
        scatter = factors * left[rows, None] - mean[pairs.stratum[rows]]
        scatter *= scale[pairs.stratum[rows], None]
        covariance += scatter.T @ scatter
    return covariance * (1 + n / len(pairs))


def _kept(share: NDArray[np.float64], squares: float) -> NDArray[np.float64]:
    """What of the difference between the frames' corrections (F, n) is more than noise: (F, n), mean 0.

    A frame's own correction rests on few pairs. Of its deviation from the mean the part 1 - noise / observed is
    kept (the positive-part James-Stein factor; Efron and Morris, JASA 68, 1973), the noise being what the squares
    of the corrections' terms add up to.
    """
    deviation = share - share.mean(0)
    observed = float((deviation**2).sum())
    noise = squares * (1 - 1 / len(share))
    return deviation * (max(0.0, 1 - noise / observed) if observed > 0 else 0.0)
