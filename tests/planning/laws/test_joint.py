"""The joint law of mixtures: the published coefficients, optima and choice of experts under memory."""

from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lidarsel.planning.laws.joint import EXPERTS, PUBLISHED, JointOptimum, best_experts, optimum
from lidarsel.planning.laws.transformer import Memory, active_parameters, held_bytes, most_active, total_parameters

# Ludziejewski et al. 2025: m, mu, n, nu of each number of experts.
COEFFICIENTS = {
    1: (30.3640, -0.1817, 53.9838, -0.1965),
    2: (27.7982, -0.1780, 66.8401, -0.2065),
    4: (24.8462, -0.1731, 87.7022, -0.2192),
    8: (21.8330, -0.1676, 119.9126, -0.2338),
    16: (19.0159, -0.1617, 167.5073, -0.2494),
    32: (16.5424, -0.1557, 234.6726, -0.2652),
}
# F, experts, N, D.
OPTIMA = [
    (1e20, 1, 1.7e9, 9.7e9),
    (1e20, 8, 990e6, 17e9),
    (1e20, 32, 669e6, 24.9e9),
    (1e21, 1, 5.7e9, 29.3e9),
    (1e21, 8, 3.8e9, 44.3e9),
    (1e22, 1, 18.8e9, 88.6e9),
    (1e22, 8, 14.4e9, 115.8e9),
]
# The best number of experts under 24, 80 and 640 GB; 32 is the most that was tried.
UNDER_MEMORY = {1e21: (16, 32, 32), 1e22: (4, 16, 32), 1e23: (1, 8, 32), 1e24: (1, 1, 16)}


@pytest.mark.parametrize("experts", COEFFICIENTS)
def test_the_published_coefficients(experts: int) -> None:
    found = PUBLISHED.at(experts)
    assert (found.m, found.mu, found.n, found.nu) == pytest.approx(COEFFICIENTS[experts], rel=0.005)
    assert found.c == PUBLISHED.c


@pytest.mark.parametrize(("flops", "experts", "active", "tokens"), OPTIMA)
def test_the_published_optima(flops: float, experts: int, active: float, tokens: float) -> None:
    found = optimum(PUBLISHED, experts, flops)
    assert (found.active, found.tokens) == pytest.approx((active, tokens), rel=0.03)


@pytest.mark.parametrize("flops", UNDER_MEMORY)
def test_the_published_experts_under_memory_within_one_step(flops: float) -> None:
    for gigabytes, experts in zip((24, 80, 640), UNDER_MEMORY[flops], strict=True):
        found = best_experts(PUBLISHED, flops, memory=Memory(gigabytes * 1e9))
        assert abs(EXPERTS.index(found.experts) - EXPERTS.index(experts)) <= 1


def test_effective_experts_saturate() -> None:
    assert float(PUBLISHED.effective(1)) == pytest.approx(PUBLISHED.least)
    assert float(PUBLISHED.effective(1e9)) == pytest.approx(PUBLISHED.most, rel=1e-6)


@given(experts=st.sampled_from(EXPERTS), gigabytes=st.floats(0.1, 1000), kept=st.floats(0, 1e6))
def test_the_largest_model_fills_the_memory(experts: int, gigabytes: float, kept: float) -> None:
    memory = Memory(gigabytes * 1e9, kept_tokens=kept)
    active = most_active(experts, memory)
    layers = np.geomspace(0.01, 1000, 100_000)
    held = np.array([held_bytes(each, experts, memory) for each in layers[::100]])
    most = np.interp(np.log(memory.n_bytes), np.log(held), np.log(layers[::100]))
    assert active == pytest.approx(active_parameters(float(np.exp(most))), rel=0.01)


def test_what_is_held() -> None:
    memory = Memory(1e9, bytes_a_number=2, kept_tokens=1000)
    assert total_parameters(10, 1) == active_parameters(10)
    assert held_bytes(10, 4, memory) == 2 * (2 * 640 * 50257 + 40 * 10 * 640**2 + 1000 * 2 * 10 * 640)


@given(
    experts=st.sampled_from(EXPERTS),
    log_flops=st.floats(46, 56),
    log_tokens=st.one_of(st.just(inf), st.floats(20, 26)),
    gigabytes=st.one_of(st.none(), st.floats(1, 1000)),
)
def test_no_size_within_the_budget_is_better(
    experts: int, log_flops: float, log_tokens: float, gigabytes: float | None
) -> None:
    """Against a fine grid of sizes, each with all the tokens that it can have."""
    flops, most_tokens = float(np.exp(log_flops)), float(np.exp(log_tokens))
    memory = None if gigabytes is None else Memory(gigabytes * 1e9)
    found = optimum(PUBLISHED, experts, flops, most_tokens, memory)
    active = np.geomspace(1e5, 1e14, 4000)
    if memory is not None:
        active = active[active <= most_active(experts, memory)]
    tokens = np.minimum(flops / 6 / active, most_tokens)
    of_one = PUBLISHED.at(experts)
    losses = of_one.m * active**of_one.mu + of_one.n * tokens**of_one.nu + of_one.c
    assert isinstance(found, JointOptimum)
    assert found.tokens <= most_tokens
    assert found.flops <= flops * (1 + 1e-9)
    assert found.loss <= losses.min() + 1e-9
