"""A surrogate game with known Shapley values, fitted to pairs that are kept out of what it predicts.

For pair j with coalition S_j on frame f the odd part of the game, less its efficient share, divided by the frame's
scale, is modelled as

    y_j = x(S_j)' (c + e_f + d_f) + noise,    c ~ N(0, common^2), e_f ~ N(0, near^2), d_f ~ N(0, own^2) for each feature

a linear mixed model (Henderson, "Best linear unbiased estimation and prediction under a selection model", Biometrics
31, 1975): c is common to the frames, e_f a frame's share of what changes along the drive, correlated with that of its
neighbours, d_f its own. Its best linear unbiased predictor is exact as long as there are no more than some thousand
rows: they are weighted by the inverse of their covariance around X c (lidarsel.shapley.frame_parts), c is the ridge
solution of the rows so weighted, and e_f and d_f follow from what c leaves. More rows are cut into stretches of
neighbouring frames, whose e_f are taken as independent. By features outside the players' block nobody gets a Shapley
value, so the surrogate's values on frame f are the players' coefficients of c + e_f + d_f, times the frame's scale.

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
_STRETCH = 1200
"""Rows of frames that are fitted together for what neighbours share: all of them at the default number."""


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
        one = not self._prior.by_frame
        residual, per_frame = self._for_all_frames(y, everywhere) if one else self._by_frame(y)
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

    def _for_all_frames(
        self, y: NDArray[np.float64], everywhere: bool
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
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

    def _by_frame(self, y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """A common part, what neighbouring frames share, and one of each frame's own."""
        p, k, n = self._features.count, self._folds, self._features.n
        stretches = self._stretches()
        scale = self._prior.common
        gram, moment = np.tile(np.eye(p), (k, 1, 1)), np.zeros((k, p))
        kept_columns = 2 * p + len(y) // len(stretches)  # features, the same whitened, and a row of the inverse
        parts: dict[int, FramePart] = {}
        for number, (frames, rows) in enumerate(stretches):
            part = self._part(frames, rows, y)
            if len(y) * kept_columns <= 2 * _KEPT:
                parts[number] = part
            for f, products in enumerate(part.products(k)):
                gram[f] += scale[:, None] * products[:, :p] * scale
                moment[f] += scale * products[:, p]
        coefficients = np.array([scale * _solve(gram[f], moment[f]) for f in range(k)])

        residual, per_frame = np.empty((1, len(y))), np.empty((k, self._n_frames, n))
        for number, (frames, rows) in enumerate(stretches):
            part = parts[number] if number in parts else self._part(frames, rows, y)
            for f in range(k):
                of_frames, left = part.finish(f, coefficients[f])
                per_frame[f, frames] = (coefficients[f] + of_frames)[:, :n]
                residual[0, rows[self._fold[rows] == f]] = left
        return residual, per_frame

    def _stretches(self) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Neighbouring frames with their rows; every frame alone where neighbours share nothing."""
        count = min(self._n_frames, -(-len(self._frame) // _STRETCH)) if self._prior.near.any() else self._n_frames
        order = np.argsort(self._frame, kind="stable")
        before = np.concatenate([[0], np.cumsum(np.bincount(self._frame, minlength=self._n_frames))])
        stretches = np.array_split(np.arange(self._n_frames), count)
        return [(frames, order[before[frames[0]] : before[frames[-1] + 1]]) for frames in stretches]

    def _part(self, frames: NDArray[np.int64], rows: NDArray[np.int64], y: NDArray[np.float64]) -> FramePart:
        x, prior = self._rows(rows), self._prior
        return frame_part(x, y[rows], self._fold[rows], self._frame[rows], frames, prior.near, prior.own)


def _solve(matrix: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Solution for a positive definite matrix."""
    factor = scipy.linalg.cho_factor(matrix, lower=True)
    solution: NDArray[np.float64] = scipy.linalg.cho_solve(factor, right)
    return solution
