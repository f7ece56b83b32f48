"""How much each block of features may say, chosen from the values themselves.

The normalised odd parts y of the game are modelled as y = sum over blocks b of X_b c_b + noise, c_b ~ N(0, w_b) in
units of the noise, which makes y Gaussian with covariance sum_b w_b X_b X_b' + 1 times a variance. The w_b maximise the
marginal likelihood (Rasmussen and Williams, "Gaussian processes for machine learning", 2006, eq. 5.8 and 5.9 with the
noise profiled out): smooth where it can be, no more detailed than the data ask for. With several frames each block
has two more weights: of what neighbouring frames share, X_b X_b' times their likeness, and of what a frame has of its
own, X_b X_b' within the frame and 0 between frames.

Chosen on at most SUBSET pairs (of one frame half of them), whose likelihood costs a Cholesky factor each time. On more
pairs the weights stay: a wrong weight costs accuracy, never consistency, as the surrogate's error is measured on pairs
it has not seen.
"""

from dataclasses import dataclass

import numpy as np
import scipy.linalg
import scipy.optimize
from numpy.typing import NDArray

from lidarsel.shapley.features import Features
from lidarsel.shapley.frame_parts import likeness

SUBSET = 768
"""Pairs, where frames are several; the first half of them tells which scale to take."""
_MOST_FRAMES = 8
"""Frames in the subset where pairs are many: between them and pairs within a frame, both have to be seen."""
_ITERATIONS = 40
_START = 2.0
"""Logarithm of every weight where the search begins: near where it ends on networks. A search that begins where a game
without noise ends stays at such a maximum, noise explained and all (docs/estimator.md)."""
_BOUNDS = (-9.0, 14.0)
"""Of the logarithm of a weight times the block's mean square, in units of the noise: beyond, rounding decides."""

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Prior:
    """Square roots of the weights of each feature, float64 (p,).

    common: of what all frames share. near: of what neighbouring frames share. own: of each frame's own.
    """

    common: Array
    near: Array
    own: Array

    @property
    def by_frame(self) -> bool:
        return bool(self.near.any() or self.own.any())


@dataclass(frozen=True, eq=False)
class _PriorFit:
    """Logarithms of the weights, block by block, common, near and own, and minus the log likelihood."""

    logs: Array
    loss: float


def subset(frame: NDArray[np.int64], n_frames: int) -> NDArray[np.int64]:
    """Indices of the pairs that the weights are chosen on: the first SUBSET, of some frames only if those are many."""
    if n_frames == 1:
        return np.arange(min(len(frame), SUBSET // 2))
    per_frame = max(1, len(frame) // n_frames)
    frames = min(n_frames, max(_MOST_FRAMES, SUBSET // per_frame))
    return np.flatnonzero(frame < frames)[:SUBSET]


def choose_scale(
    features: Features, x: Array, y: Array, frame: NDArray[np.int64], scales: Array
) -> tuple[Prior, Array]:
    """The prior, and the scale of each frame that goes with it: those given, or 1 if that explains the values better.

    Args:
        features: whose weights the prior is on.
        x: float64 (M, p), the features of M pairs of coalitions.
        y: float64 (M,), their odd parts less the efficient share.
        frame: int64 (M,), the frame of each.
        scales: float64 (F,), above 0.
    """
    half = slice(SUBSET // 2)
    first = _Likelihood(features, x[half], frame[half])
    choices = [scales]
    if len(scales) > 1 and np.ptp(scales) > 0:
        choices.append(np.ones(len(scales)))
    tried = []
    for scale in choices:
        of_row = scale[frame[half]]
        fit = first.climb(y[half] / of_row)
        # the density of y is that of y / scale divided by the scales
        tried.append((fit.loss + float(np.log(of_row).sum()), fit, scale))
    _, fit, scale = min(tried, key=lambda one: one[0])
    likelihood = first
    if len(x) > len(x[half]):
        likelihood = _Likelihood(features, x, frame)
        fit = likelihood.climb(y / scale[frame], fit)
    return likelihood.prior(fit), scale


class _Likelihood:
    """The marginal likelihood of some pairs, and its climbing by L-BFGS on the logarithms of the weights."""

    def __init__(self, features: Features, x: Array, frame: NDArray[np.int64]) -> None:
        self._features = features
        kinds = [likeness(frame, frame), (frame[:, None] == frame).astype(float)] if len(np.unique(frame)) > 1 else []
        blocks = features.blocks
        self._kernels = np.empty((len(blocks) * (1 + len(kinds)), len(x), len(x)))
        self._sizes = np.empty(len(blocks))
        for number, block in enumerate(blocks):
            np.matmul(x[:, block], x[:, block].T, out=self._kernels[number])
            self._sizes[number] = max(float(np.trace(self._kernels[number])) / len(x), 1e-300)
            self._kernels[number] /= self._sizes[number]
            for kind, alike in enumerate(kinds, start=1):
                np.multiply(self._kernels[number], alike, out=self._kernels[number + kind * len(blocks)])

    def climb(self, y: Array, start: _PriorFit | None = None) -> _PriorFit:
        """A maximum, from that of fewer pairs where there is one."""
        spread = float(np.sqrt(np.mean(y**2)))
        if spread == 0:
            return _PriorFit(np.full(len(self._kernels), _BOUNDS[0]), -np.inf)
        count = len(self._kernels)
        begin = np.full(count, _START) if start is None or len(start.logs) < count else start.logs
        found = scipy.optimize.minimize(
            _loss,
            begin,
            args=(self._kernels, y / spread),
            jac=True,
            method="L-BFGS-B",
            bounds=[_BOUNDS] * len(begin),
            options={"maxiter": _ITERATIONS, "ftol": 1e-7},
        )
        return _PriorFit(found.x, float(found.fun) + len(y) * np.log(spread))

    def prior(self, fit: _PriorFit) -> Prior:
        """The weights of each feature."""
        weights = np.zeros((3, self._features.count))
        for number, log_weight in enumerate(fit.logs):
            kind, which = divmod(number, len(self._sizes))
            if log_weight > _BOUNDS[0]:
                weights[kind, self._features.blocks[which]] = np.exp(log_weight) / self._sizes[which]
        weights[0] = np.maximum(weights[0], 1e-12)
        return Prior(*np.sqrt(weights))


def _loss(logs: Array, kernels: Array, y: Array) -> tuple[float, Array]:
    """Minus the log marginal likelihood, the noise's variance profiled out, and its gradient.

    kernels: (B, M, M), symmetric, so that the Fortran order of LAPACK is theirs too and nothing is copied.
    """
    m = len(y)
    weights = np.exp(logs)
    flat = kernels.reshape(len(kernels), -1)
    covariance = (weights @ flat).reshape(m, m)
    covariance[np.diag_indices(m)] += 1
    factor, failed = scipy.linalg.lapack.dpotrf(covariance.T, lower=1, clean=1, overwrite_a=1)
    if failed:
        return 1e12, np.zeros(len(logs))
    alpha = scipy.linalg.lapack.dpotrs(factor, y, lower=1)[0]
    variance = float(y @ alpha) / m
    loss = m / 2 * np.log(variance) + np.log(factor.diagonal()).sum()
    half, _ = scipy.linalg.lapack.dpotri(factor, lower=1, overwrite_c=1)  # the lower half of the inverse, 0 above
    half[np.diag_indices(m)] /= 2
    traces = 2 * flat @ half.T.ravel() - (kernels @ alpha) @ alpha / variance
    return float(loss), 0.5 * weights * traces
