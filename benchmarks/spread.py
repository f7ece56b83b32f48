"""Are lines that are chosen by what the network says of itself, without ground truth, as good as those chosen with it?

    python benchmarks/spread.py DATA --weights W.safetensors [--budgets 8 16] [--sets 64] [--store FILE]

Weights of ``lidarsel train --uncertainty``. Lines are chosen by ``interval`` on half of the drives, once by RMSE and
once by the spread, and judged by RMSE on the other half, both ways round; beside them evenly spaced ones, of the best
offset by RMSE. The regret of the spread is how much more RMSE its lines have, paired: frame by frame, with a 95 %
interval between drives. Prints a table and writes benchmarks/results/spread.json. A store lets a killed run go on.
"""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from results import write_result
from rich.console import Console
from rich.table import Table

from lidarsel.confidence import independent_groups, mean_interval
from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.stored import StoredGame
from lidarsel.selection.base import Players, Problem
from lidarsel.selection.error_memory import as_masks
from lidarsel.selection.registry import selector
from lidarsel.settings import make_settings
from lidarsel.workflow.session import Session, open_session, open_source

WAYS = (("spaced", "rmse"), ("interval", "rmse"), ("interval", "spread"))


def halves_of(drives: Sequence[str]) -> tuple[list[int], list[int]]:
    """Places of frames in every second drive, and of those in the others."""
    number = {name: place for place, name in enumerate(dict.fromkeys(drives))}
    first = [place for place, name in enumerate(drives) if number[name] % 2 == 0]
    return first, [place for place in range(len(drives)) if place not in first]


def chosen(game: StoredGame[LineGame], method: str, options: argparse.Namespace) -> NDArray[np.bool_]:
    """Bool (budgets, n_lines): the lines that a method keeps by the game's metric."""
    points = np.asarray(game.game.points_per_line(), float)
    problem = Problem(Players(points), error=game.mean_errors, evaluations=options.sets, seed=0)
    found = selector(method)(problem, options.budgets)
    return as_masks([found[budget].players for budget in options.budgets], game.n_players)


def judged(session: Session, frames: Sequence[int], masks: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Float64 (frames, M): RMSE in mm of sets on frames, indices into the data set."""
    game = session.game(frames, "rmse")
    return -np.array(list(game.values_many((frame, masks) for frame in range(game.n_frames))))


def measure(options: argparse.Namespace) -> list[dict[str, Any]]:
    """A row for each way of choosing and budget: held-out RMSE, and its regret."""
    settings = make_settings(metric="spread", weights=str(options.weights), max_frames=options.max_frames, bands=())
    source = open_source(options.data, settings)
    with tempfile.TemporaryDirectory() as folder:
        store = options.store or Path(folder) / "evaluations.sqlite"
        with open_session(source, store) as session:
            frames = source.frames
            halves = halves_of([source.dataset.drives[frame] for frame in frames])
            errors = {way: np.empty((len(frames), len(options.budgets))) for way in WAYS}
            for mine, others in (halves, halves[::-1]):
                for way in WAYS:
                    method, metric = way
                    masks = chosen(session.game([frames[place] for place in mine], metric), method, options)
                    errors[way][others] = judged(session, [frames[place] for place in others], masks)
    groups = independent_groups([source.dataset.drives[frame] for frame in frames])
    base = errors["interval", "rmse"]
    rows: list[dict[str, Any]] = []
    for place, budget in enumerate(options.budgets):
        for method, metric in WAYS:
            more = errors[method, metric][:, place] - base[:, place]
            interval = mean_interval(more, groups)
            mean = float(base[:, place].mean())
            rows.append(
                {
                    "budget": budget,
                    "method": method,
                    "by": metric,
                    "rmse_mm": float(errors[method, metric][:, place].mean()),
                    "regret_percent": 100 * float(more.mean()) / mean,
                    "regret_95_percent": [
                        None if end is None else 100 * end / mean for end in (interval.low, interval.high)
                    ],
                }
            )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--budgets", type=int, nargs="+", default=[8, 16])
    parser.add_argument("--sets", type=int, default=64)
    parser.add_argument("--max-frames", type=int, default=48)
    parser.add_argument("--store", type=Path)
    options = parser.parse_args()
    rows = measure(options)
    table = Table("lines", "method", "by", "RMSE mm", "regret %", "95 % CI", title=str(options.data))
    for row in rows:
        ends = " to ".join("–" if end is None else f"{end:.1f}" for end in row["regret_95_percent"])
        told = [str(row["budget"]), str(row["method"]), str(row["by"]), f"{row['rmse_mm']:.0f}"]
        table.add_row(*told, f"{row['regret_percent']:.1f}", ends)
    Console().print(table)
    write_result("spread", {"options": vars(options), "rows": rows})


if __name__ == "__main__":
    main()
