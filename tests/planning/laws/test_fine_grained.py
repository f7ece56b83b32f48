"""The fine-grained law: the published optima, and that nothing else within the budget is better."""

from dataclasses import replace
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lidarsel.planning.laws.fine_grained import (
    DENSE,
    MIXTURE_OF_64,
    flops_a_token,
    optimum,
    parameters_of,
)
from lidarsel.planning.laws.transformer import layers_of_dense

# Krajewski et al. 2024: dense size that the mixture is named by, D, G, F and L of the optimum.
PUBLISHED_OPTIMA = [
    (1e8, 4.37e9, 8, 2.95e18, 3.133),
    (1e9, 28.94e9, 16, 1.93e20, 2.491),
    (3e9, 72.90e9, 16, 1.41e21, 2.245),
    (7e9, 137.60e9, 32, 6.46e21, 2.076),
    (70e9, 941.07e9, 32, 4.16e23, 1.694),
    (300e9, 2.96e12, 64, 5.69e24, 1.503),
    (1e12, 7.94e12, 64, 4.97e25, 1.367),
]


@pytest.mark.parametrize(("base", "tokens", "granularity", "flops", "loss"), PUBLISHED_OPTIMA)
def test_the_published_optima(base: float, tokens: float, granularity: int, flops: float, loss: float) -> None:
    found = optimum(MIXTURE_OF_64, flops)
    assert found.granularity == granularity
    assert found.tokens == pytest.approx(tokens, rel=0.04)
    assert found.loss == pytest.approx(loss, abs=0.03)
    assert found.layers == pytest.approx(layers_of_dense(base), rel=0.01)


@pytest.mark.parametrize(("base", "tokens", "granularity", "flops", "loss"), PUBLISHED_OPTIMA)
def test_the_published_cost_of_training(
    base: float, tokens: float, granularity: int, flops: float, loss: float
) -> None:
    assert flops_a_token(layers_of_dense(base), 64, granularity) * tokens == pytest.approx(flops, rel=0.01)


@pytest.mark.parametrize("flops", [1e19, 1e21, 1e23, 1e25])
def test_mixtures_are_better_than_dense_models_as_published(flops: float) -> None:
    assert optimum(MIXTURE_OF_64, flops).loss < optimum(DENSE, flops, experts=1, granularities=(1,)).loss


def test_a_dense_model_has_the_parameters_of_its_name() -> None:
    assert parameters_of(layers_of_dense(7e9), 1) == pytest.approx(7e9)


@given(
    log_flops=st.floats(43, 58),
    log_tokens=st.one_of(st.just(inf), st.floats(21, 27)),
    log_most=st.one_of(st.just(inf), st.floats(20, 26)),
)
def test_no_size_within_the_budget_is_better(log_flops: float, log_tokens: float, log_most: float) -> None:
    """Against a fine grid of sizes, each with all the tokens that it can have."""
    flops, most_tokens, most = np.exp(log_flops), np.exp(log_tokens), np.exp(log_most)
    found = optimum(MIXTURE_OF_64, flops, most_tokens=most_tokens, most_parameters=most, granularities=(8,))
    layers = np.geomspace(1, 4000, 4000)
    sizes = np.array([parameters_of(each, 64) for each in layers])
    tokens = np.minimum(flops / np.array([flops_a_token(each, 64, 8) for each in layers]), most_tokens)
    allowed = sizes <= most
    losses = MIXTURE_OF_64.loss(sizes, tokens, 8)[allowed]
    assert found.parameters <= most * (1 + 1e-6)
    assert found.tokens <= most_tokens * (1 + 1e-9)
    assert found.flops <= flops * (1 + 1e-9)
    assert losses.size == 0 or found.loss <= losses.min() + 1e-9


def test_without_a_gain_by_granularity_the_router_is_not_worth_it() -> None:
    assert optimum(replace(MIXTURE_OF_64, g=0.0), 1e21).granularity == 1
