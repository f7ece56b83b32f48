"""The learned Dirichlet distribution over lines: its probabilities, what it learns, and what it leaves alone."""

import itertools

import numpy as np
import pytest
import torch

from lidarsel.completion.checkpoint import weights_sha256
from lidarsel.completion.design import Design
from lidarsel.completion.frozen import FrozenLidarselNet
from lidarsel.completion.network import LidarselNet
from lidarsel.selection.base import Players, Problem
from lidarsel.selection.evaluated import Evaluated
from lidarsel.selection.importance import _log_probability, learn_importance
from lidarsel.selection.registry import selector
from lidarsel.selection.room import Constraints, Room


def problem(worth, **given):
    """An additive game: what is left out costs its worth."""
    worth = np.asarray(worth, float)
    return Problem(Players((worth > 0).astype(float)), error=lambda masks: (~masks) @ worth + 1.0, **given)


def test_probabilities_are_plackett_luces():
    s = np.array([0.1, 0.2, 0.3, 0.4])
    log_s = torch.from_numpy(np.log(s))[None]
    orders = list(itertools.permutations(range(4), 2))
    found = [float(_log_probability(log_s, torch.tensor([order])).exp()) for order in orders]
    assert found == pytest.approx([s[a] * s[b] / (1 - s[a]) for a, b in orders])
    assert sum(found) == pytest.approx(1)


def test_what_is_worth_more_gains_importance():
    worth = np.array([1, 1, 1, 30, 1, 20, 1, 1, 25, 1.0])
    room = Room(np.ones(10, bool), Constraints())
    error = Evaluated(lambda masks: (~masks) @ worth, np.ones(10, bool))
    found = learn_importance(error, room, [3], 800, seed=0)
    assert found.mean.sum() == pytest.approx(1)
    assert set(np.argsort(-found.mean)[:3]) == {3, 5, 8}
    assert found.mean[[3, 5, 8]].min() > 2 * np.delete(found.mean, [3, 5, 8]).max()
    assert (found.spread > 0).all()
    assert (found.spread < found.mean + 0.3).all()


def test_lines_worth_the_same_keep_the_same_importance():
    room = Room(np.ones(8, bool), Constraints())
    error = Evaluated(lambda masks: (~masks).sum(1) + 1.0, np.ones(8, bool))
    found = learn_importance(error, room, [4], 800, seed=0)
    np.testing.assert_allclose(found.mean, 1 / 8, rtol=1e-3)  # every draw has the same error: the prior stays


def test_the_selector_keeps_the_constraints_and_repeats_itself():
    worth = [5, 0, 9, 1, 1, 7, 3, 3]
    given = problem(worth, constraints=Constraints(keep=(4,), drop=(2,)), evaluations=400)
    one, two = (selector("switch")(given, [3, 5]) for _ in range(2))
    assert {budget: found.lines for budget, found in one.items()} == {k: f.lines for k, f in two.items()}
    assert one[3].lines == (0, 4, 5)
    assert "greatest importance" in one[3].notes[0]
    assert not set(one[5].lines) & {1, 2}


def test_frozen_means_frozen_and_the_global_generator_is_left_as_it_was():
    """Through lidarsel's own network: its weights, buffers and gradients are what they were."""
    net = LidarselNet(Design(image_channels=(8, 8, 16, 16, 16), depth_channels=(16, 16, 16)))
    network = FrozenLidarselNet(net, "cpu")
    before = weights_sha256(net.design, net.state_dict())
    generator = np.random.default_rng(0)
    features = network.encode(torch.from_numpy(generator.random((1, 3, 64, 64), np.float32)))
    depth = torch.from_numpy(generator.uniform(3, 30, (64, 64)).astype(np.float32))

    def error(masks):
        kept = torch.zeros(len(masks), 1, 64, 64)
        for sparse, mask in zip(kept, masks, strict=True):
            for line in np.flatnonzero(mask):
                sparse[0, 8 * line + 4] = depth[8 * line + 4]
        return (network.complete(features, kept) - depth).square().mean((1, 2, 3)).sqrt().numpy().astype(float)

    state = torch.random.get_rng_state()
    found = selector("switch")(Problem(Players(np.ones(8)), error=error, evaluations=48), [4])
    assert len(found[4].lines) == 4
    assert torch.equal(torch.random.get_rng_state(), state)
    assert weights_sha256(net.design, net.state_dict()) == before
    assert all(weight.grad is None and not weight.requires_grad for weight in net.parameters())
