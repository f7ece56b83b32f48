"""A mixture of experts against plain loops over cells, and its promises: any batch, any threads, either path."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.lidarsel_net.mixture import BALANCE_WEIGHT, Z_WEIGHT, Mixture, Router, Routing
from lidarsel.completion.lidarsel_net.trainable import TrainableLidarselNet
from tests.completion.lidarsel_net.mixtures import (
    DESIGN,
    MANY,
    PLAIN,
    SIZE,
    answer,
    bias_of,
    inputs,
    mixtures,
    network,
    router,
    routing_of,
)
from tests.completion.lidarsel_net.test_at_pixels import depths, drawn, pixels


def cells(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    return itertools.product(*map(range, shape))


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    experts=st.integers(2, 14),
    active=st.integers(1, 2),
    batch=st.integers(1, 3),
    training=st.booleans(),
)
def test_every_cell_is_what_its_experts_say(seed: int, experts: int, active: int, batch: int, training: bool) -> None:
    """Both ways of computing, against loops over cells in double precision."""
    torch.manual_seed(seed)
    inputs, outputs, width, height, columns = 5, 4, 3, 6, 7
    chooser, layer = Router(inputs, experts, active), Mixture(inputs, outputs, width, experts, active)
    x, nearness = torch.randn(batch, inputs, height, columns), torch.rand(batch, 4, 2 * height, 2 * columns)
    routing = chooser.train(training)(x, nearness)
    with torch.no_grad():
        got = layer.train(training)(x, routing).numpy()
    judge, bias = chooser.judge.weight.data[:, :, 0, 0].double(), bias_of(chooser.judge)
    narrow, widen = layer.narrow.weight.data.double(), layer.widen.weight.data[:, :, 0, 0].double()
    padded = torch.nn.functional.pad(x.double(), (1, 1, 1, 1))
    for b, i, j in cells((batch, height, columns)):
        near = nearness[b, :, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2].double().mean((1, 2))
        logits = judge @ torch.cat([x[b, :, i, j].double(), near]) + bias
        best = sorted(range(experts), key=lambda expert: -float(logits[expert]))[:active]
        expected = bias_of(layer.widen).double()
        for expert in best:
            mine = slice(expert * width, (expert + 1) * width)
            patch = padded[b, :, i : i + 3, j : j + 3]
            hidden = (narrow[mine] * patch).sum((1, 2, 3)) + bias_of(layer.narrow)[mine]
            expected += 2 / (1 + torch.exp(-logits[expert])) * (widen[:, mine] @ hidden.clamp(min=0))
        assert sorted(routing.chosen[b, :, i, j].tolist()) == sorted(best)
        np.testing.assert_allclose(got[b, :, i, j], expected, atol=1e-5)


@pytest.mark.parametrize("design", [DESIGN, MANY])
def test_training_and_use_give_one_answer(design: Design) -> None:
    """In training every expert is computed on every cell, in use those that are asked for."""
    of = network(design=design)
    in_use = answer(of)
    of.depth_branch.train()
    torch.testing.assert_close(answer(of), in_use, rtol=0, atol=2e-5)
    assert len(routing_of(of).cells) == design.width("experts")


@pytest.mark.parametrize("design", [DESIGN, MANY])
def test_an_expert_that_no_cell_asks_for_is_not_computed(design: Design) -> None:
    """Its weights are no numbers, and nobody notices; in training everybody would."""
    of = network(design=design)
    before = answer(of)
    bias_of(router(of))[4] = -1e6
    never = answer(of)
    assert not torch.equal(never, before), "it had a say"
    for layer in mixtures(of):
        layer.narrow.weight.data[4 * layer.width : 5 * layer.width] = torch.nan
    torch.testing.assert_close(answer(of), never, rtol=0, atol=0)


@pytest.mark.parametrize("design", [DESIGN, MANY])
@pytest.mark.parametrize("batch", [3, 8])
def test_a_coalition_is_the_same_to_the_bit_in_any_batch(batch: int, design: Design) -> None:
    """By both paths: the whole canvas, and pixels alone."""
    rng = np.random.default_rng(3)
    frozen = FrozenLidarselNet(network(design=design), "cpu")
    features = frozen.encode(inputs()[0])
    measured, asked = pixels(rng, *SIZE, 0.05), pixels(rng, *SIZE, 0.3)
    plan = frozen.plan(features, measured, asked)
    measured_m = depths(rng, 16, len(measured))
    order = torch.from_numpy(rng.permutation(16))
    alone = torch.cat([frozen.complete_at(plan, one[None]) for one in measured_m])
    mixed = torch.cat([frozen.complete_at(plan, measured_m[part]) for part in order.split(batch)])
    assert torch.equal(mixed, alone[order])
    canvas = drawn(measured_m, measured, *SIZE)
    alone = torch.cat([frozen.complete(features, one[None]) for one in canvas])
    mixed = torch.cat([frozen.complete(features, canvas[part]) for part in order.split(batch)])
    assert torch.equal(mixed, alone[order])


def test_choices_are_made_within_a_coalition() -> None:
    """Together with others, in one pass, a coalition's cells go to the same experts."""
    of = network()
    image, sparse = inputs(coalitions=6)
    seen: list[Routing] = []
    with torch.no_grad():
        features = of.encode(image)
        for part in (sparse, *sparse.split(1)):
            of.predict_log(features, part, seen.append)
    together, *alone = seen
    assert torch.equal(together.chosen, torch.cat([one.chosen for one in alone]))
    torch.testing.assert_close(together.gates, torch.cat([one.gates for one in alone]), rtol=0, atol=1e-5)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), measured=st.sampled_from([0.0, 0.01, 0.2]), free=st.floats(0, 0.8))
def test_depths_at_pixels_are_those_of_the_whole_canvas(seed: int, measured: float, free: float) -> None:
    rng = np.random.default_rng(seed)
    height, width = (int(side) for side in rng.integers(20, 140, 2))
    top = int(free * height)
    frozen = FrozenLidarselNet(network(design=MANY if seed % 2 else DESIGN), "cpu")
    features = frozen.encode(torch.from_numpy(rng.random((1, 3, height, width)).astype(np.float32)))
    measured_pixel, asked = pixels(rng, height, width, measured, top), pixels(rng, height, width, 0.2, top)
    measured_m = depths(rng, 3, len(measured_pixel))
    got = frozen.complete_at(frozen.plan(features, measured_pixel, asked), measured_m)
    whole = frozen.complete(features, drawn(measured_m, measured_pixel, height, width)).flatten(1)[:, asked]
    torch.testing.assert_close(got, whole, rtol=2e-6, atol=0)


@pytest.mark.parametrize("design", [Design(experts=4), Design(experts=4, granularity=4)])
@pytest.mark.parametrize("size", [(352, 1216), (80, 250)])
def test_any_number_of_threads_gives_the_same_to_the_bit(design: Design, size: tuple[int, int]) -> None:
    frozen = FrozenLidarselNet(network(design=design), "cpu")
    generator = torch.Generator().manual_seed(0)
    image = torch.rand(1, 3, *size, generator=generator)
    sparse = torch.where(torch.rand(1, 1, *size, generator=generator) < 0.05, 12.0, 0.0)
    threads, found = torch.get_num_threads(), []
    try:
        for count in (1, 2, 3):
            torch.set_num_threads(count)
            found.append(frozen.complete(frozen.encode(image), sparse))
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(found[0], found[1])
    assert torch.equal(found[0], found[2])


@pytest.mark.parametrize("granularity", [1, 2])
def test_gradients_reach_the_router_and_every_expert(granularity: int) -> None:
    """By the depths alone, also where a cell has a single expert."""
    of = network(design=replace(PLAIN, experts=3, granularity=granularity)).train()
    image, sparse_depth_m = inputs()
    of.predict_log(of.encode(image), sparse_depth_m).square().mean().backward()
    judge = router(of).weight.grad
    assert judge is not None
    assert bool((judge.abs().sum((1, 2, 3)) > 0).all())
    for layer in mixtures(of):
        assert layer.narrow.weight.grad is not None
        gradient = layer.narrow.weight.grad.unflatten(0, (3 * granularity, -1))
        assert bool((gradient.abs().sum((1, 2, 3, 4)) > 0).all())


def test_the_routers_losses_by_hand() -> None:
    """Alike: a balance of 1, and the z-loss of log N squared. All on one of two experts: N times its probability."""
    alike = Routing(torch.zeros(1, 2, 1, 2), torch.tensor([[[[0, 1]]]]))
    assert float(alike.loss()) == pytest.approx(BALANCE_WEIGHT + Z_WEIGHT * np.log(2) ** 2)
    logits = torch.tensor([np.log(3.0), 0.0]).view(1, 2, 1, 1).expand(1, 2, 1, 2).float()
    one = Routing(logits, torch.zeros(1, 1, 1, 2, dtype=torch.int64))
    assert float(one.loss()) == pytest.approx(BALANCE_WEIGHT * 1.5 + Z_WEIGHT * np.log(4) ** 2)
    both = Routing(torch.cat([alike.logits, logits]), torch.cat([alike.chosen, one.chosen]))
    assert float(both.loss()) == pytest.approx(float(alike.loss() + one.loss()) / 2), "each coalition by itself"


def test_the_routers_losses_are_part_of_training() -> None:
    of = TrainableLidarselNet(DESIGN, 0)
    image, sparse_depth_m = inputs()
    told = of.log_depths(image, torch.zeros(1, 2, *SIZE), sparse_depth_m)
    assert told.own_loss is not None
    told.own_loss.backward()
    gradient = router(of.module).weight.grad
    assert gradient is not None
    assert bool((gradient != 0).any())
    plain = TrainableLidarselNet(PLAIN, 0)
    assert plain.log_depths(image, torch.zeros(1, 2, *SIZE), sparse_depth_m).own_loss is None
