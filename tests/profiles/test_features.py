"""Both embeddings: the gradient against automatic differentiation, kernels against their closed forms."""

import numpy as np
import pytest
import torch

from lidarsel.profiles import fourier, tangent_kernel
from lidarsel.profiles.columns import COLUMNS, FIGURES

RNG = np.random.default_rng(3)


def some_columns(count: int = COLUMNS) -> np.ndarray:
    return RNG.normal(0, 1 / np.sqrt(FIGURES), (count, FIGURES))


def test_the_gradient_is_that_of_the_network_by_automatic_differentiation() -> None:
    x = some_columns(5)
    w, b, v = (torch.tensor(part, requires_grad=True) for part in tangent_kernel.network())
    output = (torch.relu(torch.tensor(x) @ w.T + b) @ v).sum() / len(x)
    by_torch = torch.autograd.grad(output, (w, b, v))
    expected = np.concatenate([part.numpy().ravel() for part in by_torch])
    assert tangent_kernel.gradient(x) == pytest.approx(expected, abs=1e-12)


def test_a_projection_keeps_the_kernel_of_gradients() -> None:
    frames = [some_columns() + 0.1 * shift for shift in (0, 0, 1, 1)]
    gradients = np.array([tangent_kernel.gradient(x) for x in frames])
    gradients /= np.linalg.norm(gradients, axis=1, keepdims=True)
    embedded = np.array([tangent_kernel.embed(x) for x in frames])
    assert embedded @ embedded.T == pytest.approx(gradients @ gradients.T, abs=4 / np.sqrt(tangent_kernel.DIMENSIONS))


def test_fourier_features_come_near_a_gaussian_kernel_of_the_columns() -> None:
    one, other = some_columns(1), some_columns(1)
    expected = np.exp(-np.sum((one - other) ** 2) / (2 * fourier.WIDTH**2))
    found = float(fourier.embed(one) @ fourier.embed(other))
    assert found == pytest.approx(expected, abs=4 / np.sqrt(fourier.DIMENSIONS))


@pytest.mark.parametrize("embed", [tangent_kernel.embed, fourier.embed])
def test_a_frame_is_its_set_of_columns(embed) -> None:  # type: ignore[no-untyped-def]
    x = some_columns()
    assert embed(x[::-1]) == pytest.approx(embed(x), abs=1e-6)
    assert np.isfinite(embed(np.zeros((COLUMNS, FIGURES)))).all()
