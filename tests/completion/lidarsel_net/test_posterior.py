"""lidarsel's network with posteriors of its last weights: depths of their means, spreads wider by what draws differ."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from lidarsel.choices import SpreadKind
from lidarsel.completion.lidarsel_net.checkpoint import load_weights, save_network
from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.lidarsel_net.last_answer import widened
from lidarsel.completion.lidarsel_net.network import LidarselNet, settled, spreading
from lidarsel.completion.lidarsel_net.posterior import DRAWS, DrawnDoubt
from lidarsel.completion.lidarsel_net.trainable import TrainableLidarselNet
from lidarsel.completion.spreading import drawing_weights
from lidarsel.uncertainty.drawn import drawn_layers
from lidarsel.uncertainty.radial import RadialConv2d
from tests.completion.lidarsel_net.networks import made_up_inputs, random_network

DESIGN = Design(image_channels=(8, 16, 16, 24, 16), depth_channels=(8, 12, 16))


def networks() -> tuple[LidarselNet, LidarselNet]:
    """One with a second output, and one of the same weights with posteriors of the last."""
    plain = spreading(random_network(DESIGN), "nll", 3).eval()
    return plain, spreading(plain, "radial", 3).eval()


def inputs() -> tuple[Tensor, Tensor]:
    return made_up_inputs((64, 96))


def test_depths_are_of_the_mean_weights_and_spreads_hold_the_draws_too() -> None:
    first, second = (FrozenLidarselNet(each, "cpu") for each in networks())
    assert first.sha256 != second.sha256
    image, sparse = inputs()
    features = second.encode(image)
    plain_m, plain_spread_m = first.complete_with_spread(features, sparse)
    depth_m, spread_m = second.complete_with_spread(features, sparse)
    torch.testing.assert_close(depth_m, plain_m, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(second.complete(features, sparse), depth_m, rtol=0, atol=0)
    wider = spread_m / plain_spread_m
    assert float(wider.min()) > 0.999
    assert float(wider.median()) > 1.001
    one = second.complete_with_spread(features, sparse[1:])[1]
    assert torch.equal(one, spread_m[1:]), "the draws are the network's, whatever is asked together"


@pytest.mark.parametrize("kind", ["radial", "dropout"])
def test_the_variance_is_that_of_the_drawn_networks(kind: SpreadKind) -> None:
    """Drawn by hand: each draw put into a whole network in place of its last layers."""
    drawn_network = spreading(networks()[0], kind, 3).eval()
    means, doubt = settled(drawn_network)
    assert isinstance(doubt, DrawnDoubt)
    drawn = list(zip(doubt.fuse4, doubt.leave, strict=True))
    assert len(drawn) == DRAWS
    image, sparse = inputs()
    features = means.encode(image)
    from lidarsel.completion.lidarsel_net.columns import to_columns

    columns = to_columns(sparse)
    branch = means.depth_branch
    with torch.no_grad():
        middle = branch(columns, features)
        others = []
        for fuse4, leave in drawn:
            kept = branch.fuse4, branch.leave
            branch.fuse4, branch.leave = fuse4, leave  # type: ignore[assignment]
            others.append(branch(columns, features))
            branch.fuse4, branch.leave = kept
        _, _, log_scale = branch.with_spread(columns, features)
        _, _, found = branch.with_spread(columns, features, doubt)
    variance = np.mean([(one - middle).square().numpy() for one in others], axis=0)
    deviation = np.sqrt(2 * np.exp(2 * log_scale.numpy()) + variance)
    np.testing.assert_allclose(np.exp(found.numpy()), deviation / np.sqrt(2), rtol=1e-4)
    torch.testing.assert_close(widened(log_scale, torch.zeros_like(log_scale)), log_scale)


def test_a_channels_radius_is_that_of_what_makes_it_times_that_of_what_reads_it() -> None:
    """Round weights, rows have the radii of their norms, and columns all the same until one shrinks."""
    plain, radial = networks()
    norms = plain.depth_branch.fuse4.get_parameter("weight").detach().flatten(1).norm(dim=1).double().numpy()
    leave = radial.depth_branch.get_submodule("leave")
    assert isinstance(leave, RadialConv2d)
    with torch.no_grad():
        leave.weight_posterior.column_radii.local_mean[0, 3] -= 2 * np.log(10)
    radii = FrozenLidarselNet(radial, "cpu").channel_radii
    shares = np.where(np.arange(8) == 3, 0.1, 1.0)
    np.testing.assert_allclose(radii["fuse4"] / radii["fuse4"][0], shares * norms / norms[0], rtol=1e-5)
    np.testing.assert_allclose(radii["enter"] / radii["enter"][0], np.ones(8), rtol=1e-5)
    assert FrozenLidarselNet(plain, "cpu").channel_radii == {}


def test_posteriors_are_kept_in_the_file(tmp_path: Path) -> None:
    _, radial = networks()
    save_network(radial, tmp_path / "w.safetensors", {})
    again = load_weights(tmp_path / "w.safetensors")
    assert len(list(drawn_layers(again))) == 2
    first, second = (FrozenLidarselNet(each, "cpu") for each in (radial, again))
    assert first.sha256 == second.sha256
    image, sparse = inputs()
    spreads = [each.complete_with_spread(each.encode(image), sparse)[1] for each in (first, second)]
    assert torch.equal(*spreads)


def test_training_draws_and_learns_depths_through_the_draws() -> None:
    _, radial = networks()
    training = TrainableLidarselNet(None, 0, radial)
    drawing = drawing_weights(training)
    assert drawing is training
    assert drawing_weights(TrainableLidarselNet(None, 0, networks()[0])) is None
    image, sparse = inputs()
    position = torch.zeros(1, 2, 64, 96)

    def answers(seed: int) -> tuple[Tensor, Tensor]:
        training.draw(np.random.default_rng(seed))
        found = training.answers(image, position, sparse)
        return found.depths.log_depth, found.used_log_depth

    (first, settled_first), (second, settled_second), (again, _) = answers(0), answers(1), answers(0)
    assert torch.equal(first, again)
    assert not torch.allclose(first, second, atol=1e-4)
    assert torch.equal(settled_first, settled_second), "what is used is of the mean weights"
    assert not settled_first.requires_grad
    (again.square().mean() + 1e-6 * training.divergence()).backward()
    names = [name for name in training.spread_weights if "posterior" in name]
    parameters = dict(training.module.named_parameters())
    assert len(names) == 2 * (2 * 2 + 2 + 1)  # of each side's two radii spreads and concentration, and of the bias
    grads = [parameters[name].grad for name in names]
    assert all(grad is not None and bool(grad.any()) for grad in grads)


def test_a_cut_one_keeps_the_second_output_at_the_mean_weights() -> None:
    plain, radial = networks()
    kept = {"fuse4": np.arange(8) % 3 > 0}
    image, sparse = inputs()
    cuts = [FrozenLidarselNet(each, "cpu").cut(kept) for each in (plain, radial)]
    first, second = (cut.complete_with_spread(cut.encode(image), sparse)[1] for cut in cuts)
    torch.testing.assert_close(first, second, rtol=1e-3, atol=1e-3)
