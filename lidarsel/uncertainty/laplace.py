"""A Gaussian round trained weights: Laplace's approximation by the generalised Gauss-Newton matrix.

    posterior   N(w, (H + lambda I)^-1),    H = sum over the data of J^T I(y) J
    variance    of an answer with derivatives J by the weights: J (H + lambda I)^-1 J^T

with J of each datum's answer, and I(y) the Fisher information of its distribution's location: 1 / sigma^2 of a
Gaussian, 1 / b^2 of a Laplace distribution. The prior is N(0, I / lambda), its lambda that of the greatest marginal
likelihood

    - lambda |w|^2 / 2 + P / 2 ln lambda - 1 / 2 ln det(H + lambda I) + what does not depend on lambda.

MacKay: "A Practical Bayesian Framework for Backpropagation Networks" (1992); Daxberger et al.: "Laplace Redux" (2021).
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import brentq

LEAST_PRECISION, MOST_PRECISION = 1e-6, 1e12
"""Of the prior, where the data or the weights leave it open."""


def prior_precision(information: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """The lambda of the greatest marginal likelihood: where lambda |w|^2 is the number of weights that data settle,

        sum of s / (s + lambda) over the eigenvalues s of H

    of which the former rises with lambda and the latter falls, so that there is one such place.

    Args:
        information: float64 (P, P), H, symmetric, no eigenvalue below 0 but for rounding.
        weights: float64 (P,).

    Returns:
        From ``LEAST_PRECISION`` to ``MOST_PRECISION``.
    """
    eigenvalues = np.clip(np.linalg.eigvalsh(information), 0, None)
    square = float(weights @ weights)

    def excess(log_precision: float) -> float:
        precision = math.exp(log_precision)
        return precision * square - float((eigenvalues / (eigenvalues + precision)).sum())

    least, most = math.log(LEAST_PRECISION), math.log(MOST_PRECISION)
    if excess(least) >= 0:
        return LEAST_PRECISION
    if excess(most) <= 0:
        return MOST_PRECISION
    return math.exp(brentq(excess, least, most))


def posterior_root(information: NDArray[np.float64], precision: float) -> NDArray[np.float64]:
    """R with which an answer's variance is |R J|^2: the inverse of the lower Cholesky factor of H + lambda I.

    Args:
        information: float64 (P, P), H.
        precision: > 0, lambda.

    Returns:
        float64 (P, P), lower triangular.
    """
    identity = np.eye(len(information))
    lower = cholesky(information + precision * identity, lower=True)
    root: NDArray[np.float64] = solve_triangular(lower, identity, lower=True)
    return root
