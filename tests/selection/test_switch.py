"""The learned Dirichlet distribution over lines, one for all frames or by frame: what it learns and leaves alone."""

import itertools
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import ArrayLike, NDArray

from lidarsel.completion.lidarsel_net.checkpoint import weights_sha256
from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.selection.base import Players, Problem
from lidarsel.selection.error_memory import ErrorMemory
from lidarsel.selection.importance import Importance, learn_importance
from lidarsel.selection.local_importance import LocalImportance, learn_local_importance
from lidarsel.selection.registry import selector
from lidarsel.selection.room import Constraints, Room


def problem(worth: ArrayLike, **given: Any) -> Problem:
    """An additive game: what is left out costs its worth."""
    worth = np.asarray(worth, float)
    return Problem(Players((worth > 0).astype(float)), error=lambda masks: (~masks) @ worth + 1.0, **given)


def test_what_is_worth_more_gains_importance() -> None:
    worth = np.array([1, 1, 1, 30, 1, 20, 1, 1, 25, 1.0])
    room = Room(np.ones(10, bool), Constraints())
    error = ErrorMemory(lambda masks: (~masks) @ worth, np.ones(10, bool))
    found = learn_importance(error, room, [3], 800, seed=0)
    assert found.mean.sum() == pytest.approx(1)
    assert set(np.argsort(-found.mean)[:3]) == {3, 5, 8}
    assert found.mean[[3, 5, 8]].min() > 2 * np.delete(found.mean, [3, 5, 8]).max()
    assert (found.spread > 0).all()
    assert (found.spread < found.mean + 0.3).all()


def test_lines_worth_the_same_keep_the_same_importance() -> None:
    room = Room(np.ones(8, bool), Constraints())
    error = ErrorMemory(lambda masks: (~masks).sum(1) + 1.0, np.ones(8, bool))
    found = learn_importance(error, room, [4], 800, seed=0)
    np.testing.assert_allclose(found.mean, 1 / 8, rtol=1e-3)  # every draw has the same error: the prior stays


def test_the_selector_keeps_the_constraints_and_repeats_itself() -> None:
    worth = [5, 0, 9, 1, 1, 7, 3, 3]
    given = problem(worth, constraints=Constraints(keep=(4,), drop=(2,)), evaluations=400)
    one, two = (selector("switch")(given, [3, 5]) for _ in range(2))
    assert {budget: found.players for budget, found in one.items()} == {k: f.players for k, f in two.items()}
    assert one[3].players == (0, 4, 5)
    assert "greatest importance" in one[3].notes[0]
    assert not set(one[5].players) & {1, 2}
    learned = one[3].insight
    assert isinstance(learned, Importance)
    assert learned is one[5].insight
    assert learned.players.tolist() == [0, 3, 4, 5, 6, 7]
    assert learned.mean.shape == learned.spread.shape == learned.players.shape


NEEDED = ((1, 4, 7), (0, 5, 10))
"""The lines that the two kinds of frames need."""
N = 12
EVERYTHING = Room(np.ones(N, bool), Constraints())


def frames_of_two_kinds(n_frames: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What leaving a line out costs on each frame (F, N), and features (F, N, 2): the kind, unclearly, and noise."""
    rng = np.random.default_rng(seed)
    kinds = np.arange(n_frames) % 2
    worth = np.ones((n_frames, N))
    for frame, kind in enumerate(kinds):
        worth[frame, list(NEEDED[kind])] = 20
    told = kinds[:, None] + 0.3 * rng.normal(size=(n_frames, N))
    return worth, np.stack([told, rng.normal(size=(n_frames, N))], axis=2)


def most_important(found: Importance, budget: int) -> tuple[int, ...]:
    return tuple(sorted(found.players[np.argsort(-found.mean)[:budget]].tolist()))


@pytest.mark.parametrize("seed", range(3))
def test_by_frame_each_kind_keeps_its_lines_which_no_one_set_for_all_can(seed: int) -> None:
    worth, features = frames_of_two_kinds(8, seed)
    learned = learn_local_importance(lambda f, masks: (~masks) @ worth[f], features, EVERYTHING, [3], 256, seed)
    fresh_worth, fresh = frames_of_two_kinds(10, 100 + seed)
    chosen = [most_important(learned.of(frame), 3) for frame in fresh]
    assert chosen == [NEEDED[frame % 2] for frame in range(10)]
    best_fixed = min(
        fresh_worth.mean(0).sum() - fresh_worth.mean(0)[list(s)].sum() for s in itertools.combinations(range(N), 3)
    )
    by_frame = np.mean([cost.sum() - cost[list(lines)].sum() for cost, lines in zip(fresh_worth, chosen, strict=True)])
    assert by_frame < best_fixed - 20

    error = ErrorMemory(lambda masks: (~masks) @ worth.mean(0), np.ones(N, bool))
    of_all = most_important(learn_importance(error, EVERYTHING, [3], 256, seed), 3)
    assert fresh_worth.mean(0).sum() - fresh_worth.mean(0)[list(of_all)].sum() >= best_fixed


def test_by_frame_importance_is_a_distribution_over_the_candidates_and_repeats_itself() -> None:
    worth, features = frames_of_two_kinds(4, 0)
    room = Room(np.arange(N) != 11, Constraints(keep=(3,), drop=(4,)))

    def learn() -> LocalImportance:
        return learn_local_importance(lambda f, masks: (~masks) @ worth[f], features, room, [3, 5], 64, 5)

    one, two = learn(), learn()
    for frame in features:
        found = one.of(frame)
        assert found.players.tolist() == room.candidates.tolist()
        assert found.mean.sum() == pytest.approx(1)
        assert ((found.mean > 0) == (found.players != 3)).all()
        assert ((found.spread > 0) == (found.players != 3)).all()
        assert found.mean.tobytes() == two.of(frame).mean.tobytes()


def test_where_frames_do_not_differ_all_have_one_importance() -> None:
    worth, features = frames_of_two_kinds(4, 0)
    same = np.broadcast_to(features[0], features.shape)
    learned = learn_local_importance(lambda f, masks: (~masks) @ worth[f], same, EVERYTHING, [3], 64, 0)
    np.testing.assert_array_equal(learned.of(features[0]).mean, learned.of(features[1]).mean)


def test_every_draw_keeps_what_must_be_kept_and_a_budgets_number_of_lines() -> None:
    worth, features = frames_of_two_kinds(3, 1)
    room = Room(np.arange(N) != 11, Constraints(keep=(3,), drop=(4,)))
    asked: list[Any] = []

    def error_on(frame: int, masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        asked.extend((frame, *map(int, np.flatnonzero(mask))) for mask in masks)
        return (~masks) @ worth[frame]

    learn_local_importance(error_on, features, room, [3, 5], 64, 0)
    assert {frame for frame, *_ in asked} == {0, 1, 2}
    assert {len(lines) for _, *lines in asked} == {3, 5}
    assert all(3 in lines and not {4, 11} & set(lines) for _, *lines in asked)
    assert max(sum(frame == other for other, *_ in asked) for frame in range(3)) <= 64


@pytest.mark.parametrize("local", [False, True])
def test_frozen_means_frozen_and_the_global_generator_is_left_as_it_was(local: bool) -> None:
    """Through lidarsel's own network: its weights, buffers and gradients are what they were."""
    net = LidarselNet(Design(image_channels=(8, 8, 16, 16, 16), depth_channels=(16, 16, 16)))
    network = FrozenLidarselNet(net, "cpu")
    before = weights_sha256(net.design, net.state_dict())
    bytes_before = [tensor.numpy().tobytes() for tensor in net.state_dict().values()]
    generator = np.random.default_rng(0)
    features = network.encode(torch.from_numpy(generator.random((1, 3, 64, 64), np.float32)))
    depth = torch.from_numpy(generator.uniform(3, 30, (64, 64)).astype(np.float32))

    def error(masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        kept = torch.zeros(len(masks), 1, 64, 64)
        for sparse, mask in zip(kept, masks, strict=True):
            for line in np.flatnonzero(mask):
                sparse[0, 8 * line + 4] = depth[8 * line + 4]
        return (network.complete(features, kept) - depth).square().mean((1, 2, 3)).sqrt().numpy().astype(float)

    state = torch.random.get_rng_state()
    if local:
        room = Room(np.ones(8, bool), Constraints())
        learn_local_importance(lambda frame, masks: error(masks), generator.random((2, 8, 3)), room, [4], 24, 0)
    else:
        found = selector("switch")(Problem(Players(np.ones(8)), error=error, evaluations=48), [4])
        assert len(found[4].players) == 4
    assert torch.equal(torch.random.get_rng_state(), state)
    assert weights_sha256(net.design, net.state_dict()) == before
    assert [tensor.numpy().tobytes() for tensor in net.state_dict().values()] == bytes_before
    assert all(weight.grad is None and not weight.requires_grad for weight in net.parameters())
