"""The network at some pixels alone against the whole canvas and against plain loops."""

from dataclasses import fields

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from lidarsel.completion.base import CompletesAtPixels
from lidarsel.completion.lidarsel_net.at_pixels import MOST_GATHERED
from lidarsel.completion.lidarsel_net.columns import Columns, to_columns
from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.lidarsel_net.knots import plan_knots
from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.completion.lidarsel_net.windows import plan_windows
from tests.completion.lidarsel_net.test_network import small_network

BORDER = 0.3  # of the measured pixels


def pixels(rng: np.random.Generator, height: int, width: int, share: float, top: int = 0) -> Tensor:
    """int64, ascending: that share of an image's pixels, none above row ``top``, many of them on what is left's border;
    at least one where share > 0."""
    count = int(np.ceil(share * height * width))
    row, column = rng.integers(top, height, count), rng.integers(0, width, count)
    edge = rng.random(count) < BORDER
    row[edge] = rng.choice([top, height - 1], edge.sum())
    column[~edge & (rng.random(count) < BORDER)] = width - 1
    return torch.from_numpy(np.unique(row * width + column))


def depths(rng: np.random.Generator, coalitions: int, count: int) -> Tensor:
    """Float32 (coalitions, count) metres; none of the first coalition's is measured, all of the last one's."""
    kept = rng.random((coalitions, count)) < np.linspace(0, 1, coalitions)[:, None]
    kept[-1] = True
    return torch.from_numpy(np.where(kept, rng.uniform(0.5, 90, (coalitions, count)), 0).astype(np.float32))


def drawn(measured_m: Tensor, pixel: Tensor, height: int, width: int) -> Tensor:
    canvas = torch.zeros(len(measured_m), height * width)
    canvas[:, pixel] = measured_m
    return canvas.view(-1, 1, height, width)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), share=st.sampled_from([0.0, 0.001, 0.02, 0.3]))
def test_the_columns_are_those_of_the_canvas_to_the_bit(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    height, width = 32 * int(rng.integers(1, 3)), 32 * int(rng.integers(1, 4))
    pixel = pixels(rng, height, width, share)
    measured_m = depths(rng, 4, len(pixel))
    got = plan_knots(pixel // width, pixel % width, (height, width)).columns(measured_m)
    expected = to_columns(drawn(measured_m, pixel, height, width))
    for field in fields(Columns):
        one, other = getattr(got, field.name), getattr(expected, field.name)
        assert one.dtype == other.dtype
        assert torch.equal(one, other), field.name


def test_window_sums_against_a_search_of_every_window() -> None:
    rng = np.random.default_rng(5)
    height, width = 12, 14
    asked, measured = pixels(rng, height, width, 0.4), pixels(rng, height, width, 0.3)
    values = torch.from_numpy(rng.normal(size=(2, len(measured))))
    plan = plan_windows(asked, measured, (height, width))
    got = torch.zeros(2, len(asked), dtype=torch.float64).index_copy(1, plan.touched, plan.sums(values))
    for number, pixel in enumerate(asked.tolist()):
        near = [
            other
            for other, place in enumerate(measured.tolist())
            if abs(place // width - pixel // width) <= 2 and abs(place % width - pixel % width) <= 2
        ]
        assert (number in plan.touched.tolist()) == bool(near)
        np.testing.assert_allclose(got[:, number], values[:, near].sum(1), atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    measured=st.sampled_from([0.0, 0.001, 0.05, 0.3]),
    asked=st.sampled_from([0.001, 0.2, 1.0]),
    free=st.floats(0, 0.9),
)
def test_depths_are_those_of_the_whole_canvas(seed: int, measured: float, asked: float, free: float) -> None:
    rng = np.random.default_rng(seed)
    height, width = (int(side) for side in rng.integers(7, 140, 2))
    top = int(free * height)
    network = small_network()
    features = network.encode(torch.from_numpy(rng.random((1, 3, height, width)).astype(np.float32)))
    measured_pixel = pixels(rng, height, width, measured, top)
    asked_pixel = pixels(rng, height, width, asked, top) if asked < 1 else torch.arange(height * width)
    plan = network.plan(features, measured_pixel, asked_pixel)
    assert (plan.taps is None) == (len(plan.needed_pixel) > MOST_GATHERED * height * width)
    measured_m = depths(rng, 4, len(measured_pixel))
    got = network.complete_at(plan, measured_m)
    expected = network.complete(features, drawn(measured_m, measured_pixel, height, width)).flatten(1)[:, asked_pixel]
    assert got.dtype == torch.float32
    torch.testing.assert_close(got, expected, rtol=2e-6, atol=0)
    known = drawn(measured_m, measured_pixel, height, width).flatten(1)[:, asked_pixel]
    assert torch.equal(got[known > 0], known[known > 0])


@pytest.mark.parametrize("batch", [1, 3, 8])
def test_a_coalition_is_the_same_to_the_bit_in_any_batch(batch: int) -> None:
    rng = np.random.default_rng(6)
    network = small_network()
    assert isinstance(network, CompletesAtPixels)
    measured, asked = pixels(rng, 64, 96, 0.05), pixels(rng, 64, 96, 0.3)
    plan = network.plan(network.encode(torch.rand(1, 3, 64, 96)), measured, asked)
    measured_m = depths(rng, 24, len(measured))
    alone = torch.cat([network.complete_at(plan, one[None]) for one in measured_m])
    order = torch.from_numpy(rng.permutation(24))
    mixed = torch.cat([network.complete_at(plan, measured_m[part]) for part in order.split(batch)])
    assert torch.equal(mixed, alone[order])
    assert network.complete_at(plan, measured_m[:0]).shape == (0, len(asked))


@pytest.mark.parametrize(("share", "top"), [(0.2, 0), (0.2, 97), (1.0, 0)])
def test_one_thread_or_two_are_the_same_to_the_bit(share: float, top: int) -> None:
    rng = np.random.default_rng(7)
    network = FrozenLidarselNet(LidarselNet(Design()), "cpu")
    image = torch.rand(1, 3, 352, 1216, generator=torch.Generator().manual_seed(0))
    measured, asked = pixels(rng, 352, 1216, 0.05, top), pixels(rng, 352, 1216, share, top)
    measured_m = depths(rng, 2, len(measured))
    threads, answers = torch.get_num_threads(), []
    try:
        for count in (1, 2):
            torch.set_num_threads(count)
            answers.append(network.complete_at(network.plan(network.encode(image), measured, asked), measured_m))
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(*answers)


def test_wrong_shapes_are_refused() -> None:
    network = small_network()
    plan = network.plan(network.encode(torch.rand(1, 3, 32, 32)), torch.arange(5), torch.arange(9))
    with pytest.raises(ValueError, match="measured depths"):
        network.complete_at(plan, torch.ones(1, 6))
    with pytest.raises(ValueError, match="measured depths"):
        network.complete_at(plan, torch.ones(5))
