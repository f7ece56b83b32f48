"""Experts of a mixture as players: what one is worth that no place asks for, by game and by rankings that learn."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.evaluation.channel_game import ChannelGame
from lidarsel.evaluation.store import EvaluationStore
from lidarsel.evaluation.stored import StoredGame
from lidarsel.importance.channels.rankings import RANKINGS
from lidarsel.importance.channels.subject import Learning, Subject
from lidarsel.shapley.registry import estimator
from lidarsel.shrinking.task import completion_task, task_frame
from tests.completion.lidarsel_net.mixtures import PLAIN, bias_of, network, router
from tests.evaluation.channels import channel_game

UNASKED = 2
EVERY_SET = ((np.arange(16)[:, None] >> np.arange(4)) & 1).astype(bool)


@pytest.fixture(scope="module")
def game() -> ChannelGame:
    """Of four experts, one of which no place asks for while there is another."""
    made = network(design=replace(PLAIN, experts=4))
    bias_of(router(made))[UNASKED] = -1e4
    return channel_game("experts", network=FrozenLidarselNet(made, "cpu"))


def test_an_expert_that_no_place_asks_for_is_worth_what_it_does_alone(game: ChannelGame, tmp_path: Path) -> None:
    """Its gain is nothing in any company, and comes first in a quarter of all orders."""
    error_mm = np.stack([game.errors(frame, EVERY_SET)[:, 0] for frame in range(len(game))]).mean(0)
    some = EVERY_SET.any(1) & ~EVERY_SET[:, UNASKED]
    np.testing.assert_array_equal(error_mm[some], error_mm[np.flatnonzero(some) | 1 << UNASKED])
    assert len(np.unique(error_mm[some])) == some.sum(), "the others have a say"
    with EvaluationStore.open(tmp_path / "store.sqlite") as store:
        found = estimator("exact")(StoredGame(game, store), 16 * len(game), seed=0)
    assert found.mean[UNASKED] == pytest.approx((error_mm[0] - error_mm[1 << UNASKED]) / 4)
    assert found.mean.sum() == pytest.approx(error_mm[0] - error_mm[-1])


@pytest.mark.parametrize("name", ["dirichlet", "taylor"])
def test_rankings_that_learn_find_nothing_in_it(game: ChannelGame, name: str) -> None:
    """For the one there is no gradient at all; for the other none but the prior's, which draws all alike."""
    task = completion_task([task_frame(game.frame(number), game.lines(number)) for number in range(len(game))])
    whole = game.network
    assert isinstance(whole, FrozenLidarselNet)
    module = whole.network.train()
    learning = Learning(draws=2, epochs=8, together=True)
    scores = RANKINGS[name].scores(Subject(module, whole.couplings, game.units, task, learning, seed=0))
    others = np.delete(scores, UNASKED)
    assert scores[UNASKED] < 0.8 * others.mean()
    assert scores[UNASKED] == 0 if name == "taylor" else scores[UNASKED] > 0
