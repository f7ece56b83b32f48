"""Users' networks as training sees them: the depths that they give in use, and weights that come back changed."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from lidarsel.completion.foreign.adaptation import Adaptation, Argument
from lidarsel.completion.foreign.cuttable import CuttableNetwork, with_module
from lidarsel.completion.foreign.network import ForeignModel
from lidarsel.completion.foreign.trainable import TrainableForeignNetwork


class Plain(nn.Module):
    """Every kind of state: normalisation's statistics, a buffer, and a weight that two layers share."""

    def __init__(self) -> None:
        super().__init__()
        self.enter, self.norm = nn.Conv2d(4, 6, 3, padding=1), nn.BatchNorm2d(6)
        self.first, self.second = nn.Conv2d(6, 6, 1), nn.Conv2d(6, 6, 1)
        self.second.weight = self.first.weight
        self.leave = nn.Conv2d(6, 1, 3, padding=1)
        self.scale: Tensor
        self.register_buffer("scale", torch.tensor(20.0))

    def forward(self, rgb: Tensor, depth: Tensor) -> Tensor:
        x = self.norm(self.enter(torch.cat([rgb, depth / 50], 1))).relu()
        return torch.sigmoid(self.leave(self.second(self.first(x)).relu())) * self.scale + 1


@pytest.fixture
def network() -> CuttableNetwork:
    torch.manual_seed(0)
    module = Plain().eval()
    module.norm.running_mean = torch.linspace(-1, 1, 6)
    module.requires_grad_(False)
    arguments = (Argument("rgb", ("image",)), Argument("depth", ("sparse_depth_m",)))
    model = ForeignModel(
        "plain", "0" * 64, ("image", "sparse_depth_m"), lambda _: None, Adaptation(), arguments=arguments, multiple=16
    )
    return CuttableNetwork(with_module(model, module), "cpu")


def batch() -> tuple[Tensor, Tensor, Tensor]:
    """Two images of 40 x 72, which is no multiple of 16, with three coalitions each."""
    rng = torch.Generator().manual_seed(1)
    hit = torch.rand(6, 1, 40, 72, generator=rng) < 0.1
    sparse = torch.where(hit, 2 + 40 * torch.rand(6, 1, 40, 72, generator=rng), 0.0)
    return torch.rand(2, 3, 40, 72, generator=rng), torch.zeros(2, 2, 40, 72), sparse


def test_it_is_trained_on_what_it_answers_in_use(network: CuttableNetwork) -> None:
    image, position, sparse = batch()
    log_depth, prior, own_loss = TrainableForeignNetwork(network).log_depths(image, position, sparse)
    used = torch.cat([network.complete(network.encode(image[i : i + 1]), sparse[3 * i : 3 * i + 3]) for i in range(2)])
    assert prior is None
    assert own_loss is None
    np.testing.assert_allclose(log_depth.detach().exp().numpy(), used.numpy(), rtol=1e-5)


def test_weights_come_back_changed_and_all_else_as_it_was(network: CuttableNetwork) -> None:
    image, position, sparse = batch()
    before = {name: tensor.clone() for name, tensor in network.module.state_dict().items()}
    training = TrainableForeignNetwork(network)
    log_depth = training.log_depths(image, position, sparse).log_depth
    log_depth.mean().backward()
    weights = {}
    for name, weight in training.module.named_parameters():
        assert weight.grad is not None
        weights[name] = weight.detach() - weight.grad
    made = training.freeze(weights, "cpu")
    assert {
        name for name, tensor in network.module.state_dict().items() if not torch.equal(tensor, before[name])
    } == set()
    after = made.module.state_dict()
    buffers = {"norm.running_mean", "norm.running_var", "norm.num_batches_tracked", "scale"}
    assert {name for name, tensor in after.items() if torch.equal(tensor, before[name])} == buffers
    first, second = (made.module.get_submodule(name).weight for name in ("first", "second"))
    assert first is second
    assert not any(weight.requires_grad for weight in made.module.parameters())
    assert made.sha256 != network.sha256
    made.complete(made.encode(image[:1]), sparse[:3])
