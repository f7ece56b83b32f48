"""A surrogate game with known Shapley values, fitted to pairs that are kept out of what it predicts.

For pair j with coalition S_j on frame f the odd part of the game, less its efficient share, divided by the frame's
scale, is modelled as

    y_j = x(S_j)' (c + d_f) + noise,    c ~ N(0, common^2), d_f ~ N(0, own^2) for each feature

a linear mixed model (Henderson, "Best linear unbiased estimation and prediction under a selection model", Biometrics
31, 1975): c is common to the frames, d_f a frame's own. Its best linear unbiased predictor is exact here: each
frame's rows are weighted by the inverse of V_f = 1 + X_f own^2 X_f' (lidarsel.shapley.frame_parts), c is the ridge
solution of all rows so weighted, and d_f follows from what c leaves. By features outside the players' block nobody
gets a Shapley value, so the surrogate's values on frame f are the players' coefficients of c + d_f, times the frame's
scale.

The fit is made K times, each time without one part of the pairs (cross-fitting: Chernozhukov et al., "Double/debiased
machine learning", The Econometrics Journal 21, 2018), and predicts the part left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from lidarsel.shapley.features import Features
from lidarsel.shapley.frame_parts import FramePart, frame_part
from lidarsel.shapley.priors import Prior

_ROWS = 2048
"""Feature rows worked on at once: memory stays bounded whatever the number of pairs."""
_KEPT = 3 * 10**7
"""Features (rows x columns) kept in memory, 240 MB, rather than computed in each pass."""


@dataclass(frozen=True, eq=False)
class Predictions:
    """Of K surrogates: K folds, F frames, n players, M pairs; all in the game's unit.

    residual: float64 (K, M) where all are asked for, else (1, M): of each pair by the surrogate that has not seen it.
    per_frame: float64 (K, F, n), Shapley values of each surrogate on each frame, efficient share left out.
    """

    residual: NDArray[np.float64]
    per_frame: NDArray[np.float64]


class CrossFit:
    """K fits of the mixed model, each without one fold."""

    def __init__(
        self,
        features: Features,
        coalitions: NDArray[np.bool_],
        frame: NDArray[np.int64],
        fold: NDArray[np.int64],
        folds: int,
        n_frames: int,
        prior: Prior,
    ) -> None:
        self._features = features
        self._coalitions = coalitions
        self._frame = frame
        self._fold = fold
        self._folds = folds
        self._n_frames = n_frames
        self._prior = prior
        self._kept: dict[tuple[int, int], NDArray[np.float64]] = {}

    def predict(self, y: NDArray[np.float64], scales: NDArray[np.float64], everywhere: bool) -> Predictions:
        """Fit y (M,), the odd parts less their efficient share, and predict.

        scales: (F,). everywhere: residuals of every pair by every surrogate, not of the left-out ones alone.
        """
        y = y / scales[self._frame]
        one = not self._prior.has_own
        residual, per_frame = self._without_own(y, everywhere) if one else self._with_own(y)
        residual *= scales[self._frame]
        per_frame *= scales[:, None]
        return Predictions(residual, per_frame - per_frame.mean(2, keepdims=True))

    def _rows(self, indices: NDArray[np.int64]) -> NDArray[np.float64]:
        """Features of some pairs."""
        parts = np.array_split(indices, max(1, -(-len(indices) // _ROWS)))
        return np.concatenate([self._features(self._coalitions[part]) for part in parts])

    def _chunks(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
        """All pairs, fold by fold, some rows at a time; remembered where all fit into memory."""
        order = np.argsort(self._fold, kind="stable")
        ends = np.cumsum(np.bincount(self._fold, minlength=self._folds))
        keep = len(self._fold) * self._features.count <= _KEPT
        for key, rows in enumerate(np.split(order, ends[:-1])):
            for part_number, part in enumerate(np.array_split(rows, max(1, -(-len(rows) // _ROWS)))):
                x = self._kept.get((key, part_number))
                if x is None:
                    x = self._rows(part)
                if keep:
                    self._kept[key, part_number] = x
                yield part, x

    def _without_own(self, y: NDArray[np.float64], everywhere: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """One surrogate for all frames: the normal equations of a fold are the whole's less its own."""
        p, k, n = self._features.count, self._folds, self._features.n
        gram, moment = np.zeros((k, p, p)), np.zeros((k, p))
        for rows, x in self._chunks():
            weighted = x * self._prior.common
            fold = self._fold[rows[0]]
            gram[fold] += weighted.T @ weighted
            moment[fold] += weighted.T @ y[rows]
        whole, whole_moment = gram.sum(0) + np.eye(p), moment.sum(0)
        coefficients = np.array(
            [self._prior.common * _solve(whole - gram[f], whole_moment - moment[f]) for f in range(k)]
        )
        residual = np.empty((k if everywhere else 1, len(y)))
        for rows, x in self._chunks():
            used = coefficients if everywhere else coefficients[self._fold[rows[0]]][None]
            residual[:, rows] = y[rows] - used @ x.T
        return residual, np.repeat(coefficients[:, None, :n], self._n_frames, axis=1)

    def _with_own(self, y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """A common part and one of each frame's own."""
        p, k, n = self._features.count, self._folds, self._features.n
        order = np.argsort(self._frame, kind="stable")
        of_frame = np.split(order, np.cumsum(np.bincount(self._frame, minlength=self._n_frames))[:-1])
        scale = self._prior.common
        gram, moment = np.tile(np.eye(p), (k, 1, 1)), np.zeros((k, p))
        parts: dict[int, FramePart] = {}
        for number, rows in enumerate(of_frame):
            part = self._part(rows, y)
            if len(y) * p <= _KEPT:
                parts[number] = part
            for f, products in enumerate(part.products(k)):
                gram[f] += scale[:, None] * products[:, :p] * scale
                moment[f] += scale * products[:, p]
        coefficients = np.array([scale * _solve(gram[f], moment[f]) for f in range(k)])

        residual, per_frame = np.empty((1, len(y))), np.empty((k, self._n_frames, n))
        for number, rows in enumerate(of_frame):
            part = parts[number] if number in parts else self._part(rows, y)
            for f in range(k):
                own, left = part.finish(f, coefficients[f])
                per_frame[f, number] = (coefficients[f] + own)[:n]
                residual[0, rows[self._fold[rows] == f]] = left
        return residual, per_frame

    def _part(self, rows: NDArray[np.int64], y: NDArray[np.float64]) -> FramePart:
        return frame_part(self._rows(rows), y[rows], self._fold[rows], self._prior.own)


def _solve(matrix: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Solution for a positive definite matrix."""
    factor = scipy.linalg.cho_factor(matrix, lower=True)
    solution: NDArray[np.float64] = scipy.linalg.cho_solve(factor, right)
    return solution
