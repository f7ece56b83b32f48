"""Both published laws fitted again: to the law plus noise on a grid, and judged on larger runs than any fitted to."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from lidarsel.planning.laws.fine_grained import MIXTURE_OF_64
from lidarsel.planning.laws.joint import PUBLISHED
from lidarsel.planning.laws.refit import _JointTerms, fit_fine_grained, fit_joint

NOISE = 0.005


def grid(*axes: np.ndarray) -> list[np.ndarray]:
    return [axis.ravel() for axis in np.meshgrid(*axes)]


def carried_on(
    size: np.ndarray, tokens: np.ndarray, other: np.ndarray, loss: np.ndarray, held: np.ndarray
) -> np.ndarray:
    """For each run held out, the loss of the largest fitted run of the same other factor: the last value carried on."""
    found = []
    for each in np.flatnonzero(held):
        same = np.flatnonzero(~held & (other == other[each]) & (size <= size[each]) & (tokens <= tokens[each]))
        found.append(loss[same[np.argmax(size[same] * tokens[same])]])
    return np.array(found)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_fine_grained_law_tells_larger_runs(seed: int) -> None:
    n, d, g = grid(np.geomspace(1e8, 3e10, 7), np.geomspace(2e9, 3e11, 7), np.array([1.0, 2, 4, 8, 16]))
    closed_form = 0.47 + (2.1 / g**0.58 + 18.1) / n**0.115 + 30.8 / d**0.147
    assert MIXTURE_OF_64.loss(n, d, g) == pytest.approx(closed_form)
    loss = closed_form + NOISE * np.random.default_rng(seed).standard_normal(n.shape)
    held = (n > 1e10) | (d > 1e11)
    fitted = fit_fine_grained(n[~held], d[~held], g[~held], loss[~held])
    off = np.abs(fitted.loss(n, d, g) - closed_form)[held]
    assert off.max() < 2 * NOISE
    assert 10 * off.max() < np.abs(carried_on(n, d, g, loss, held) - closed_form[held]).max()


def test_the_joint_law_tells_larger_runs() -> None:
    n, d, e = grid(np.geomspace(1e8, 1e10, 6), np.geomspace(2e9, 2e11, 6), np.array([1.0, 2, 4, 8, 16, 32]))
    closed_form = np.array([PUBLISHED.at(int(x)).loss(size, tokens) for size, tokens, x in zip(n, d, e, strict=True)])
    loss = closed_form + NOISE * np.random.default_rng(0).standard_normal(n.shape)
    held = (n > 5e9) | (d > 1e11)
    fitted = fit_joint(n[~held], d[~held], e[~held], loss[~held])
    told = np.array([fitted.at(int(x)).loss(size, tokens) for size, tokens, x in zip(n, d, e, strict=True)])
    off = np.abs(told - closed_form)[held]
    assert off.max() < 2 * NOISE
    assert 10 * off.max() < np.abs(carried_on(n, d, e, loss, held) - closed_form[held]).max()


def test_the_slopes_of_the_joint_terms_are_those_of_differences() -> None:
    terms = _JointTerms(np.array([1e9, 3e8]), np.array([2e10, 7e9]), np.array([1.0, 8.0]))
    point = np.array([3, -0.2, -0.2, 0.01, 3, -0.2, 0.5, -0.03, 0.3, 0.8, 5.0])
    for term, run in np.ndindex(3, 2):

        def log_term(at: np.ndarray, place: tuple[int, ...] = (term, run)) -> float:
            return float(terms.at(at)[0][place])

        differences = approx_fprime(point, log_term, 1e-7)
        assert terms.at(point)[1][term, run] == pytest.approx(differences, abs=1e-5)
