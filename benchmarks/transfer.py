"""Do lines that are best on the frames they were chosen on stay best on later ones, and would choosing harder help?

    python benchmarks/transfer.py DATA [DATA ...] [--budgets 4 8 16 32] [--sets 256 768] [--seeds 3] [--store FILE]

The shipped network; frames are split as ``lidarsel sweep`` splits them. ``interval`` with each number of sets and each
seed, with and without what simulated streets say, beside the best-offset ``spaced``, chosen on the frames for choosing
and judged on the held-out ones; then
``interval`` chosen on the held-out frames themselves, which is as good as a choice can be there. The difference to
``spaced`` is paired: frame by frame, the mean over seeds, with a 95 % interval by resampling frames. Prints tables and
writes benchmarks/results/transfer.json. A store lets a killed run go on.
"""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
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
from lidarsel.settings import RunSettings
from lidarsel.workflow.session import open_session, open_source
from lidarsel.workflow.street_prior import street_prior


def chosen(
    game: StoredGame[LineGame], method: str, budgets: Sequence[int], sets: int, seed: int, trusting: bool = False
) -> NDArray[np.bool_]:
    """Bool (budgets, n_lines): the lines that a method keeps on a game's frames, trusting simulated streets or not."""
    points = np.asarray(game.game.points_per_line(), float)
    prior = street_prior(game.game.dataset.elevation_deg, points, game.metric) if trusting else None
    problem = Problem(Players(points), error=game.mean_errors, evaluations=sets, seed=seed, prior=prior)
    found = selector(method)(problem, budgets)
    return as_masks([found[budget].players for budget in budgets], game.n_players)


def by_frame(game: StoredGame[LineGame], masks: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Float64 (frames, M): RMSE in mm of each set on each frame."""
    return -np.array(list(game.values_many((frame, masks) for frame in range(game.n_frames))))


def rows_of(
    valuing: StoredGame[LineGame], judged: StoredGame[LineGame], options: argparse.Namespace
) -> Iterator[dict[str, object]]:
    """A row for each choice: mean RMSE by budget on both parts, and held-out differences to ``spaced``."""
    spaced = chosen(valuing, "spaced", options.budgets, 1, 0)
    base = by_frame(judged, spaced)
    yield {"lines": "spaced", "chosen_on_mm": by_frame(valuing, spaced).mean(0), "held_out_mm": base.mean(0)}
    ways = [(valuing, sets, trusting) for sets in options.sets for trusting in (True, False)]
    for game, sets, trusting in [*ways, (judged, options.sets[0], False)]:
        where = ", held-out" if game is judged else "" if trusting else ", no prior"
        found = [chosen(game, "interval", options.budgets, sets, seed, trusting) for seed in range(options.seeds)]
        errors = np.array([by_frame(judged, masks) for masks in found])  # (seeds, frames, budgets)
        gain = (errors - base).mean(0).T
        groups = independent_groups(judged.game.drives)
        intervals = [mean_interval(one, groups) for one in gain]
        yield {
            "lines": f"interval, {sets} sets{where}",
            "chosen_on_mm": np.mean([by_frame(valuing, masks).mean(0) for masks in found], 0),
            "held_out_mm": errors.mean((0, 1)),
            "held_out_sd_of_seeds_mm": errors.mean(1).std(0, ddof=1) if options.seeds > 1 else None,
            "to_spaced_mm": gain.mean(1),
            "to_spaced_95_mm": [(one.low, one.high) for one in intervals],
        }


def table_of(data: Path, rows: Sequence[dict[str, Any]], all_mm: float, options: argparse.Namespace) -> Table:
    title = f"{data}: RMSE in mm on held-out frames (all lines {all_mm:.0f}); below, difference to spaced"
    table = Table("lines", *map(str, options.budgets), title=title)
    for row in rows:
        table.add_row(str(row["lines"]), *(f"{mm:.0f}" for mm in row["held_out_mm"]))
        table.add_row("  on the frames chosen on", *(f"{mm:.0f}" for mm in row["chosen_on_mm"]), style="dim")
        if "to_spaced_95_mm" in row:
            low_high = zip(row["to_spaced_mm"], row["to_spaced_95_mm"], strict=True)
            table.add_row("  to spaced", *(f"{mean:+.0f} [{low:+.0f}, {high:+.0f}]" for mean, (low, high) in low_high))
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="+")
    parser.add_argument("--budgets", type=int, nargs="*", default=[4, 8, 16, 32])
    parser.add_argument("--sets", type=int, nargs="*", default=[256, 768])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--store", type=Path, default=None)
    options = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for data in options.data:
            source = open_source(data, RunSettings())
            with open_session(source, options.store or Path(folder) / "evaluations.sqlite") as session:
                valuing, judged = (session.game(source.part(part), "rmse") for part in ("valuing", "held-out"))
                rows = list(rows_of(valuing, judged, options))
                all_mm = float(by_frame(judged, np.ones((1, judged.n_players), bool)).mean())
            Console(width=130).print(table_of(data, rows, all_mm, options))
            frames = {"frames_chosen_on": valuing.n_frames, "frames_held_out": judged.n_frames}
            results.append({"data": str(data), **frames, "all_mm": all_mm, "rows": rows})
    write_result("transfer", {"budgets": options.budgets, "results": results})


if __name__ == "__main__":
    main()
