"""The network's geometry against closed forms, and its promises: any size, any batch, measurements kept."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lidarsel.completion.base import CompletionNetwork
from lidarsel.completion.lidarsel_net.columns import to_columns
from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.lidarsel_net.layers import GroupNorm
from lidarsel.completion.lidarsel_net.measurements import agree_with_measurements
from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.completion.lidarsel_net.upsampling import bilinear_logits, upsample_convex

SMALL = Design(image_channels=(8, 8, 16, 16, 16), depth_channels=(8, 8, 16))


def small_network(seed: int = 0) -> FrozenLidarselNet:
    """Random weights, larger than a fresh network's, so that every part has a say."""
    network = LidarselNet(SMALL, seed)
    for head in (network.depth_branch.leave, network.image_encoder.weights, network.image_encoder.prior):
        head.weight.data.mul_(10)
    return FrozenLidarselNet(network, "cpu")


def plane(height: int, width: int, a: float, b: float, c: float) -> torch.Tensor:
    """(H, W) depth of a plane seen by a pinhole camera: inverse depth a + b * row + c * column."""
    row = torch.arange(height, dtype=torch.float64)[:, None]
    column = torch.arange(width, dtype=torch.float64)[None, :]
    return 1 / (a + b * row + c * column)


@settings(max_examples=30, deadline=None)
@given(
    rows=st.sets(st.integers(0, 63), min_size=2, max_size=20),
    a=st.floats(0.01, 0.1),
    b=st.floats(0, 0.005),
    c=st.floats(-1e-4, 1e-4),
)
def test_interpolation_between_lines_is_exact_on_a_plane(rows: Any, a: Any, b: Any, c: Any) -> None:
    depth = plane(64, 32, a, b, c)
    sparse = torch.zeros(1, 1, 64, 32, dtype=torch.float64)
    sparse[0, 0, sorted(rows)] = depth[sorted(rows)]
    columns = to_columns(sparse)
    between = (columns.has_above & columns.has_below)[0, 0]
    got = torch.exp(columns.interpolated_log_depth(torch.zeros_like(columns.above_log)))[0, 0]
    centre = 1 / torch.nn.functional.avg_pool2d(1 / depth[None, None], 4)[0, 0]  # inverse depth is affine
    assert torch.allclose(got[between], centre[between], rtol=1e-9)


def test_knots_against_a_search_of_every_column() -> None:
    rng = np.random.default_rng(3)
    sparse = np.where(rng.random((24, 16)) < 0.08, rng.uniform(2, 60, (24, 16)), 0)
    columns = to_columns(torch.from_numpy(sparse)[None, None])
    for i in range(6):
        for j in range(4):
            block = sparse[:, 4 * j : 4 * j + 4]
            rows = [r for r in range(24) if (block[r] > 0).any()]
            knot = {r: 1 / np.mean(1 / block[r][block[r] > 0]) for r in rows}
            above = [r for r in rows if r <= 4 * i + 1]
            below = [r for r in rows if r >= 4 * i + 2]
            assert bool(columns.has_above[0, 0, i, j]) == bool(above)
            assert bool(columns.has_below[0, 0, i, j]) == bool(below)
            if above:
                assert columns.above_row[0, i, j] == above[-1]
                assert columns.above_px[0, 0, i, j] == 4 * i + 1.5 - above[-1]
                assert columns.above_log[0, 0, i, j].item() == pytest.approx(np.log(knot[above[-1]]))
            if below:
                assert columns.below_px[0, 0, i, j] == below[0] - (4 * i + 1.5)
                assert columns.below_log[0, 0, i, j].item() == pytest.approx(np.log(knot[below[0]]))


def test_upsampling_starts_out_bilinear_and_keeps_constants() -> None:
    weights = bilinear_logits().view(1, 9, 16, 1, 1).expand(1, 9, 16, 6, 8).softmax(1)
    coarse = torch.rand(2, 1, 6, 8, generator=torch.Generator().manual_seed(0))
    fine = upsample_convex(coarse, weights)
    bilinear = torch.nn.functional.interpolate(coarse, scale_factor=4, mode="bilinear", align_corners=False)
    assert fine.shape == (2, 1, 24, 32)
    assert (fine - bilinear).abs().max() < 0.1  # the floor of 2 % a tap blurs a little
    assert torch.allclose(upsample_convex(torch.full((1, 1, 6, 8), 3.0), weights), torch.tensor(3.0))


def test_upsampling_weights_reach_the_right_neighbour() -> None:
    weights = torch.zeros(1, 9, 16, 4, 4)
    weights[:, 2] = 1  # every sub-pixel copies its cell's upper right neighbour
    coarse = torch.arange(16.0).view(1, 1, 4, 4)
    fine = upsample_convex(coarse, weights)[0, 0]
    assert fine[4:8, 0:4].eq(coarse[0, 0, 0, 1]).all()
    assert fine[12:, 8:12].eq(coarse[0, 0, 2, 3]).all()


def test_agreement_with_measurements_against_a_search_of_every_window() -> None:
    rng = np.random.default_rng(4)
    predicted = rng.uniform(1, 4, (12, 14))
    sparse = np.where(rng.random((12, 14)) < 0.2, np.exp(predicted + rng.normal(0, 0.3, (12, 14))), 0)
    got = agree_with_measurements(torch.from_numpy(predicted)[None, None], torch.from_numpy(sparse)[None, None])[0, 0]
    for i in range(12):
        for j in range(14):
            votes = []
            for r in range(max(0, i - 2), min(12, i + 3)):
                for c in range(max(0, j - 2), min(14, j + 3)):
                    if sparse[r, c] > 0 and abs(np.log(sparse[r, c]) - predicted[r, c]) < 0.25:
                        votes.append(np.log(sparse[r, c]) - predicted[r, c])
            moved = np.exp(predicted[i, j] + sum(votes) / (len(votes) + 1))
            assert got[i, j].item() == pytest.approx(sparse[i, j] if sparse[i, j] > 0 else moved)


def frame_like(height: int, width: int, batch: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    image = torch.rand(1, 3, height, width, generator=generator)
    sparse = torch.rand(batch, 1, height, width, generator=generator) * 70 + 2
    kept = torch.rand(batch, 1, height, width, generator=generator) < torch.linspace(0, 0.1, batch)[:, None, None, None]
    return image, sparse * kept


@pytest.mark.parametrize(("height", "width"), [(32, 64), (33, 65), (50, 70), (96, 127), (7, 9)])
def test_any_size_gives_depth_above_zero_and_keeps_measurements(height: int, width: int) -> None:
    network = small_network()
    assert isinstance(network, CompletionNetwork)
    image, sparse = frame_like(height, width, 4)
    features = network.encode(image)
    depth = network.complete(features, sparse)
    assert depth.shape == sparse.shape
    assert depth.dtype == torch.float32
    assert bool((torch.isfinite(depth) & (depth > 0)).all())
    assert torch.equal(depth[sparse > 0], sparse[sparse > 0])


@pytest.mark.parametrize("batch", [1, 3, 4, 8])
def test_a_coalition_is_the_same_to_the_bit_in_any_batch(batch: int) -> None:
    network = small_network()
    image, sparse = frame_like(64, 96, 24)
    features = network.encode(image)
    alone = torch.cat([network.complete(features, depth[None]) for depth in sparse])
    order = torch.randperm(24, generator=torch.Generator().manual_seed(1))
    mixed = torch.cat([network.complete(features, sparse[part]) for part in order.split(batch)])
    assert torch.equal(mixed, alone[order])


@pytest.mark.parametrize("size", [(352, 1216), (128, 424), (80, 250)])
def test_any_number_of_threads_gives_the_same_to_the_bit(size: tuple[int, int]) -> None:
    """At 128 x 424 two threads shared the sums of the encoder's smallest maps; at any size three those of softmax."""
    network = FrozenLidarselNet(LidarselNet(Design()), "cpu")
    image, sparse = frame_like(*size, 2)
    threads, depths = torch.get_num_threads(), []
    try:
        for count in (1, 2, 3, 5):
            torch.set_num_threads(count)
            depths.append(network.complete(network.encode(image), sparse))
            assert torch.get_num_threads() == count
    finally:
        torch.set_num_threads(threads)
    assert all(torch.equal(depths[0], other) for other in depths[1:])


def test_group_normalisation_equals_pytorchs() -> None:
    layer = GroupNorm((2, 2, 2, 2)).eval()
    torch.nn.init.normal_(layer.weight, generator=torch.Generator().manual_seed(0))
    x = torch.rand(2, 8, 9, 11, generator=torch.Generator().manual_seed(1)) * 5 + 3
    expected = torch.nn.functional.group_norm(x, 4, layer.weight, layer.bias, layer.eps)
    assert torch.allclose(layer(x), expected, atol=1e-5)
    assert torch.allclose(layer.train()(x), expected, atol=1e-6)


def test_features_of_several_images_serve_their_own_coalitions() -> None:
    network = LidarselNet(SMALL).eval()
    images = torch.cat([frame_like(64, 64, 1, seed)[0] for seed in (5, 6)])
    sparse = frame_like(64, 64, 6)[1]
    with torch.no_grad():
        together = network(network.encode(images), sparse)
        apart = torch.cat([network(network.encode(images[i : i + 1]), sparse[3 * i : 3 * i + 3]) for i in (0, 1)])
    assert torch.allclose(together, apart, rtol=1e-4)


def test_without_lidar_the_answer_is_the_images_and_with_it_the_lidars() -> None:
    network = small_network()
    image, _ = frame_like(64, 64, 1)
    other, _ = frame_like(64, 64, 1, seed=9)
    nothing = torch.zeros(1, 1, 64, 64)
    assert not torch.equal(
        network.complete(network.encode(image), nothing), network.complete(network.encode(other), nothing)
    )
    wall = nothing.clone()
    wall[:, :, ::8] = 30.0  # lines on a wall: whatever the image says, within the residual's limit of it
    log = torch.log(network.complete(network.encode(image), wall) / 30)
    prior = torch.log(network.complete(network.encode(image), nothing) / 30)
    assert log.abs().max() <= max(SMALL.residual_limit, float(prior.abs().max())) + 1e-4


def test_wrong_shapes_are_refused() -> None:
    network = small_network()
    image, sparse = frame_like(32, 32, 2)
    with pytest.raises(ValueError, match="RGB image"):
        network.encode(None)
    with pytest.raises(ValueError, match="RGB image"):
        network.encode(image[:, :1])
    with pytest.raises(ValueError, match="sparse depth"):
        network.complete(network.encode(image), sparse[:, :, :16])


def test_identity_follows_the_weights() -> None:
    assert small_network(0).sha256 == small_network(0).sha256 != small_network(1).sha256


def test_making_a_network_leaves_the_global_generator_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    one, same, other = (LidarselNet(SMALL, seed).state_dict() for seed in (1, 1, 2))
    assert torch.equal(torch.rand(3), expected)
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert any(not torch.equal(one[name], other[name]) for name in one)
