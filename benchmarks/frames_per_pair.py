"""How many frames should share a pair of complementary coalitions, for the same number of network passes?

    python benchmarks/frames_per_pair.py [--frames 12] [--passes 1200] [--seeds 4] [--reference 12000]

The shipped network on simulated frames. Groups of 1, 2, 4, ... frames act as one frame whose value is their mean: a
pair on a group costs two passes a frame of it. The error is the relative L2 distance from one estimate with many
passes and another seed; the time is that of the passes, with every change of frame's encoding in it. Prints a table
and writes benchmarks/results/frames_per_pair.json.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from results import write_result
from rich.console import Console
from rich.table import Table

from lidarsel.choices import FIGURES
from lidarsel.completion.registry import load_network
from lidarsel.evaluation.line_game import LineGame
from lidarsel.frame import Frame
from lidarsel.shapley.regression import estimate, fewest_evaluations
from lidarsel.simulation.frames import simulate_frames
from lidarsel.simulation.settings import SimulateSettings

SIMULATION_SEED = 9100
CROP = (352, 1216)


class SimulatedFrames:
    """Simulated frames as a data set."""

    def __init__(self, count: int) -> None:
        self._frames = list(simulate_frames(SimulateSettings(seed=SIMULATION_SEED, frames=count, frames_per_scene=1)))
        self.root = Path("simulated")
        self.frame_ids = [frame.frame_id for frame in self._frames]
        self.n_lines = self._frames[0].n_lines

    def frame(self, index: int) -> Frame:
        return self._frames[index]


class FrameGroups:
    """A frame game whose frames are groups of ``size`` frames of a line game; a value is the group's mean."""

    def __init__(self, game: LineGame, size: int) -> None:
        self._game, self._size = game, size
        self.ordered = True
        self.n_players, self.n_frames = game.n_lines, len(game) // size

    def values(self, frame: int, coalitions: NDArray[np.bool_]) -> NDArray[np.float64]:
        members = range(frame * self._size, (frame + 1) * self._size)
        rmse = FIGURES.index("rmse_mm")
        return -np.mean([self._game.errors(member, coalitions)[:, rmse] for member in members], axis=0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=12)
    parser.add_argument("--passes", type=int, default=1200)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--reference", type=int, default=12000)
    options = parser.parse_args()
    game = LineGame(SimulatedFrames(options.frames), range(options.frames), load_network("lidarsel"), CROP, "cpu")  # type: ignore[arg-type]
    players = np.flatnonzero(game.points_per_line() > 0)
    reference = estimate(FrameGroups(game, 1), options.reference, seed=1_000_003, players=players).mean
    rows = []
    for size in [size for size in range(1, options.frames + 1) if options.frames % size == 0]:
        grouped = FrameGroups(game, size)
        if options.passes // size < fewest_evaluations(grouped.n_frames, len(players)):
            continue
        errors, seconds = [], []
        for seed in range(options.seeds):
            start = time.perf_counter()
            found = estimate(grouped, options.passes // size, seed, players=players)
            seconds.append(time.perf_counter() - start)
            errors.append(float(np.linalg.norm(found.mean - reference) / np.linalg.norm(reference)))
        rows.append({"frames_per_pair": size, "relative_error": float(np.mean(errors)), "seconds": np.median(seconds)})
    table = Table(
        "frames a pair", "relative L2 error", "seconds", title=f"{options.passes} passes, {len(players)} lines"
    )
    for row in rows:
        table.add_row(str(row["frames_per_pair"]), f"{row['relative_error']:.4f}", f"{row['seconds']:.1f}")
    Console(width=100).print(table)
    write_result("frames_per_pair", {**vars(options), "n_players": len(players), "rows": rows})


if __name__ == "__main__":
    main()
