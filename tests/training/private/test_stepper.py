"""A step of private training: exact gradients of each unit, restricted and clipped; masks that know no private data."""

import copy

import numpy as np
import pytest
import torch

from lidarsel.completion.lidarsel_net.network import LidarselNet, upsample_log_prior
from lidarsel.errors import LidarselError, UsageError
from lidarsel.frame import Frame
from lidarsel.privacy import mechanism
from lidarsel.privacy.masks import flat
from lidarsel.training.loss import split_loss
from lidarsel.training.private import stepper as steps
from tests.support.streets import Streets
from tests.training.private.tiny import DRIVES, private, stepper, units, weights_of

pytest.importorskip("opacus", reason="needs Opacus: pip install 'lidarsel[privacy]'")


def test_a_units_gradient_is_that_of_its_loss_alone() -> None:
    """By autograd on a copy of the network in the usual layout of memory, in float64, each unit by itself."""
    made = stepper(private(subsets_per_image=3))
    assert any(w.ndim == 4 and not w.is_contiguous() for w in made.state.weights.values())  # channels last
    network = copy.deepcopy(made.state.network.module).double()
    assert isinstance(network, LidarselNet)
    for weight in network.parameters():
        weight.data = weight.data.contiguous()
    for unit in range(len(made.units)):
        batch = made.units.sample(unit, made.settings, made.state.step)
        image, position, sparse_m, truth_m, swept = (x.double() if x.is_floating_point() else x for x in batch)
        network.zero_grad()
        features = network.encode(image, position)
        repeated = (truth_m.repeat_interleave(3, 0), swept.repeat_interleave(3, 0))
        loss = split_loss(network.predict_log(features, sparse_m), *repeated)
        loss = loss + made.settings.prior_weight * split_loss(upsample_log_prior(features), truth_m, swept)
        loss.backward()
        expected = torch.cat([weight.grad.flatten() for weight in network.parameters() if weight.grad is not None])
        found = made.gradient(unit).double()
        assert float(torch.linalg.vector_norm(found - expected) / torch.linalg.vector_norm(expected)) < 1e-4


def test_a_step_without_noise_is_gradient_descent_on_clipped_units(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mechanism, "draw_gaussian", np.zeros)
    made = stepper(private(images_per_step=9, share=0.3, learning_rate=0.5, gradient_clip=2.0))
    assert made.sampling_rate == 1
    before = flat(made.state.weights.values()).double()
    mask = made.masks.of_step(0, before)
    moved = torch.zeros_like(before)
    for unit in range(3):
        gradient = made.gradient(unit).double() * mask
        moved += gradient * min(1.0, 2.0 / float(torch.linalg.vector_norm(gradient))) / 2.0
    made.take_step()
    after = flat(made.state.weights.values()).double()
    torch.testing.assert_close(after, before - 0.5 * moved / 3, rtol=1e-5, atol=1e-6)
    assert torch.equal(after[~mask], before[~mask])


@pytest.mark.parametrize("by", ["random", "magnitude", "importance"])
def test_what_is_frozen_stays_as_it_was(by: str) -> None:
    made = stepper(private(share=0.1, share_by=by))
    before = flat(weights_of(made).values())
    for _ in made.go_on():
        pass
    fixed = made.masks.fixed
    for weights in (made.state.weights, made.state.average):
        assert torch.equal(flat(weights.values())[~fixed], before[~fixed])
        assert float((flat(weights.values())[fixed] != before[fixed]).float().mean()) > 0.9
    assert int(fixed.sum()) == round(0.1 * len(fixed))


@pytest.mark.parametrize("by", ["random", "magnitude"])
def test_with_drop_each_step_moves_weights_of_its_own(by: str) -> None:
    made = stepper(private(share=0.5, share_by=by, drop=0.8))
    seen = []
    for _ in range(2):
        before = flat(weights_of(made).values())
        mask = made.masks.of_step(made.state.step, before)
        made.take_step()
        assert not bool((flat(made.state.weights.values()) != before)[~mask].any())
        seen.append(mask)
    assert not bool((seen[0] & ~made.masks.fixed).any())
    assert int(seen[0].sum()) == round(0.2 * int(made.masks.fixed.sum()))
    if by == "random":
        assert not torch.equal(*seen)


class Neighbours(Streets):
    """The same streets, but that nothing of one drive is the same."""

    def frame(self, index: int) -> Frame:
        return Streets(self.count, first=500).frame(index) if DRIVES[index] == "c" else super().frame(index)


@pytest.mark.parametrize("by", ["random", "magnitude", "importance"])
def test_masks_are_the_same_for_neighbouring_data(by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is in a drive: those fixed at the start, and, given the weights, those of every step."""
    drop = {} if by == "importance" else {"drop": 0.5}
    one, other = (stepper(private(share=0.2, share_by=by, **drop), units(data)) for data in (Streets(6), Neighbours(6)))
    assert torch.equal(one.masks.fixed, other.masks.fixed)
    monkeypatch.setattr(steps, "draw_units", lambda count, rate: np.arange(count))
    monkeypatch.setattr(mechanism, "draw_gaussian", lambda count: np.random.default_rng(1).standard_normal(count))
    for made in (one, other):
        made.take_step()
    weights, others = (flat(made.state.weights.values()) for made in (one, other))
    assert not torch.equal(weights, others)  # the data were seen
    assert torch.equal(one.masks.of_step(1, weights), other.masks.of_step(1, weights))


def test_a_unit_moves_a_step_by_no_more_than_the_clip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mechanism, "draw_gaussian", np.zeros)
    monkeypatch.setattr(steps, "draw_units", lambda count, rate: np.arange(count))
    one, other = (stepper(private(learning_rate=1.0), units(data)) for data in (Streets(6), Neighbours(6)))
    for made in (one, other):
        made.take_step()
    apart = flat(one.state.weights.values()) - flat(other.state.weights.values())
    expected = one.sampling_rate * len(one.units)  # the number of units that a step is divided by
    assert (
        0 < float(torch.linalg.vector_norm(apart)) * expected <= 2 * (1 + 1e-4)
    )  # its own, and the other in its place


def test_steps_are_in_the_ledger() -> None:
    made = stepper(private())
    assert made.state.ledger is not None
    for number, _ in enumerate(made.go_on(), 1):
        assert made.state.ledger.steps == number
    (entry,) = made.state.ledger.entries
    assert (entry.noise_multiplier, entry.sampling_rate) == (made.noise_multiplier, made.sampling_rate)
    assert 0.98 * 8 <= made.statement().epsilon <= 8


def test_what_cannot_be_promised_is_refused() -> None:
    with pytest.raises(UsageError, match=r"--delta 0\.5 would let a training give away one of the 3 drives"):
        stepper(private(delta=0.5))
    with pytest.raises(LidarselError, match="weights are no numbers at step 1; lower the learning rate"):
        stepper(private(learning_rate=1e38)).take_step()
