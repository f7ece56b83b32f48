"""A mixture of experts trained by the same loop: its losses, its options, its weights in other commands."""

import json
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import torch

from lidarsel.completion.lidarsel_net.checkpoint import load_weights
from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.mixture import Routing
from lidarsel.completion.lidarsel_net.trainable import TrainableLidarselNet
from lidarsel.errors import UsageError
from lidarsel.training.batches import Batch, make_batch
from lidarsel.training.objective import Objective
from lidarsel.training.recipe import read_recipe
from tests.support.commands import assert_refused, lidarsel, succeeded
from tests.support.streets import SETTINGS, Streets
from tests.training.test_command import RECIPE

assert SETTINGS.design is not None
DESIGN = replace(SETTINGS.design, experts=4)
MIXED = msgspec.structs.replace(SETTINGS, design=DESIGN)


def test_the_routers_losses_are_added_to_that_of_the_depths() -> None:
    network = TrainableLidarselNet(DESIGN, 0)
    batch = make_batch(Streets(), MIXED, 0)
    whole = Objective(network, MIXED)(*batch).item()
    seen: list[Routing] = []
    with torch.no_grad():
        network.module.predict_log(
            network.module.encode(batch.image, batch.position), batch.sparse_depth_m, seen.append
        )
    own = float(seen[0].loss())
    plain = _without_own_loss(network)
    assert own > 0.01
    assert whole == pytest.approx(Objective(plain, MIXED)(*batch).item() + own, rel=1e-6)


def _without_own_loss(network: TrainableLidarselNet) -> TrainableLidarselNet:
    """The same weights, told of depths alone."""

    class Plain(TrainableLidarselNet):
        def log_depths(self, image, position, sparse_depth_m):  # type: ignore[no-untyped-def]
            return super().log_depths(image, position, sparse_depth_m)._replace(own_loss=None)

    return Plain(None, 0, network.module)


def test_the_loss_of_a_batch_is_the_mean_of_its_parts() -> None:
    """So several processes learn what one would."""
    objective = Objective(TrainableLidarselNet(DESIGN, 0), MIXED)
    whole = make_batch(Streets(), MIXED, 0)
    parts = [make_batch(Streets(), MIXED, 0, rank, 2) for rank in (0, 1)]
    assert all(isinstance(part, Batch) and len(part.image) == 1 for part in parts)
    mean = sum(objective(*part).item() for part in parts) / 2
    assert objective(*whole).item() == pytest.approx(mean, rel=1e-5)


def test_bfloat16_goes_the_way_of_float32() -> None:
    """Experts are chosen by the float32 of what they are given."""
    network, batch = TrainableLidarselNet(DESIGN, 0), make_batch(Streets(), MIXED, 0)
    half = Objective(network, msgspec.structs.replace(MIXED, precision="bfloat16"))(*batch)
    torch.autograd.backward(half)
    assert half.item() == pytest.approx(Objective(network, MIXED)(*batch).item(), rel=0.02)
    assert all(weight.grad is not None and weight.grad.isfinite().all() for weight in network.module.parameters())


def test_its_losses_balance_experts_that_were_not() -> None:
    """Of a router that sends nearly every cell to one expert."""
    network = TrainableLidarselNet(DESIGN, 0)
    assert network.module.depth_branch.router is not None
    judge = network.module.depth_branch.router.judge
    judge.get_parameter("bias").data[2] = 1.0
    batch = make_batch(Streets(), MIXED, 0)

    def busiest() -> float:
        with torch.no_grad():
            network.module.predict_log(
                network.module.encode(batch.image, batch.position), batch.sparse_depth_m, seen.append
            )
        chosen = seen.pop().chosen
        return float(torch.bincount(chosen.flatten(), minlength=4).max() / chosen.numel())

    seen: list[Routing] = []
    assert busiest() > 0.8
    optimiser = torch.optim.Adam(judge.parameters(), lr=0.02)
    for _ in range(80):
        told = network.log_depths(batch.image, batch.position, batch.sparse_depth_m).own_loss
        assert told is not None
        optimiser.zero_grad()
        torch.autograd.backward(told)
        optimiser.step()
    assert busiest() < 0.4


def test_options_make_the_design_and_override_that_of_a_recipe(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("data: simulated\ndesign: {experts: 2, granularity: 4}\n")
    assert read_recipe(recipe).settings().design == Design(experts=2, granularity=4)
    assert read_recipe(recipe, experts=8).settings().design == Design(experts=8, granularity=4)
    assert read_recipe(None, data="simulated", experts=4).settings().design == Design(experts=4)
    assert read_recipe(None, data="simulated").settings().design is None


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"experts": 0}, "experts: 0 is not at least 1"),
        ({"granularity": 2}, "granularity: 2 divides experts, and there is one"),
        ({"experts": 4, "granularity": 5}, "granularity: 5 does not divide the 48 channels"),
        ({"experts": 65}, "experts: 65 of granularity 1 are more than 64"),
    ],
)
def test_experts_that_cannot_be_are_named(given: dict[str, int], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        read_recipe(None, data="simulated", **given)


def test_a_mixture_is_trained_and_judged_by_commands(drives: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(f"data: {drives}\n{RECIPE}")
    options = ("--steps", 4, "--experts", 3, "--granularity", 2)
    succeeded(lidarsel("train", "--recipe", recipe, *options, "-o", "w.safetensors", cwd=tmp_path))
    design = load_weights(tmp_path / "w.safetensors").design
    assert (design.experts, design.granularity, design.width("experts")) == (3, 2, 6)
    asked = ("--weights", "w.safetensors", "--lines", "0-20", "--crop", "64x96", "--device", "cpu", "--json")
    judged = json.loads(succeeded(lidarsel("evaluate", drives, *asked, "-o", "r.json", cwd=tmp_path)))
    assert all(row["rmse_mm"] > 0 for row in judged["rows"])


def test_experts_on_top_of_other_weights_are_refused(drives: Path, tmp_path: Path) -> None:
    out = tmp_path / "w.safetensors"
    assert_refused(lidarsel("train", drives, "--experts", 4, "-o", out), "the design asked for", "--start scratch")
    assert_refused(lidarsel("train", drives, "--granularity", 2, "-o", out), "--granularity 2 divides experts")
    assert not list(tmp_path.iterdir())
