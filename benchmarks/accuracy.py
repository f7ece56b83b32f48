"""RMSE of the completion networks by number of lines, on held-out simulated streets and on data sets given.

    python benchmarks/accuracy.py ../shared/data/kitti_depth ../shared/data/kitti_raw [--weights FILE ...]

Every frame is cropped to KITTI's 352 x 1216. Lines are evenly spaced in two ways: among the lines that reach the
image ("in image"), and by equal steps among all lines of the sensor, the median over all offsets ("of sensor").
Of a data set with more than ``--frames`` frames some are taken, evenly spread; of a drive with accumulated ground
truth only frames with five neighbouring scans on either side. ``--weights`` puts other weights beside the shipped
ones. Frames and ground truth: ``frames.py``. Prints tables and writes benchmarks/results/accuracy.json.
"""

import argparse
from collections.abc import Sequence

import numpy as np
from frames import (
    add_frame_options,
    add_network_options,
    counted,
    frame_sets,
    in_image,
    line_game,
    networks_of,
    of_sensor,
)
from results import write_result
from rich.console import Console
from rich.table import Table

from lidarsel.completion.base import CompletionNetwork
from lidarsel.evaluation.line_game import LineGame
from lidarsel.frame import Frame

SIZES = (0, 4, 8, 16, 32, 64)
WAYS = ("in image", "of sensor")


def frame_errors(game: LineGame, frame: int) -> dict[str, list[float]]:
    """For each way of spacing, RMSE in mm by SIZES: the median over the subsets of one size."""
    present = game.active(frame)
    errors: dict[str, list[float]] = {way: [] for way in WAYS}
    for size in SIZES:
        for way, subsets in zip(WAYS, (in_image(present, size), of_sensor(game.n_lines, size)), strict=True):
            errors[way].append(float(np.median(game.errors(frame, subsets)[:, 0])))
    return errors


def measure(networks: Sequence[CompletionNetwork], frames: Sequence[Frame], title: str) -> dict[str, object]:
    """Way of spacing -> network -> mean over frames of RMSE in mm by SIZES."""
    rows: dict[str, dict[str, list[float]]] = {way: {} for way in WAYS}
    for network in networks:
        game = line_game(frames, network)
        errors = [frame_errors(game, frame) for frame in counted(frames, f"{title}: {network.name}")]
        for way in WAYS:
            rows[way][network.name] = np.mean([of_frame[way] for of_frame in errors], axis=0).tolist()
    return {"frames": [frame.frame_id for frame in frames], "rmse_mm": rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_frame_options(parser, simulated=12, frames=8)
    add_network_options(parser)
    options = parser.parse_args()
    networks = networks_of(options)
    results = {}
    console = Console(width=100)
    for title, frames in frame_sets(options.data, options.simulated, options.frames).items():
        results[title] = measured = measure(networks, frames, title)
        table = Table("lines", "network", *map(str, SIZES), title=f"{title}, {len(frames)} frames: RMSE in mm")
        for way, rows in measured["rmse_mm"].items():  # type: ignore[attr-defined]
            for network, values in rows.items():
                table.add_row(way, network, *(f"{value:.0f}" for value in values))
        console.print(table)
    identities = {network.name: network.sha256 for network in networks}
    written = {"sizes": SIZES, "sha256": identities, "sets": results}
    write_result("accuracy", written)


if __name__ == "__main__":
    main()
