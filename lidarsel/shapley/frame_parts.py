"""One frame's rows in the mixed model of lidarsel.shapley.surrogate, each fold left out in turn.

The rows X, y of a frame have covariance V = 1 + X own^2 X' around X c. For the fit without fold k is wanted
X_T' V_TT^-1 [X_T, y_T] (T the rows that are not in the fold), to find c; then, c being known, the frame's own
coefficients and the residuals of the rows left out. Two ways to the same figures, by the smaller side.
"""

from collections.abc import Iterator
from typing import Protocol

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

Array = NDArray[np.float64]


class FramePart(Protocol):
    """What the mixed model needs of a frame."""

    def products(self, folds: int) -> Iterator[Array]:
        """X_T' V_TT^-1 [X_T, y_T], float64 (p, p + 1), without each fold in turn."""
        ...

    def finish(self, k: int, common: Array) -> tuple[Array, Array]:
        """The frame's own coefficients (p,) beside the common ones, and the residuals of fold k's rows."""
        ...


def frame_part(x: Array, y: Array, fold: NDArray[np.int64], own: Array) -> FramePart:
    """The cheaper of both ways for x (M, p), y (M,), fold (M,) and own (p,)."""
    return KernelPart(x, y, fold, own) if len(x) <= x.shape[1] else NormalPart(x, y, fold, own)


class KernelPart:
    """By the rows' M x M matrix, for fewer rows than features.

    With P = V^-1 and R the rows left out, V_TT^-1 is P - P_.R P_RR^-1 P_R. on T, and 0 on R (the inverse of a
    partitioned matrix), so that leaving out every fold costs twice one fit. The residual of the rows left out is
    P_RR^-1 (P e)_R (Rasmussen and Williams, eq. 5.12, for several rows at once).
    """

    def __init__(self, x: Array, y: Array, fold: NDArray[np.int64], own: Array) -> None:
        self._x, self._y, self._fold, self._own = x, y, fold, own
        used = x * own
        factor = scipy.linalg.cho_factor(np.eye(len(x)) + used @ used.T, lower=True)
        self._inverse: Array = scipy.linalg.cho_solve(factor, np.eye(len(x)))
        self._white = self._inverse @ np.column_stack([x, y])

    def _factor(self, out: NDArray[np.int64]) -> tuple[Array, bool]:
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
        return self._own**2 * (white @ self._x), residual


class NormalPart:
    """By the features' p x p normal equations, for more rows than features.

    Those of a fold are taken from the frame's, and V_TT^-1 goes by Woodbury's identity through p x p matrices.
    """

    def __init__(self, x: Array, y: Array, fold: NDArray[np.int64], own: Array) -> None:
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
        return own, self._y[out] - self._x[out] @ (common + own)
