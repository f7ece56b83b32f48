"""Scaled networks against hooks where channels are made, which is what the paper writes, and against cut ones."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from lidarsel.completion.coupling import cut_tensors
from lidarsel.completion.lidarsel_net.cut import cut_network
from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.completion.lidarsel_net.widths import couplings_of
from lidarsel.completion.units import kept_of, units_of
from lidarsel.importance.channels.scaling import ScaledNetwork
from lidarsel.importance.channels.subject import Subject, Task
from tests.importance.channels.networks import COUPLINGS, DENSE, INNER, network, subject, task


def scaled_by(scale: Tensor) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], Tensor]:
    """A hook that multiplies a module's output channels."""
    return lambda module, inputs, output: output * scale.to(output).view(1, -1, *(1,) * (output.ndim - 2))


def test_scaling_where_read_is_scaling_before_the_nonlinearity() -> None:
    of = subject()
    scales = {"inner": torch.rand(INNER) * 2, "dense": torch.rand(DENSE) * 2}
    (batch, *_) = task().batches
    found = ScaledNetwork(of)(scales, batch)
    assert isinstance(of.module, nn.Sequential)
    of.module[1].register_forward_hook(scaled_by(scales["inner"]))  # after the normalisation
    of.module[5].register_forward_hook(scaled_by(scales["dense"]))
    torch.testing.assert_close(found, of.module(batch[0]), rtol=1e-5, atol=1e-6)


def test_a_channel_at_zero_is_one_cut_off() -> None:
    whole, (batch, *_) = network(), task().batches
    kept = {"inner": np.arange(INNER) % 3 > 0, "dense": np.arange(DENSE) > 1}
    found = ScaledNetwork(subject(whole))({name: torch.from_numpy(stay).float() for name, stay in kept.items()}, batch)
    cut = nn.Sequential(
        nn.Conv2d(2, 4, 3),
        nn.BatchNorm2d(4),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(16, 3),
        nn.ReLU(),
        nn.Linear(3, 3),
    )
    cut.load_state_dict(cut_tensors(whole.state_dict(), COUPLINGS, kept))
    torch.testing.assert_close(found, cut.eval()(batch[0]), rtol=1e-5, atol=1e-6)


DESIGN = Design(image_channels=(8, 16, 16, 24, 16), depth_channels=(8, 12, 16))
IMAGE = torch.rand(1, 3, 64, 96, generator=torch.Generator().manual_seed(1))
DEPTH_M = 2 + 50 * torch.rand(2, 1, 64, 96, generator=torch.Generator().manual_seed(2))


def answer(module: nn.Module, batch: Tensor) -> Tensor:
    assert isinstance(module, LidarselNet)
    found: Tensor = module.predict_log(module.encode(IMAGE), batch)
    return found


def lidarsel_subject(groups: str = "whole") -> Subject:
    net = LidarselNet(DESIGN, 3)
    for name, parameter in net.named_parameters():
        if name.startswith(("depth_branch.leave", "image_encoder.weights", "image_encoder.prior")):
            parameter.data *= 5
    sparse = torch.where(torch.rand(DEPTH_M.shape, generator=torch.Generator().manual_seed(3)) < 0.1, DEPTH_M, 0.0)
    couplings = couplings_of(DESIGN)
    units = units_of(couplings, "whole" if groups == "whole" else "remade")
    of_batch = Task(answer, lambda log_depth, batch: (log_depth - DEPTH_M.log()).abs().mean(), [sparse], 1)
    return Subject(net, couplings, units, of_batch)


NORMED_MAKERS = {f"image_encoder.down.{n}.{m}" for n in range(4) for m in ("0", "3.body.0", "3.body.3")} | {
    "image_encoder.stem.0",
    "image_encoder.to_weights.0",
    *(f"image_encoder.up.{n}.0" for n in range(3)),
}
"""Convolutions of lidarsel's network that a normalisation follows, as its code reads."""


@pytest.mark.parametrize("name", DESIGN.width_names())
def test_every_layer_of_lidarsels_network_scales_as_where_its_parts_are_made(name: str) -> None:
    """Sums too: each maker is scaled once, after its own normalisation if there is one."""
    of = lidarsel_subject("remade")
    assert isinstance(of.module, LidarselNet)
    (batch,) = of.used_for.batches
    whole = answer(of.module, batch)
    coupling = next(coupling for coupling in of.couplings if coupling.name == name)
    scale = 0.5 + torch.rand(coupling.width)
    found = ScaledNetwork(of)({name: scale}, batch)
    modules = dict(of.module.named_modules())
    for place in [*coupling.norms, *(maker for maker in coupling.makers if maker not in NORMED_MAKERS)]:
        modules[place].register_forward_hook(scaled_by(scale))
    expected = answer(of.module, batch)
    assert bool(((expected - whole).abs() > 1e-5).any())
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_a_unit_of_several_channels_at_zero_is_a_network_cut() -> None:
    of = lidarsel_subject()
    assert isinstance(of.module, LidarselNet)
    (batch,) = of.used_for.batches
    present = np.random.default_rng(0).random(len(of.units)) < 0.8
    for places in of.places.values():
        present[places[0]] = True
    scales = {layer: torch.from_numpy(present[places]).float() for layer, places in of.places.items()}
    cut = cut_network(of.module, kept_of(of.couplings, of.units, present))
    assert answer(cut, batch).shape == (2, 1, 64, 96)
    torch.testing.assert_close(ScaledNetwork(of)(scales, batch), answer(cut, batch), rtol=1e-4, atol=2e-5)


def test_layers_and_channels_that_no_unit_is_of_stay_whole() -> None:
    whole, (batch, *_) = network(), task().batches
    units = units_of(COUPLINGS, "whole", {"inner"})[:2]
    found = ScaledNetwork(Subject(whole, COUPLINGS, units, task()))({"inner": torch.ones(2)}, batch)
    torch.testing.assert_close(found, whole(batch[0]))
