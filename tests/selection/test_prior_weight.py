"""A prior is trusted where it says what other frames would, and no further; and it is an interval model."""

from collections.abc import Iterable, Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from lidarsel.selection.base import Players, Problem
from lidarsel.selection.error_memory import ErrorMemory
from lidarsel.selection.gaps import GapPrior, among
from lidarsel.selection.interval_fit import fit_interval_model
from lidarsel.selection.prior_weight import STRENGTHS, prior_strength
from lidarsel.selection.registry import selector
from lidarsel.shapley.base import Request
from tests.support import games

N, K = 12, 4


def masks_of_size(k: int, count: int, seed: int) -> NDArray[np.bool_]:
    rng = np.random.default_rng(seed)
    return np.unique([np.isin(np.arange(N), rng.permutation(N)[:k]) for _ in range(count)], axis=0)


def prior_of(error: games.ErrorOf) -> GapPrior:
    masks = np.random.default_rng(1).random((300, N)) < np.linspace(0.1, 0.9, 300)[:, None]
    model = fit_interval_model(masks, error(masks), np.arange(N))
    return GapPrior(model.players, model.cost, model.constant, model.fit.power)


class Stretches:
    """What all frames share, and what each stretch of ``long`` neighbouring frames has of its own, in logarithms."""

    def __init__(self, shared: games.ErrorOf, own: float, n_frames: int = 24, long: int = 6) -> None:
        self.n_frames = n_frames
        self._shared, self._own, self._long = shared, own, long

    def on_frames(self, requests: Iterable[Request]) -> Iterator[NDArray[np.float64]]:
        for frame, subsets in requests:
            stretch = games.table(N, 1, frame // self._long).function(0, subsets) / 10  # standard normal
            yield self._shared(subsets) * np.exp(self._own * stretch)


def strength(errors: Stretches, prior: GapPrior) -> float:
    memory = ErrorMemory(errors, np.ones(N, bool), seed=0)
    masks = masks_of_size(K, 60, 3)
    memory.ask(masks, range(errors.n_frames))
    return prior_strength(memory, [masks], prior)


def test_a_true_prior_is_trusted_where_stretches_disagree() -> None:
    shared = games.nearest_errors(N, 0)
    assert strength(Stretches(shared, own=0.3), prior_of(shared)) == STRENGTHS[-1]


def test_a_false_prior_changes_no_choice_where_stretches_agree() -> None:
    shared, other = games.nearest_errors(N, 0), games.nearest_errors(N, 7)
    prior = prior_of(lambda masks: np.asarray(other(masks) ** 4))
    masks = masks_of_size(K, 60, 3)
    best, taken = shared(masks).argmin(), strength(Stretches(shared, own=0.0), prior)
    assert taken < STRENGTHS[-1]
    assert (np.log(shared(masks)) + STRENGTHS[-1] * prior.log_error(masks)).argmin() != best
    assert (np.log(shared(masks)) + taken * prior.log_error(masks)).argmin() == best


def test_too_few_frames_leave_no_block_out() -> None:
    shared = games.nearest_errors(N, 0)
    assert strength(Stretches(shared, own=0.3, n_frames=3), prior_of(shared)) == 0


def test_with_a_true_prior_the_choice_is_better_on_other_frames() -> None:
    """The mean over several games: other frames have what is shared, and nothing of these frames' own."""
    gained = []
    for seed in range(6):
        shared = games.nearest_errors(N, seed)
        problem = Problem(Players(np.ones(N)), error=Stretches(shared, own=0.3), evaluations=100, seed=seed)
        alone = selector("interval")(problem, [K])[K].players
        prior = prior_of(shared)
        informed = Problem(Players(np.ones(N)), error=problem.error, evaluations=100, seed=seed, prior=prior)
        found = selector("interval")(informed, [K])[K]
        assert "by what is expected of other frames" in found.notes[-1]
        both = shared(np.array([np.isin(np.arange(N), players) for players in (alone, found.players)]))
        gained.append(np.log(both[0] / both[1]))
    assert np.mean(gained) > 0.02


@pytest.mark.parametrize("players", [list(range(N)), [0, 3, 4, 11]])
def test_log_errors_and_slopes_are_those_of_the_model(players: list[int]) -> None:
    masks = np.random.default_rng(1).random((300, N)) < 0.4
    model = fit_interval_model(masks, games.nearest_errors(N, 2)(masks), np.arange(N))
    prior = GapPrior(model.players, model.cost, model.constant, model.fit.power)
    np.testing.assert_allclose(prior.log_error(masks), np.log(model.error(masks) / model.unit))
    some = np.array(players)
    np.testing.assert_allclose(prior.cost_among(some), model.cost_among(some))
    assert prior.slope(masks[0]) == pytest.approx(model.slope(masks[0]))
    dearer = GapPrior(model.players, model.cost + (model.cost > 0) * 1e-7, model.constant + 1e-7, model.fit.power)
    gaps = np.diff(np.flatnonzero(np.r_[True, masks[0], True])) > 1
    rise = dearer.log_error(masks[:1]) - prior.log_error(masks[:1])
    assert rise[0] == pytest.approx(prior.slope(masks[0]) * 1e-7 * (1 + gaps.sum()), rel=0.2)


def test_lines_at_one_place_have_no_gap_between_them() -> None:
    cost = np.triu(np.arange(25.0).reshape(5, 5), 1)
    found = among(cost, np.array([1, 1, 3]))
    assert found[1, 1] == 0, "between the first and the second"
    assert found[0, 0] == cost[0, 1]
    assert found[2, 2] == cost[2, 3]
    assert found[3, 3] == cost[4, 4]
