"""Laplace's approximation of the last layer: the derivatives by autograd, the fit by hand, and what the file keeps."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from lidarsel.completion.lidarsel_net.checkpoint import load_weights, save_network
from lidarsel.completion.lidarsel_net.columns import to_columns
from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.fitting import fit_root
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.lidarsel_net.laplace import jacobian, last_weights, set_root
from lidarsel.completion.lidarsel_net.network import LidarselNet, spreading
from lidarsel.completion.lidarsel_net.trainable import TrainableLidarselNet
from lidarsel.completion.spreading import TruthBatch, fitting_afterwards
from lidarsel.uncertainty.laplace import prior_precision
from tests.completion.lidarsel_net.networks import random_network

DESIGN = Design(image_channels=(8, 16, 16, 24, 16), depth_channels=(8, 12, 16))
SIZE = (32, 64)


def network() -> LidarselNet:
    return spreading(random_network(DESIGN), "laplace", 3).eval()


def batch(seed: int = 0, images: int = 1, subsets: int = 2) -> TruthBatch:
    """Truth in the lower half, of which the lidar sweeps a part."""
    generator = torch.Generator().manual_seed(seed)
    truth = 2 + 50 * torch.rand(images, 1, *SIZE, generator=generator)
    truth[:, :, : SIZE[0] // 2] = 0
    hit = torch.rand(images * subsets, 1, *SIZE, generator=generator) < 0.03
    sparse = torch.where(hit, 2 + 50 * torch.rand(hit.shape, generator=generator), 0.0)
    swept = torch.zeros(images, 1, *SIZE, dtype=torch.bool)
    swept[:, :, 24:] = True
    return torch.rand(images, 3, *SIZE, generator=generator), torch.zeros(images, 2, *SIZE), sparse, truth, swept


def by_autograd(made: LidarselNet, image: Tensor, position: Tensor, sparse: Tensor) -> tuple[Tensor, Tensor]:
    """Derivatives of one coalition's log depths by the last layer's weights, (cells, P), and ln of the scales."""
    features = made.encode(image, position)
    branch = made.depth_branch
    with torch.no_grad():
        log_scale = branch.with_spread(to_columns(sparse), features)[2]
    for weight in made.parameters():
        weight.requires_grad_(False)
    last = list(branch.leave.parameters())
    for weight in last:
        weight.requires_grad_(True)
    made.train()  # in use it writes over what a gradient needs
    log_depth = branch(to_columns(sparse), features).flatten()
    made.eval()
    rows = [torch.cat([g.flatten() for g in torch.autograd.grad(one, last, retain_graph=True)]) for one in log_depth]
    return torch.stack(rows), log_scale.flatten()


def test_derivatives_are_those_of_autograd() -> None:
    made = network()
    image, position, sparse, _, _ = batch(subsets=1)
    expected, _ = by_autograd(made, image, position, sparse)
    with torch.no_grad():
        _, answer, _ = made.depth_branch.judged(to_columns(sparse), made.encode(image, position))
        found = jacobian(answer, made.depth_branch.residual_limit)[0].flatten(1).T
    assert expected.abs().max() > 0.1
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
    assert found.shape[1] == len(last_weights(made.depth_branch))


def test_the_root_is_of_all_cells_with_truth_and_of_all_frames() -> None:
    """Two subsets of a frame count as one, cells that the lidar does not sweep a tenth, and one frame stands for 7."""
    made = network()
    image, position, sparse, truth, swept = batch()
    size = len(last_weights(made.depth_branch))
    information = np.zeros((size, size))
    for one in sparse:
        rows, log_scale = by_autograd(network(), image, position, one[None])
        count = np.zeros((8, 16))
        count[4:6], count[6:] = 0.1, 1.0
        told = rows.numpy().astype(np.float64) * (np.sqrt(count.ravel()) / np.exp(log_scale.numpy()))[:, None]
        information += 7 * told.T @ told / 2
    root = fit_root(made, [(image, position, sparse, truth, swept)], 7, 0.1)
    precision = prior_precision(information, last_weights(made.depth_branch))
    covariance = np.linalg.inv(information + precision * np.eye(size))
    np.testing.assert_allclose(root.T @ root, covariance, rtol=1e-3, atol=1e-4 * np.abs(covariance).max())


def test_spreads_are_wider_by_the_posteriors_variance_and_depths_stay() -> None:
    made = network()
    plain = FrozenLidarselNet(spreading(made, "nll", 3), "cpu")
    known = FrozenLidarselNet(made, "cpu")
    before = known.sha256
    image, _, sparse, _, _ = batch(subsets=3)
    depth_m, spread_m = plain.complete_with_spread(plain.encode(image), sparse)
    assert torch.equal(known.complete_with_spread(known.encode(image), sparse)[1], spread_m), "zeros: all is known"
    rng = np.random.default_rng(0)
    root = np.tril(rng.normal(0, 0.3, made.depth_branch.get_buffer("posterior_root").shape))
    set_root(made.depth_branch, root)
    unsure = FrozenLidarselNet(made, "cpu")
    assert unsure.sha256 != before
    found_m, wider_m = unsure.complete_with_spread(unsure.encode(image), sparse)
    assert torch.equal(found_m, depth_m)
    assert bool((wider_m > spread_m).all())
    one = unsure.complete_with_spread(unsure.encode(image), sparse[1:2])[1]
    assert torch.equal(one, wider_m[1:2])
    cut = unsure.cut({"fuse4": np.arange(8) % 3 > 0})
    assert cut.tells_spread, "a cut one has the second output"


def test_the_fit_is_kept_beside_the_weights_and_in_the_file(tmp_path: Path) -> None:
    training = TrainableLidarselNet(None, 0, network())
    assert fitting_afterwards(training) is training
    assert fitting_afterwards(TrainableLidarselNet(DESIGN, 0)) is None
    weights = {name: weight.detach() * 1.01 for name, weight in training.module.named_parameters()}
    training.fit_afterwards(weights, [batch(0), batch(1)], 2, 0.1)
    training.save(weights, tmp_path / "w.safetensors", {})
    again = load_weights(tmp_path / "w.safetensors")
    assert float(again.depth_branch.get_buffer("posterior_root").abs().max()) > 0
    image, _, sparse, _, _ = batch(2)
    networks = (training.freeze(weights, "cpu"), FrozenLidarselNet(again, "cpu"))
    first, second = (each.complete_with_spread(each.encode(image), sparse)[1] for each in networks)
    assert torch.equal(first, second)
    assert networks[0].sha256 == networks[1].sha256
    save_network(again, tmp_path / "again.safetensors", {})
    assert (tmp_path / "again.safetensors").read_bytes() == (tmp_path / "w.safetensors").read_bytes()
