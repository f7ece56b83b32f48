"""Directions that tell kinds apart: against scipy's generalised eigenvectors, and lengths within 1."""

import numpy as np
import pytest
from scipy.linalg import eigh, subspace_angles

from lidarsel.profiles.discriminants import RIDGE, WITHIN, find_discriminants


def sample(kinds: int = 12, frames: int = 40, size: int = 9) -> np.ndarray:
    rng = np.random.default_rng(5)
    return rng.normal(0, 2, (kinds, 1, size)) + rng.normal(size=(kinds, frames, size)) @ rng.normal(size=(size, size))


def test_they_span_the_leading_generalised_eigenvectors() -> None:
    given = sample()
    means = given.mean(1)
    within = np.mean([np.cov(kind.T) for kind in given], axis=0) + RIDGE * np.eye(given.shape[2])
    expected = eigh(np.cov(means.T), within)[1][:, ::-1][:, :3]
    found = find_discriminants(given, 3)
    assert np.max(subspace_angles(found.matrix, expected)) < 1e-6
    assert found.centre == pytest.approx(given.mean((0, 1)))


def test_nine_lengths_in_ten_are_within_one() -> None:
    given = sample()
    lengths = np.linalg.norm(find_discriminants(given, 4)(given), axis=-1)
    assert np.mean(lengths <= 1) == pytest.approx(WITHIN, abs=0.01)
