"""How much each block of features may say, chosen from the values themselves.

The normalised odd parts y of the game are modelled as y = sum over blocks b of X_b c_b + noise, c_b ~ N(0, w_b) in
units of the noise, which makes y Gaussian with covariance sum_b w_b X_b X_b' + 1 times a variance. The w_b maximise the
marginal likelihood (Rasmussen and Williams, "Gaussian processes for machine learning", 2006, eq. 5.8 and 5.9 with the
noise profiled out): smooth where it can be, no more detailed than the data ask for. With several frames each block
has a second weight, for what a frame has of its own: X_b X_b' within the frame, 0 between frames.

Chosen on at most SUBSET pairs, whose likelihood costs a Cholesky factor each time. On more pairs the weights stay: a
wrong weight costs accuracy, never consistency, as the surrogate's error is measured on pairs it has not seen.
"""

from dataclasses import dataclass

import numpy as np
import scipy.linalg
import scipy.optimize
from numpy.typing import NDArray

from lidarsel.shapley.features import Features

SUBSET = 384
_MOST_FRAMES = 8
"""Frames in the subset where pairs are many: between them and pairs within a frame, both have to be seen."""
_ITERATIONS = 40
_START = (8.0, 0.0, 0.0, 6.0, 6.0, 3.0)
"""Logarithms where the search begins, block by block: where it ended on the games of benchmarks/estimators.py."""
_BOUNDS = (-9.0, 23.0)
"""Of the logarithm of a weight times the block's mean square, in units of the noise."""


@dataclass(frozen=True, eq=False)
class Prior:
    """Square roots of the weights of each feature, float64 (p,): common to the frames, and of each frame's own."""

    common: NDArray[np.float64]
    own: NDArray[np.float64]

    @property
    def has_own(self) -> bool:
        return bool(self.own.any())


@dataclass(frozen=True, eq=False)
class _PriorFit:
    prior: Prior
    loss: float


def subset(frame: NDArray[np.int64], n_frames: int) -> NDArray[np.int64]:
    """Indices of the pairs that the weights are chosen on: the first SUBSET, of some frames only if those are many."""
    per_frame = max(1, len(frame) // n_frames)
    frames = min(n_frames, max(_MOST_FRAMES, SUBSET // per_frame))
    return np.flatnonzero(frame < frames)[:SUBSET]


def choose_scale(
    features: Features,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    frame: NDArray[np.int64],
    scales: NDArray[np.float64],
) -> tuple[Prior, NDArray[np.float64]]:
    """The prior, and the scale of each frame that goes with it: those given, or 1 if that explains the values better.

    Args:
        features: whose weights the prior is on.
        x: float64 (M, p), the features of M pairs of coalitions.
        y: float64 (M,), their odd parts less the efficient share.
        frame: int64 (M,), the frame of each.
        scales: float64 (F,), above 0.
    """
    fits = [(_fit(features, x, y / scales[frame], frame), scales)]
    if len(scales) > 1 and np.ptp(scales) > 0:
        fits.append((_fit(features, x, y, frame), np.ones(len(scales))))
    # the density of y is that of y / scale divided by the scales
    losses = [fit.loss + float(np.log(scale[frame]).sum()) for fit, scale in fits]
    best, scale = fits[int(np.argmin(losses))]
    return best.prior, scale


def _fit(features: Features, x: NDArray[np.float64], y: NDArray[np.float64], frame: NDArray[np.int64]) -> _PriorFit:
    """Weights of greatest marginal likelihood, by L-BFGS on their logarithms."""
    p, blocks = features.count, features.blocks
    spread = float(np.sqrt(np.mean(y**2)))
    if spread == 0:
        return _PriorFit(Prior(np.zeros(p), np.zeros(p)), -np.inf)
    several = len(np.unique(frame)) > 1
    same = frame[:, None] == frame
    kernels = np.empty((len(blocks) * (2 if several else 1), len(y), len(y)))
    sizes = []
    for number, block in enumerate(blocks):
        np.matmul(x[:, block], x[:, block].T, out=kernels[number])
        sizes.append(max(float(np.trace(kernels[number])) / len(y), 1e-300))
        kernels[number] /= sizes[-1]
        if several:
            np.multiply(kernels[number], same, out=kernels[number + len(blocks)])
    start = np.resize(np.array(_START[: len(blocks)]), len(kernels))
    found = scipy.optimize.minimize(
        _loss,
        start,
        args=(kernels, y / spread),
        jac=True,
        method="L-BFGS-B",
        bounds=[_BOUNDS] * len(start),
        options={"maxiter": _ITERATIONS, "ftol": 1e-7},
    )
    weights = np.zeros((2, p))
    for number, log_weight in enumerate(found.x):
        kind, which = divmod(number, len(blocks))
        if log_weight > _BOUNDS[0]:
            weights[kind, blocks[which]] = np.exp(log_weight) / sizes[which]
    weights[0] = np.maximum(weights[0], 1e-12)
    return _PriorFit(Prior(np.sqrt(weights[0]), np.sqrt(weights[1])), float(found.fun) + len(y) * np.log(spread))


def _loss(
    logs: NDArray[np.float64], kernels: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
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
