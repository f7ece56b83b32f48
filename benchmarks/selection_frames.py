"""What racing saves and costs as frames grow: passes, CPU seconds and error, beside asking every set on every frame.

    lidarsel simulate MANY --drives 20 --frames 50 --seed 71 --image-size 94x310 --azimuth-step-deg 0.34
    python benchmarks/selection_frames.py MANY [--frames 20 100 500 1000] [--full-up-to 500] [--store FILE]

The shipped network. Frames are spread over all drives. A pass is a set on a frame. "Every frame" is the same selector
given the mean error as one function, up to ``--full-up-to`` frames; beyond, its passes would be the sets times the
frames. The error is the mean over all the frames that the sets were chosen on. CPU seconds are of a store that knows
nothing, unless one is given, with which a killed run goes on. Prints a table and writes
benchmarks/results/selection_frames.json.
"""

import argparse
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from results import write_result
from rich.console import Console
from rich.table import Table

from lidarsel.datasets.split import thin_frames
from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.stored import StoredGame
from lidarsel.selection.base import Players, Problem
from lidarsel.selection.error_memory import as_masks
from lidarsel.selection.registry import selector
from lidarsel.settings import RunSettings
from lidarsel.shapley.base import Request
from lidarsel.workflow.session import open_session, open_source


class PassCounter:
    """The mean error of a game frame by frame, counting what is asked."""

    def __init__(self, game: StoredGame[LineGame]) -> None:
        self._errors = game.mean_errors
        self.n_frames = game.n_frames
        self.passes = 0
        self.sets: set[bytes] = set()

    def on_frames(self, requests: Iterable[Request]) -> Iterator[NDArray[np.float64]]:
        for frame, subsets in requests:
            self.passes += len(subsets)
            self.sets.update(map(bytes, subsets))
            yield from self._errors.on_frames([(frame, subsets)])

    def on_every_frame(self, subsets: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.asarray(np.mean(list(self.on_frames((f, subsets) for f in range(self.n_frames))), axis=0))


def row_of(game: StoredGame[LineGame], method: str, raced: bool, options: argparse.Namespace) -> dict[str, object]:
    """Passes, CPU seconds and errors of a method on the frames of a game."""
    counter, points = PassCounter(game), np.asarray(game.game.points_per_line(), float)
    error = counter if raced else counter.on_every_frame
    problem = Problem(Players(points), error=error, evaluations=options.sets, seed=options.seed)
    begun_s = time.process_time()
    found = selector(method)(problem, options.budgets)
    used_s = time.process_time() - begun_s
    masks = as_masks([found[budget].players for budget in options.budgets], game.n_players)
    return {
        "frames": game.n_frames,
        "method": method,
        "asked": "raced" if raced else "every frame",
        "sets": len(counter.sets),
        "passes": counter.passes,
        "cpu_s": round(used_s, 1),
        "errors_mm": game.mean_errors(masks).round(1).tolist(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--frames", type=int, nargs="*", default=[20, 100, 500, 1000])
    parser.add_argument("--full-up-to", type=int, default=500)
    parser.add_argument("--budgets", type=int, nargs="*", default=[8, 32])
    parser.add_argument("--sets", type=int, default=128)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--methods", nargs="*", default=["spaced", "interval"])
    parser.add_argument("--store", type=Path, default=None)
    options = parser.parse_args()
    rows: list[dict[str, object]] = []
    source = open_source(options.data, RunSettings(max_frames=max(options.frames)))
    for count in options.frames:
        frames = [source.frames[place] for place in thin_frames(len(source.frames), count)]
        for method in options.methods:
            for raced in (True, False) if count <= options.full_up_to else (True,):
                with (
                    tempfile.TemporaryDirectory() as folder,
                    open_session(source, options.store or Path(folder) / "evaluations.sqlite") as session,
                ):
                    rows.append(row_of(session.game(frames, "rmse"), method, raced, options))
    columns = ("frames", "method", "asked", "sets", "passes", "cpu_s", "errors_mm")
    table = Table(*columns)
    for row in rows:
        table.add_row(*(str(row[name]) for name in columns))
    Console(width=130).print(table)
    write_result("selection_frames", {"budgets": options.budgets, "sets": options.sets, "rows": rows})


if __name__ == "__main__":
    main()
