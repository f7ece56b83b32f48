"""How sure a choice is, on games whose answer is known: lines that stand in for each other, and lines that do not.

Lines 0 and 7 of eight must be in; 3 and 4 are worth the same in the mean, one on some frames and the other on others.
"""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lidarsel.selection.base import Players, Problem
from lidarsel.selection.interval_fit import fit_interval_model
from lidarsel.selection.interval_refit import refit_interval_model
from lidarsel.selection.registry import selector
from lidarsel.selection.resampling import drive_weights, resampled_weights, weights_of_drives
from lidarsel.selection.room import Constraints
from lidarsel.selection.stability import RESAMPLES, Evidence, as_good, inclusion, losses_between_drives
from tests.support import games

N, FRAMES = 8, 24
EVERY_SET = ((np.arange(2**N)[:, None] >> np.arange(N)) & 1).astype(bool)


def evidence(apart: float, drives: list[str] | None = None) -> Evidence:
    """Errors of every set on every frame: a sum over what is left out. apart: how much more 4 is worth than 3.

    Their values by frame are these worths, as errors are additive but for the band 3-4, which costs 20 where both miss.
    """
    rng = np.random.default_rng(0)
    favour = rng.standard_normal(FRAMES)
    favour -= favour.mean()
    worth = np.tile([50.0, 0.5, 0.5, 2.0, 2.0, 0.5, 0.5, 40.0], (FRAMES, 1))
    worth[:, 3] += favour
    worth[:, 4] += apart - favour
    errors = 10 + worth @ ~EVERY_SET.T + 20 * (~EVERY_SET[:, 3:5]).all(1)
    values = worth + np.isin(np.arange(N), [3, 4]) * 20 / 2
    return Evidence(drives or ["a"] * FRAMES, EVERY_SET, errors, values)


def asked_again(
    method: str, apart: float, constraints: Constraints | None = None, count: int = RESAMPLES
) -> np.ndarray:
    given = evidence(apart)

    def error(masks: np.ndarray) -> np.ndarray:
        return np.asarray(given.errors.mean(0)[masks @ (1 << np.arange(N))])

    assert given.values is not None
    players = Players(np.ones(N), given.values.mean(0))
    problem = Problem(players, constraints or Constraints(), seed=3, error=error, evaluations=128)
    chosen = selector(method)(problem, [3])
    found = inclusion(problem, method, chosen, given, count)[3]
    assert found is not None
    return found


@pytest.mark.parametrize("method", ["interval", "exhaustive", "greedy", "shapley"])
def test_lines_that_stand_in_for_each_other_are_in_half_of_the_time(method: str) -> None:
    found = asked_again(method, apart=0.0)
    assert (found[[0, 7]] == 1).all()
    assert 0.3 <= found[3] <= 0.7
    assert found[3] + found[4] == pytest.approx(1)
    assert found[[1, 2, 5, 6]].sum() == pytest.approx(0)


def test_a_model_is_fitted_again_to_sets_that_raced_on_some_frames_alone() -> None:
    whole = evidence(apart=0.0)
    rng = np.random.default_rng(1)
    unknown = (rng.random(whole.errors.shape) < 0.6) & (EVERY_SET.sum(1) != 3)
    raced = Evidence(whole.drives, EVERY_SET, np.where(unknown, np.nan, whole.errors), whole.values)
    problem = Problem(Players(np.ones(N)), seed=3, evaluated=(EVERY_SET, whole.errors.mean(0)))
    chosen = selector("interval")(problem, [3])
    found = inclusion(problem, "interval", chosen, raced)[3]
    assert found is not None
    assert (found[[0, 7]] == 1).all()
    assert 0.2 <= found[3] <= 0.8
    assert len(raced.of_size(problem, 3)[0]) == 56
    assert len(raced.of_size(problem, 4)[0]) < 70
    np.testing.assert_array_equal(raced.filled()[~unknown], whole.errors[~unknown])
    np.testing.assert_allclose(raced.filled().mean(0), whole.errors.mean(0), rtol=0.1)


@pytest.mark.parametrize("method", ["interval", "exhaustive", "greedy", "shapley", "sas-region"])
def test_a_set_that_dominates_is_always_in(method: str) -> None:
    np.testing.assert_array_equal(asked_again(method, apart=6.0), [1, 0, 0, 0, 1, 0, 0, 1])


def test_spaced_is_asked_for_its_own_offsets_alone() -> None:
    found = asked_again("spaced", apart=6.0)
    offsets = [
        set(some) for some in combinations(range(N), 3) if set(np.diff(some)) <= {2, 3} and some[2] - some[0] >= 5
    ]
    assert set(np.flatnonzero(found)) in offsets
    assert found.sum() == pytest.approx(3)


def test_a_set_without_a_rival_is_not_said_to_be_chosen_again() -> None:
    whole = evidence(0.0)
    one = Evidence(whole.drives, EVERY_SET[[137]], whole.errors[:, [137]], whole.values)
    problem = Problem(Players(np.ones(N)), seed=3, evaluated=(EVERY_SET, whole.errors.mean(0)))
    chosen = selector("interval")(problem, [3])
    assert inclusion(problem, "exhaustive", chosen, one) == {3: None}


def test_methods_that_frames_do_not_change_say_nothing() -> None:
    given = evidence(0.0)
    for method in ("random", "densest"):
        problem = Problem(Players(np.ones(N)), error=lambda masks: np.ones(len(masks)))
        chosen = selector(method)(problem, [3, 5])
        assert inclusion(problem, method, chosen, given) == {3: None, 5: None}


@pytest.mark.parametrize("method", ["interval", "exhaustive", "shapley"])
def test_one_frame_is_not_said_to_have_been_drawn_again(method: str) -> None:
    whole = evidence(0.0)
    assert whole.values is not None
    one = Evidence(["a"], EVERY_SET, whole.errors[:1], whole.values[:1])
    problem = Problem(Players(np.ones(N), whole.values[0]), seed=3, evaluated=(EVERY_SET, one.errors[0]))
    chosen = selector("interval")(problem, [3])
    assert inclusion(problem, method, chosen, one) == {3: None}


def test_the_same_seed_gives_the_same_shares_and_constraints_hold() -> None:
    np.testing.assert_array_equal(asked_again("interval", 0.0, count=20), asked_again("interval", 0.0, count=20))
    kept = asked_again("exhaustive", 0.0, Constraints(keep=(1,), drop=(3,)))
    assert (kept[1], kept[3]) == (1, 0)


def test_sets_as_good_are_those_that_paired_frames_cannot_tell_apart() -> None:
    given = evidence(0.0)
    sets, errors = given.of_size(Problem(Players(np.ones(N))), 3)
    assert sorted(sets) == sorted(combinations(range(N), 3))
    alike = as_good(given, errors)
    assert {some for some, good in zip(sets, alike, strict=True) if good} == {(0, 3, 7), (0, 4, 7)}


def test_between_drives_each_drive_counts_the_same() -> None:
    """Against Student's paired test of the means of drives."""
    drives = ["a"] * 12 + ["b"] * 3 + ["c"] * 9
    rng = np.random.default_rng(1)
    errors = 100 + rng.standard_normal((FRAMES, 6)) + [0, 0, 0.5, 1, 2, 9]
    of_drive = np.array([errors[np.array(drives) == name].mean(0) for name in "abc"])
    best = of_drive.mean(0).argmin()
    others = [place for place in range(6) if place != best]
    p = {place: stats.ttest_rel(of_drive[:, place], of_drive[:, best]).pvalue for place in others}
    expected = [place == best or p[place] >= 0.05 for place in range(6)]
    assert as_good(Evidence(drives, EVERY_SET[:6], errors), errors).tolist() == expected
    assert expected.count(False) > 0


def test_of_one_frame_only_the_best_is_as_good() -> None:
    errors = np.array([[3.0, 1.0, 1.5]])
    assert as_good(Evidence(["a"], EVERY_SET[:3], errors), errors).tolist() == [False, True, False]


def test_losses_between_drives_by_hand() -> None:
    """Drive a is best with set 0, b and c with 1: on a the others' choice costs a half, on b and c that of a is out."""
    drives = ["a", "a", "a", "b", "c"]
    errors = np.array(
        [[8.0, 15.0, 99.0], [10.0, 15.0, 99.0], [12.0, 15.0, 99.0], [12.0, 10.0, 9.0], [11.0, 10.0, 99.0]]
    )
    losses = losses_between_drives(Evidence(drives, EVERY_SET[:3], errors), errors)
    # left out a: means of b and c are 11.5, 10, 54: set 1, 15 / 10; left out b: of a and c 10.5, 12.5: set 0, 12 / 9;
    # left out c: of a and b 11, 12.5: set 0, 11 / 10
    assert losses == pytest.approx({"a": 0.5, "b": 1 / 3, "c": 0.1})
    assert losses_between_drives(Evidence(["a"] * 5, EVERY_SET[:3], errors), errors) == {}


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=30), st.integers(0, 99))
def test_weights_of_frames(names: list[str], seed: int) -> None:
    drives = sorted(names)
    weights = drive_weights(drives)
    for name in set(drives):
        assert weights[np.array(drives) == name].sum() == pytest.approx(1 / len(set(drives)))
    assert (weights_of_drives(drives) is None) == (len(set(map(drives.count, drives))) == 1)
    drawn = resampled_weights(drives, 5, seed)
    np.testing.assert_allclose(drawn.sum(1), 1)
    if len(set(drives)) > 1:  # whole drives
        for name in set(drives):
            of_drive = drawn[:, np.array(drives) == name]
            np.testing.assert_allclose(of_drive, of_drive[:, :1] * np.ones(of_drive.shape[1]))


def test_frames_of_a_drive_are_drawn_in_blocks_from_anywhere() -> None:
    drawn = 16 * resampled_weights(["a"] * 16, 4000, 0)
    np.testing.assert_allclose(drawn.mean(0), 1, atol=0.05)
    # a drawn frame comes with those of its block of four: the next one is in at least 3 times of 4, not 1 - (15/16)^16
    there = drawn > 0
    beside = (there & np.roll(there, 1, axis=1)).sum() / there.sum()
    assert beside > 0.8


def test_a_model_fitted_again_is_that_of_the_repeated_sets() -> None:
    """Against a fit from nothing to the same errors, every set written as often as it counts."""
    error, _, _ = games.band_errors(10, seed=4)
    masks = np.random.default_rng(2).random((160, 10)) < 0.5
    first, other = error(masks), error(masks) * np.exp(0.1 * np.random.default_rng(3).standard_normal(160))
    model = fit_interval_model(masks, first, np.arange(10))
    times = np.random.default_rng(5).integers(0, 3, 160)
    again = refit_interval_model(model, masks, other, times)
    rows = np.repeat(np.arange(160), times)
    plain = fit_interval_model(masks[rows], other[rows], np.arange(10), model.fit)
    np.testing.assert_allclose(again.error(masks[rows]), plain.error(masks[rows]), rtol=5e-3)
    assert np.abs(again.error(masks) / model.error(masks) - 1).max() > 0.02, "the errors differ, so must the models"
