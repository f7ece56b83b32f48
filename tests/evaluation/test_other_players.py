"""Players that are no lines and have no order, through store, engine, estimators and selectors."""

import ast
import os
import re
from collections.abc import Iterator
from dataclasses import fields
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lidarsel.errors import UsageError
from lidarsel.evaluation.base import EvaluationKey, Game
from lidarsel.evaluation.engine import Job, ProcessEngine
from lidarsel.evaluation.ray_worker import RayWorker
from lidarsel.evaluation.store import EvaluationStore
from lidarsel.evaluation.store_upkeep import look_into
from lidarsel.evaluation.stored import StoredGame
from lidarsel.selection.base import Players, Problem
from lidarsel.selection.registry import NAMES as METHODS
from lidarsel.selection.registry import selector
from lidarsel.selection.room import Constraints
from lidarsel.shapley.registry import ESTIMATORS, estimator
from tests.evaluation.modules import BATCHES, Modules, ModulesSpec
from tests.support.commands import ROOT

N = 6
EVERY_SET = ((np.arange(2**N)[:, None] >> np.arange(N)) & 1).astype(bool)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EvaluationStore]:
    with EvaluationStore.open(tmp_path / "evaluations.sqlite") as opened:
        yield opened


def test_a_stored_game_gives_the_errors_and_asks_for_each_busy_set_once(store: EvaluationStore) -> None:
    game = Modules()
    stored = StoredGame(game, store, "mae")
    assert (stored.n_players, stored.n_frames, stored.ordered) == (N, 3, False)
    for _ in range(2):
        found = list(stored.errors_many((frame, EVERY_SET) for frame in range(3)))
    members = [{int(p) for p in np.flatnonzero(row)} for row in EVERY_SET]
    for frame in range(3):
        expected = [game.rmse(frame, some) for some in members]
        np.testing.assert_allclose(found[frame], np.outer(expected, [1, 1 / 2, 1 / 3, 1 / 4]))
        assert sum(len(sets) for number, sets in game.asked if number == frame) == 2 ** game.active(frame).sum()
    np.testing.assert_allclose(stored.mean_errors(EVERY_SET), [game.mean_rmse(some) / 2 for some in members])


@pytest.mark.usefixtures("put_back")
def test_the_process_engine_and_a_worker_give_the_same_bytes() -> None:
    game = Modules()
    engine, worker = ProcessEngine(game), RayWorker(ModulesSpec(), 1)
    assert worker.open() == os.getpid()
    for number, name in enumerate(BATCHES):
        engine.submit(Job(number, name, game.digest(number), game.key, EVERY_SET))
        job, errors = engine.collect()
        assert job.frame_id == name
        np.testing.assert_array_equal(errors, worker.errors(name, game.digest(number), game.key, EVERY_SET))


@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_estimator_gives_the_mean_over_all_orders(name: str, store: EvaluationStore) -> None:
    game = Modules()
    truth = game.shapley_values()
    for evaluations in (3 * 2**N, 150):
        if name == "exact" and evaluations < 3 * 2**N:
            continue
        found = estimator(name)(StoredGame(game, store), evaluations, seed=4)
        apart = np.abs(found.mean - truth.mean(0))
        assert np.all(apart <= 1e-9) or (name != "exact" and np.all(apart <= 4 * found.standard_error))
        np.testing.assert_allclose(found.per_frame.sum(1), truth.sum(1))


def problem(game: Modules, stored: StoredGame[Modules], constraints: Constraints | None = None) -> Problem:
    value = game.shapley_values().mean(0)
    players = Players(np.ones(N), value, np.ones(N), game.players.kind, game.players.ordered)
    return Problem(players, constraints or Constraints(), seed=2, error=stored.mean_errors, evaluations=200)


def best(game: Modules, budget: int, of: set[int]) -> tuple[int, ...]:
    return min(combinations(sorted(of), budget), key=lambda some: game.mean_rmse(set(some)))


IN_ORDER = {"spaced", "sas-region", "sas-separation", "sas", "interval"}


@pytest.mark.parametrize("method", METHODS)
def test_every_selector_chooses_modules_or_says_that_they_have_no_order(method: str, store: EvaluationStore) -> None:
    game = Modules()
    asked = problem(game, StoredGame(game, store), Constraints(keep=(1,), drop=(4,)))
    if method in IN_ORDER:
        with pytest.raises(UsageError, match=f"method {method} goes by the order of modules, which have none"):
            selector(method)(asked, [2, 3])
        return
    assert not selector(method).needs_order
    for budget, selection in selector(method)(asked, [2, 3]).items():
        chosen = set(selection.players)
        assert len(selection.players) == len(chosen) == budget
        assert 1 in chosen
        assert 4 not in chosen
        if method in ("exhaustive", "greedy-backward"):
            with_kept = [{1, *some} for some in combinations((0, 2, 3, 5), budget - 1)]
            assert game.mean_rmse(chosen) == pytest.approx(min(map(game.mean_rmse, with_kept)))


def test_without_constraints_the_best_set_is_found(store: EvaluationStore) -> None:
    game = Modules()
    for budget in range(1, N):
        found = selector("exhaustive")(problem(game, StoredGame(game, store)), [budget])[budget]
        assert found.players == best(game, budget, set(range(N)))


@pytest.mark.parametrize(
    ("constraints", "budget", "message"),
    [
        (Constraints(keep=(6,)), 2, r"--keep 6: there are modules 0\.\.5"),
        (Constraints(min_gap=2), 2, "--min-gap 2: modules have no order"),
        (Constraints(keep=(2,), drop=(2,)), 2, "module 2 is both"),
        (Constraints(), 7, "a budget of 7 modules makes no sense"),
        (Constraints(drop=(0, 1)), 5, "a budget of 5 modules cannot be filled"),
    ],
)
def test_refusals_call_the_players_what_they_are(constraints: Constraints, budget: int, message: str) -> None:
    asked = Problem(Players(np.ones(N), kind="module", ordered=False), constraints)
    with pytest.raises(UsageError, match=message):
        selector("densest")(asked, [budget])


def test_a_selector_without_errors_says_what_the_caller_would_have_done() -> None:
    asked = Problem(Players(np.ones(N), kind="module", ordered=False), without_error="give a benchmark")
    with pytest.raises(UsageError, match=r"method greedy evaluates the sets of modules that .*; give a benchmark"):
        selector("greedy")(asked, [2])


def test_lines_and_modules_in_one_store_never_answer_for_each_other(store: EvaluationStore) -> None:
    """Twelve of each, of the same frames, network, crop and device: nothing but the kind of the players tells them."""
    names = tuple(f"number {number}" for number in range(12))
    games = [Modules("line", names, seed=1), Modules("module", names, seed=2)]
    assert [f.name for f in fields(EvaluationKey) if len({getattr(g.key, f.name) for g in games}) > 1] == ["players"]
    sets = np.random.default_rng(0).random((40, 12)) < 0.5

    def by_hand(game: Modules) -> NDArray[np.float64]:
        return np.array([game.rmse(1, {int(p) for p in np.flatnonzero(row)}) for row in sets])

    for game in (*games, *games):
        np.testing.assert_allclose(StoredGame(game, store).errors(1, sets)[:, 0], by_hand(game))
    assert len(games[0].asked) == len(games[1].asked) == 1, "the second time both are looked up"
    assert sorted(c.players for c in look_into(store.path).contexts) == ["line", "module"]
    assert not np.allclose(by_hand(games[0]), by_hand(games[1]))


def of_lines() -> list[Path]:
    """Frames have lines in the game of channels too, and its messages say so."""
    names = ("line_game", "line_game_spec", "prepared", "channel_game", "drawn_lines", "spread_samples")
    return [ROOT / "lidarsel" / "evaluation" / f"{name}.py" for name in names]


def said_of_lines(source: str) -> list[str]:
    """The texts of what is raised, and of imports, that only a game of lines can mean."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Raise):
            texts = [c.value for c in ast.walk(node) if isinstance(c, ast.Constant) and isinstance(c.value, str)]
        elif isinstance(node, ast.ImportFrom):
            texts = [(node.module or "").rpartition(".")[2].replace("_", " ")]
        else:
            continue
        found += [text for text in texts if re.search(r"\blines?\b|--data DATA|elevation|dataset", text)]
    return found


def test_neutral_code_says_nothing_of_lines() -> None:
    rooms = [ROOT / "lidarsel" / room for room in ("evaluation", "shapley", "selection")]
    files = {file for room in rooms for file in room.glob("*.py")} - set(of_lines())
    assert {file.name: said for file in files if (said := said_of_lines(file.read_text()))} == {}


def test_the_test_of_neutral_code_can_fail() -> None:
    assert said_of_lines("raise E(f'a budget of {k} lines')\nfrom lidarsel.evaluation.line_game import LineGame") == [
        " lines",
        "line game",
    ]
    assert any(said_of_lines(file.read_text()) for file in of_lines())


def test_the_game_of_modules_is_a_game() -> None:
    game: Game = Modules()  # mypy reads this
    assert game.key.players == game.players.kind
