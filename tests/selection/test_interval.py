"""The interval model: what it recovers, what it says of itself, and how near the loop comes to the optimum."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import nnls

from lidarsel.errors import LidarselError, UsageError
from lidarsel.selection.base import Players, Problem
from lidarsel.selection.interval import draw_coalitions
from lidarsel.selection.interval_fit import fit_interval_model
from lidarsel.selection.interval_model import Fit, IntervalModel
from lidarsel.selection.registry import selector
from lidarsel.selection.room import Constraints, Room
from tests.support import games


def some_masks(n: int, count: int, seed: int) -> NDArray[np.bool_]:
    rng = np.random.default_rng(seed)
    return rng.random((count, n)) < rng.uniform(0.1, 0.9, (count, 1))


@pytest.mark.parametrize("power", [1.0, 2.0])
def test_the_errors_of_an_interval_game_are_recovered(power: float) -> None:
    error, weight, constant = games.band_errors(8, 0, power)
    masks = (np.arange(256)[:, None] >> np.arange(8)) % 2 == 1
    fitted = fit_interval_model(masks, error(masks), np.arange(8))
    assert fitted.fit.power == power
    assert fitted.fit.r2 > 0.999
    np.testing.assert_allclose(fitted.error(masks), error(masks), rtol=0.01)
    # the cost of a gap a..b - 1 is the weight of all bands inside it, here added up one by one
    expected = np.zeros((9, 9))
    for a, b in combinations(range(9), 2):
        expected[a, b] = sum(weight[i, j] for i in range(a, b) for j in range(i, b))
    scale = fitted.unit**power
    np.testing.assert_allclose(fitted.cost * scale, expected, atol=0.02 * expected.max())
    assert fitted.constant * scale == pytest.approx(constant, rel=0.05)


def test_new_subsets_are_foretold_as_well_as_the_fit_says() -> None:
    error = games.nearest_errors(16, 2)
    masks, fresh = some_masks(16, 400, 0), some_masks(16, 400, 1)
    model = fit_interval_model(masks, error(masks), np.arange(16))
    relative = model.error(fresh) / error(fresh) - 1
    assert np.sqrt(np.mean(relative**2)) < 1.2 * model.fit.relative_rms
    assert model.fit.relative_rms < 0.005
    against_constant = np.mean((error(fresh).mean() / error(fresh) - 1) ** 2)
    assert 1 - np.mean(relative**2) / against_constant == pytest.approx(model.fit.r2, abs=0.02)


def test_costs_are_never_negative_and_grow_with_the_gap() -> None:
    """Also for a game that rewards leaving lines out."""
    masks = some_masks(10, 200, 0)
    model = fit_interval_model(masks, 1 + masks.sum(1) / 10, np.arange(10))
    for cost in (model.cost, fit_interval_model(masks, games.lawless_errors(10, 0)(masks), np.arange(10)).cost):
        assert (cost >= 0).all()
        for a, b in combinations(range(11), 2):
            assert cost[a, b] >= cost[a, b - 1] - 1e-12
            assert cost[a, b] >= cost[min(a + 1, b), b] - 1e-12
    assert model.constant >= 0


def test_a_bad_fit_is_told() -> None:
    masks = np.unique(some_masks(10, 300, 0), axis=0)
    fit = fit_interval_model(masks, games.lawless_errors(10, 1)(masks), np.arange(10)).fit
    assert fit.r2 < 0.2
    assert "guide to these errors" in str(fit)
    masks = some_masks(16, 300, 0)
    fit = fit_interval_model(masks, games.nearest_errors(16, 0)(masks), np.arange(16)).fit
    assert fit.r2 > 0.97
    assert "poor guide" not in str(fit)
    assert f"R2 {fit.r2:.4f}" in str(fit)


def test_errors_of_zero_do_not_rule_the_fit() -> None:
    error, _, constant = games.band_errors(8, 3)
    masks = some_masks(8, 200, 0)
    masks[0] = True
    errors = error(masks) - constant
    assert errors[0] == 0
    model = fit_interval_model(masks, errors, np.arange(8))
    assert model.fit.r2 > 0.9
    far = errors > errors.mean()
    np.testing.assert_allclose(model.error(masks)[far], errors[far], rtol=0.15)


def test_like_keeps_power_and_ridge() -> None:
    masks = some_masks(12, 100, 0)
    errors = games.nearest_errors(12, 0)(masks)
    first = fit_interval_model(masks[:50], errors[:50], np.arange(12))
    again = fit_interval_model(masks[:50], errors[:50], np.arange(12), first.fit)
    np.testing.assert_array_equal(again.cost, first.cost)
    assert fit_interval_model(masks, errors, np.arange(12), first.fit).fit == first.fit


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("ridge", "within"), [(1.0, 1e-4), (1e-2, 1e-3), (1e-4, 2e-3)])
@pytest.mark.parametrize("power", [0.5, 1.0, 2.0, 3.0])
def test_the_fit_is_that_of_non_negative_least_squares(power: float, ridge: float, within: float, seed: int) -> None:
    """With every interval's indicator written out, and another solver (Lawson and Hanson 1974).

    within: of the root mean square relative difference; the fit stops early, which a small ridge feels most.
    """
    n = 8
    masks = some_masks(n, 120, seed)
    errors = games.nearest_errors(n, seed)(masks) * np.random.default_rng(seed).uniform(0.8, 1.25, len(masks))
    model = fit_interval_model(masks, errors, np.arange(n), Fit(0.0, 0.0, power, ridge, 0))

    intervals = [(a, b) for a in range(n) for b in range(a, n)]
    empty = np.array([[float(not mask[a : b + 1].any()) for a, b in intervals] for mask in masks])
    columns = np.column_stack([np.ones(len(masks)), empty])
    share = np.maximum(errors, 0.1 * errors.mean()) ** (-2 * power)
    share /= share.sum()
    raised = errors**power
    unit = np.sqrt(share @ (raised - share @ raised) ** 2)
    penalty = np.sqrt(ridge) * np.eye(1 + len(intervals))[1:]  # of all but the constant
    rows = np.vstack([np.sqrt(share)[:, None] * columns, penalty])
    solution, _ = nnls(rows, np.append(np.sqrt(share) * raised / unit, np.zeros(len(intervals))))
    assert solution[1:].max() > 0
    relative = model.error(masks) / (columns @ solution * unit) ** (1 / power) - 1
    assert np.sqrt(np.mean(relative**2)) < within


@pytest.mark.parametrize("errors", [[1.0], [1.0, -1.0], [1.0, np.inf], [0.0, 0.0]])
def test_what_cannot_be_fitted_is_refused(errors: list[float]) -> None:
    with pytest.raises(LidarselError, match="interval model needs"):
        fit_interval_model(np.eye(len(errors), 3, dtype=bool), np.array(errors), np.arange(3))


def test_draws_are_of_every_size_with_the_kept_and_without_the_dropped() -> None:
    room = Room(np.r_[np.ones(10, bool), False], Constraints(keep=(2,), drop=(5,)))
    masks = draw_coalitions(room, 33, 0)
    assert masks[:, 2].all()
    assert not masks[:, [5, 10]].any()
    assert sorted(masks[1:9].sum(1)) == list(range(2, 10))
    assert masks[0].sum() == 9
    np.testing.assert_array_equal(draw_coalitions(room, 12, 0)[:4], masks[:4])


def least(error: games.ErrorOf, n: int, k: int) -> float:
    masks = np.array([np.isin(np.arange(n), lines) for lines in combinations(range(n), k)])
    return float(error(masks).min())


@pytest.mark.parametrize("seed", range(3))
def test_the_loop_reaches_the_optimum_within_its_evaluations(seed: int) -> None:
    n, limit, asked = 14, 200, 0
    error = games.nearest_errors(n, seed)

    def counted(masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        nonlocal asked
        asked += len(masks)
        return error(masks)

    found = selector("interval")(Problem(Players(np.ones(n)), seed=seed, error=counted, evaluations=limit), (3, 5, 8))
    assert asked <= limit
    for k, selection in found.items():
        reached = float(error(np.isin(np.arange(n), selection.players)[None])[0])
        assert reached == pytest.approx(least(error, n, k), rel=1e-9), k
        assert isinstance(selection.insight, IntervalModel)
        assert selection.notes[0] == str(selection.insight.fit)


@pytest.mark.parametrize("limit", [16, 17, 40, 100])
def test_few_evaluations_for_many_budgets_are_not_exceeded(limit: int) -> None:
    asked: list[Any] = []

    def counted(masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        asked.extend(map(bytes, masks))
        return games.nearest_errors(30, 0)(masks)

    selector("interval")(Problem(Players(np.ones(30)), error=counted, evaluations=limit), range(1, 31))
    assert len(asked) == len(set(asked)) <= limit
    with pytest.raises(UsageError, match="at least 16 evaluations, not 15"):
        selector("interval")(Problem(Players(np.ones(30)), error=counted, evaluations=15), [3])


def test_known_evaluations_are_used_and_fewer_sets_drawn() -> None:
    n = 12
    error = games.nearest_errors(n, 0)
    masks = some_masks(n, 300, 5)
    known = (masks, error(masks))
    model_alone = Problem(Players(np.ones(n)), evaluated=known)
    found = selector("interval")(model_alone, [4])[4]
    assert found.notes[1] == "chosen by the model alone"
    reached = float(error(np.isin(np.arange(n), found.players)[None])[0])
    assert reached <= 1.05 * least(error, n, 4)

    asked: list[Any] = []

    def counted(some: NDArray[np.bool_]) -> NDArray[np.float64]:
        asked.extend(map(bytes, some))
        return error(some)

    problem = Problem(Players(np.ones(n)), error=counted, evaluations=60, evaluated=known)
    again = selector("interval")(problem, [4])[4]
    assert float(error(np.isin(np.arange(n), again.players)[None])[0]) <= reached
    assert len(asked) <= 60
    assert {sum(row) for row in asked} == {4}, "nothing was drawn"


def test_known_evaluations_with_dropped_lines_serve_too() -> None:
    """The model is of all lines seen; the choice is among those left."""
    n, drop = 12, (3, 4, 9)
    error = games.nearest_errors(n, 1)
    masks = some_masks(n, 400, 5)
    problem = Problem(Players(np.ones(n)), Constraints(drop=drop), evaluated=(masks, error(masks)))
    found = selector("interval")(problem, [4])[4]
    assert not set(drop) & set(found.players)
    sets = [lines for lines in combinations(range(n), 4) if not set(drop) & set(lines)]
    best = float(error(np.array([np.isin(np.arange(n), lines) for lines in sets])).min())
    assert float(error(np.isin(np.arange(n), found.players)[None])[0]) <= 1.05 * best


@pytest.mark.parametrize(
    ("r2", "relative_rms", "said"),
    [
        (0.9873, 0.052, "R2 0.9873 and relative error 5.2 % on held-out ones (power 0.5, ridge 0.001)"),
        (
            0.5,
            0.314,
            "R2 0.5000 and relative error 31 % on held-out ones (power 0.5, ridge 0.001); below 0.9 the model is a "
            "poor guide to these errors",
        ),
        (
            -4.97,
            2.2,
            "no better than one constant on held-out ones (R2 below 0), wrong by 220 % (power 0.5, ridge 0.001); it is "
            "no guide to these errors",
        ),
    ],
)
def test_how_well_the_model_fits_is_told_in_figures_that_can_be_read(r2: float, relative_rms: float, said: str) -> None:
    fit = Fit(r2=r2, relative_rms=relative_rms, power=0.5, ridge=1e-3, n_coalitions=256)
    assert str(fit) == f"model of 256 coalitions: {said}"
