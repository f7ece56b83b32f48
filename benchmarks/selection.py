"""Every selector on 64-player test games: error as a multiple of the error with all 64 lines.

    python benchmarks/selection.py BENCH [--games cov64 ...] [--shifts 0 1 2] [--methods interval ...]

BENCH is a copy of a set of test games that is no part of this repository (it builds a small C library beside itself).
--shifts: the games as they are (0), and of the same kind with other random numbers. ``optimum``: the best of searches
by all swaps from every selector's set and from 3 random ones. Shapley values are those of 16,000 evaluations;
``interval`` stands with 128, 256, 512 and 1,024 evaluations for all budgets together. Seconds are of this process (CPU
time), on one thread of the game. Prints a table of means over shifts for every game, and writes
benchmarks/results/selection.json.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from results import write_result
from rich.console import Console
from rich.table import Table

from lidarsel.selection.base import Players, Problem
from lidarsel.selection.error_memory import as_masks
from lidarsel.selection.frame_errors import Function
from lidarsel.selection.interval import draw_coalitions
from lidarsel.selection.interval_fit import fit_interval_model
from lidarsel.selection.registry import NAMES, selector
from lidarsel.selection.room import Members
from lidarsel.shapley.regression import estimate

GAMES = ("cov64", "gp64", "cov64x5", "gp64x5")
BUDGETS = (4, 8, 16, 32)
EVALUATIONS = (128, 256, 512, 1024)


class OneFrame:
    """A game of the bench as the estimator takes it."""

    n_frames, ordered = 1, True

    def __init__(self, game: Any) -> None:
        self.game, self.n_players = game, game.n

    def values(self, frame: int, coalitions: np.ndarray) -> np.ndarray:
        return self.game(coalitions)


def load(name: str, shift: int) -> Any:
    """The bench's game with its random numbers drawn from a shifted seed."""
    import games

    plain = np.random.default_rng
    with mock.patch("numpy.random.default_rng", lambda seed: plain(seed + 1000 * shift)):
        return games.load(name)


def swap_optimum(error: Function, start: Members, n: int) -> tuple[float, Members]:
    """The end of steepest descent over all swaps of one line for another."""
    lines, least = start, float(error(as_masks([start], n))[0])
    while True:
        free = [line for line in range(n) if line not in lines]
        sets = [tuple(sorted({*lines} - {old} | {new})) for old in lines for new in free]
        errors = error(as_masks(sets, n))
        if errors.min() >= least:
            return least, lines
        lines, least = sets[int(errors.argmin())], float(errors.min())


def measure(name: str, shift: int, methods: list[str], seed: int) -> dict[str, Any]:
    game = load(name, shift)
    n = game.n
    full = float(-game(np.ones((1, n), bool))[0])
    asked = 0

    def error(masks: np.ndarray) -> np.ndarray:
        nonlocal asked
        asked += len(masks)
        return -game(masks) / full

    value = estimate(OneFrame(game), 16_000, seed).mean
    result: dict[str, Any] = {}
    starts: dict[int, set[Members]] = {budget: set() for budget in BUDGETS}
    runs = [
        (method, limit) for method in methods for limit in (EVALUATIONS if method == "interval" else EVALUATIONS[-1:])
    ]
    for method, limit in runs:
        problem = Problem(Players(np.ones(n), value), seed=seed, error=error, evaluations=limit)
        asked, begun = 0, time.process_time()
        found = selector(method)(problem, BUDGETS)
        spent, seconds = asked, time.process_time() - begun
        errors = {budget: float(error(as_masks([found[budget].players], n))[0]) for budget in BUDGETS}
        for budget in BUDGETS:
            starts[budget].add(found[budget].players)
        row = f"interval {limit}" if method == "interval" else method
        result[row] = {"error": errors, "evaluations": spent, "seconds": round(seconds, 2)}
        if method == "interval":
            result[row]["notes"] = found[4].notes
            assert spent <= limit
    rng = np.random.default_rng(seed)
    for budget, sets in starts.items():
        sets |= {tuple(sorted(rng.permutation(n)[:budget].tolist())) for _ in range(3)}
    optimum = {budget: min(swap_optimum(error, start, n)[0] for start in sets) for budget, sets in starts.items()}
    return {"selectors": result, "optimum": optimum}


def fit_seconds(game: Any) -> float:
    """CPU time to fit the interval model, cross-validation and all, to 2,000 coalitions."""
    problem = Problem(Players(np.ones(game.n)))
    masks = draw_coalitions(problem.room, 2000, 0)
    errors = -game(masks)
    begun = time.process_time()
    fit_interval_model(masks, errors, problem.room.candidates)
    return round(time.process_time() - begun, 2)


def table_of(title: str, found: list[dict[str, Any]]) -> Table:
    """Means over ``found``, and how far the intervals are above the optimum: mean and, of all, the largest."""
    table = Table("selector", *map(str, BUDGETS), "evaluations", "s", "above optimum: mean", "largest", title=title)
    optimum = np.array([[one["optimum"][budget] for budget in BUDGETS] for one in found])
    for method in found[0]["selectors"]:
        rows = [one["selectors"][method] for one in found]
        errors = np.array([[row["error"][budget] for budget in BUDGETS] for row in rows])
        spent, seconds = (np.mean([row[key] for row in rows]) for key in ("evaluations", "seconds"))
        above = 100 * (errors / optimum - 1)
        figures = (*(f"{error:.3f}" for error in errors.mean(0)), f"{spent:.0f}", f"{seconds:.2f}")
        table.add_row(method, *figures, f"{above.mean():.2f} %", f"{above.max():.2f} %")
    table.add_row("optimum", *(f"{error:.3f}" for error in optimum.mean(0)))
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bench", type=Path)
    parser.add_argument("--games", nargs="+", default=list(GAMES))
    parser.add_argument("--shifts", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--methods", nargs="+", default=[name for name in NAMES if name != "exhaustive"])
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    sys.path.insert(0, str(options.bench))
    console = Console(width=120)
    results: dict[str, dict[str, Any]] = {}
    for name in options.games:
        found = {shift: measure(name, shift, options.methods, options.seed) for shift in options.shifts}
        results |= {f"{name} shift {shift}": one for shift, one in found.items()}
        console.print(table_of(f"{name}, mean of {len(found)}", list(found.values())))
        for one in found.values():
            for row in one["selectors"].values():
                console.print(*row.get("notes", ()), sep="\n", end="\n" if "notes" in row else "")
    seconds = {name: fit_seconds(load(name, 0)) for name in options.games}
    console.print(f"fit to 2,000 coalitions, s: {seconds}")
    record = {"seed": options.seed, "fit_seconds": seconds, "games": results}
    write_result("selection", record)


if __name__ == "__main__":
    main()
