"""Rows of one frame, or of a stretch of frames, in the mixed model of lidarsel.shapley.surrogate, without each fold.

The rows X, y have covariance V = 1 + (X near^2 X') * likeness + (X own^2 X') * same around X c, where likeness and same
are those of the rows' frames. For the fit without fold k is wanted X_T' V_TT^-1 [X_T, y_T] (T the rows that are not in
the fold), to find c; then, c being known, each frame's own coefficients and the residuals of the rows left out. Of one
frame there are two ways to the same figures, by the smaller side.
"""

from collections.abc import Iterator
from typing import Protocol

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]

_ALIKE = 3.0
"""Frames after which what neighbours share has fallen to 1/e."""


class FramePart(Protocol):
    """What the mixed model needs of some frames."""

    def products(self, folds: int) -> Iterator[Array]:
        """X_T' V_TT^-1 [X_T, y_T], float64 (p, p + 1), without each fold in turn."""
        ...

    def finish(self, k: int, common: Array) -> tuple[Array, Array]:
        """Each frame's coefficients (frames, p) beside the common ones, and the residuals of fold k's rows."""
        ...


def likeness(frames: Numbers, others: Numbers) -> Array:
    """Float64 (len(frames), len(others)): the correlation of what neighbouring frames share, by their numbers."""
    alike: Array = np.exp(-np.abs(frames[:, None] - others) / _ALIKE)
    return alike


def frame_part(
    x: Array, y: Array, fold: Numbers, frame: Numbers, frames: Numbers, near: Array, own: Array
) -> FramePart:
    """The cheapest way for some frames.

    Args:
        x: float64 (M, p), the features of all rows of these frames.
        y, fold, frame: (M,), what is to be explained, the fold and the frame of each row.
        frames: which frames they are; one may have no rows.
        near, own: float64 (p,), square roots of the weights of what neighbouring frames share, and of a frame's own.
    """
    if len(frames) > 1:
        return KernelPart(x, y, fold, frame, frames, near, own)
    alone = np.hypot(near, own)
    if len(x) > x.shape[1]:
        return NormalPart(x, y, fold, alone)
    return KernelPart(x, y, fold, frame, frames, np.zeros_like(near), alone)


class KernelPart:
    """By the rows' M x M matrix.

    With P = V^-1 and R the rows left out, V_TT^-1 is P - P_.R P_RR^-1 P_R. on T, and 0 on R (the inverse of a
    partitioned matrix), so that leaving out every fold costs twice one fit. The residual of the rows left out is
    P_RR^-1 (P e)_R (Rasmussen and Williams, eq. 5.12, for several rows at once).
    """

    def __init__(
        self, x: Array, y: Array, fold: Numbers, frame: Numbers, frames: Numbers, near: Array, own: Array
    ) -> None:
        self._x, self._fold, self._near, self._own = x, fold, near, own
        self._same = (frames[:, None] == frame).astype(float)
        self._alike = likeness(frames, frame)
        covariance = _gram(x * own) * (frame[:, None] == frame)
        if near.any():
            covariance += _gram(x * near) * likeness(frame, frame)
        factor = scipy.linalg.cho_factor(np.eye(len(x)) + covariance, lower=True)
        self._inverse: Array = scipy.linalg.cho_solve(factor, np.eye(len(x)))
        self._white = self._inverse @ np.column_stack([x, y])

    def _factor(self, out: Numbers) -> tuple[Array, bool]:
        """Cholesky factor of P_RR."""
        return scipy.linalg.cholesky(self._inverse[np.ix_(out, out)], lower=True), True

    def products(self, folds: int) -> Iterator[Array]:
        whole: Array = self._x.T @ self._white  # not kept: of a thousand frames it would be gigabytes
        for k in range(folds):
            out = np.flatnonzero(self._fold == k)
            part = self._white[out]
            yield whole - part[:, :-1].T @ scipy.linalg.cho_solve(self._factor(out), part)

    def finish(self, k: int, common: Array) -> tuple[Array, Array]:
        out = np.flatnonzero(self._fold == k)
        white = self._white[:, -1] - self._white[:, :-1] @ common
        residual: Array = scipy.linalg.cho_solve(self._factor(out), white[out])
        white -= self._inverse[:, out] @ residual
        shared, alone = ((weight * white) @ self._x for weight in (self._alike, self._same))
        return self._near**2 * shared + self._own**2 * alone, residual


def _gram(x: Array) -> Array:
    product: Array = x @ x.T
    return product


class NormalPart:
    """One frame, by the features' p x p normal equations, for more rows than features.

    Those of a fold are taken from the frame's, and V_TT^-1 goes by Woodbury's identity through p x p matrices.
    """

    def __init__(self, x: Array, y: Array, fold: Numbers, own: Array) -> None:
        self._x, self._y, self._fold, self._own = x, y, fold, own
        self._normal = x.T @ np.column_stack([x, y])

    def _without(self, k: int) -> tuple[Array, Array]:
        """X_T' [X_T, y_T], and the Cholesky factor of 1 + own X_T' X_T own."""
        out = self._fold == k
        normal = self._normal - self._x[out].T @ np.column_stack([self._x[out], self._y[out]])
        scaled = self._own[:, None] * normal[:, :-1] * self._own
        return normal, scipy.linalg.cholesky(np.eye(len(scaled)) + scaled, lower=True)

    def products(self, folds: int) -> Iterator[Array]:
        for k in range(folds):
            normal, factor = self._without(k)
            half: Array = scipy.linalg.solve_triangular(factor, self._own[:, None] * normal, lower=True)
            yield normal - half[:, :-1].T @ half

    def finish(self, k: int, common: Array) -> tuple[Array, Array]:
        normal, factor = self._without(k)
        left = self._own * (normal[:, -1] - normal[:, :-1] @ common)
        own = self._own * scipy.linalg.cho_solve((factor, True), left)
        out = self._fold == k
        return own[None], self._y[out] - self._x[out] @ (common + own)
