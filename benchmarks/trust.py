"""Does a network live on the lidar: what it answers at measured pixels, whether more lines mean less error, and how
often adding one line hurts.

    python benchmarks/trust.py ../shared/data/kitti_depth ../shared/data/kitti_raw [--chains 8] [--weights FILE ...]

Frames, crop and ``--weights`` as in accuracy.py. Lines are evenly spaced among those that reach the image, from four
starts. Additions are the steps of random orders of those lines, ``--chains`` orders a data set in all, the same ones
for every network. Prints tables and writes benchmarks/results/trust.json.
"""

import argparse
from collections.abc import Sequence

import numpy as np
from additions import NOISE, SIZE_BINS, Additions, add_lines, chain, harm, together
from at_measurements import answers, before_last_step, disagreement
from frames import (
    add_frame_options,
    add_network_options,
    counted,
    frame_sets,
    in_image,
    line_game,
    networks_of,
)
from results import write_result
from rich.console import Console
from rich.table import Table

from lidarsel.completion.base import CompletionNetwork
from lidarsel.evaluation.line_game import LineGame
from lidarsel.frame import Frame

SIZES = (1, 2, 4, 8, 16, 32, 64)
STARTS = 4
Row = dict[str, float]


def mean_of(rows: Sequence[Row]) -> Row:
    return {key: float(np.mean([row[key] for row in rows])) for key in rows[0]} if rows else {}


def at_measurements(game: LineGame, network: CompletionNetwork, frames: Sequence[Frame]) -> list[tuple[Row, Row]]:
    """By SIZES: ``answers`` and ``disagreement``, means over frames (the second empty where it has no meaning)."""
    found = []
    for size in SIZES:
        said, differ = [], []
        for i, frame in enumerate(frames):
            sparse, dense = game.complete(i, in_image(game.active(i), size)[0])
            said.append(answers(dense, sparse))
            predicted = before_last_step(network, frame, sparse)
            if predicted is not None and frame.ground_truth_m is not None:
                differ.append(disagreement(predicted, sparse, frame.ground_truth_m))
        found.append((mean_of(said), mean_of(differ)))
    return found


def doublings(game: LineGame, title: str) -> dict[str, object]:
    """rmse_mm: by SIZES, mean over frames and starts. falls: by step, the share of frames whose error falls.

    The last step is from 32 lines to all that reach the image."""
    table = []
    for i in counted(game.frames, title):
        present = game.active(i)
        table.append([float(game.errors(i, in_image(present, size, STARTS))[:, 0].mean()) for size in SIZES])
    errors = np.array(table)
    falls = (np.diff(errors, axis=1) < 0).mean(0)
    return {"rmse_mm": errors.mean(0).tolist(), "falls": falls.tolist()}


def random_additions(game: LineGame, chains: int, title: str) -> Additions:
    """The steps of ``chains`` random orders, dealt to the frames in turn; the first frames get what is left over."""
    parts = []
    for i in counted(game.frames, title):
        share = len(range(i, chains, len(game)))
        if share:
            rng = np.random.default_rng([0, i])
            orders = [chain(rng, game.active(i)) for _ in range(share)]
            parts.append(add_lines(lambda kept, i=i: game.errors(i, kept)[:, 0], orders))  # type: ignore[misc]
    return together(parts)


def show_measurements(console: Console, title: str, rows: dict[str, list[tuple[Row, Row]]]) -> None:
    table = Table("network", "at measured pixels", *map(str, SIZES[:-1]), "all", title=f"{title}: by lines")
    for name, by_size in rows.items():
        for key, words in (("within", "within 2 %, %"), ("overruled", "overruled, %")):
            table.add_row(name, words, *(f"{100 * said[key]:.2f}" for said, _ in by_size))
        if not by_size[0][1]:
            continue
        for key, words in (
            ("within", "before the last step: within 2 %, %"),
            ("far_off", "  no vote (off by e^0.25), %"),
            ("seen_past", "  of those: measured farther, %"),
            ("prediction_wins", "  of those: prediction nearer to truth, %"),
            ("measured_wrong", "measurement off the truth by 5 %, %"),
        ):
            table.add_row(name, words, *(f"{100 * differ[key]:.1f}" for _, differ in by_size))
        for key, words in (("measured_rmse_mm", "RMSE of measurements"), ("predicted_rmse_mm", "  of the prediction")):
            table.add_row(name, f"{words}, mm", *(f"{differ[key]:.0f}" for _, differ in by_size))
    console.print(table)


def show_doublings(console: Console, title: str, rows: dict[str, dict[str, object]]) -> None:
    table = Table("network", "", *map(str, SIZES[:-1]), "all", "falls at every step", title=f"{title}: by doublings")
    for name, row in rows.items():
        rmse_mm, falls = row["rmse_mm"], row["falls"]
        assert isinstance(rmse_mm, list)
        assert isinstance(falls, list)
        verdict = "yes" if all(np.diff(rmse_mm) < 0) else "no"
        table.add_row(name, "RMSE, mm", *(f"{value:.0f}" for value in rmse_mm), verdict)
        table.add_row(name, "frames where it falls, %", "", *(f"{100 * value:.0f}" for value in falls), "")
    console.print(table)


def show_additions(console: Console, title: str, rows: dict[str, dict[str, Row]]) -> None:
    heads = ("additions", "raise, %", f"> {NOISE:.0%}, %", "median rise, %", "95th, %", "upward, %")
    table = Table("network", "lines before", *heads, title=f"{title}: adding one line to a random coalition")
    for name, bins in rows.items():
        for words, row in bins.items():
            if row["additions"]:
                shares = (f"{100 * row[key]:.1f}" for key in ("raise", "raise_noticeably"))
                rises = (f"{row[key]:.2f}" for key in ("median_rise", "p95_rise"))
                table.add_row(name, words, f"{row['additions']:.0f}", *shares, *rises, f"{100 * row['upward']:.1f}")
    console.print(table)


def bins_of(additions: Additions) -> dict[str, Row]:
    named = {f"{low}-{high}" if high > low else str(low): (low, high) for low, high in SIZE_BINS}
    named = {name.replace("-10000", " and more"): limits for name, limits in named.items()}
    return {**{name: harm(additions, *limits) for name, limits in named.items()}, "any": harm(additions)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_frame_options(parser, simulated=9, frames=8)
    add_network_options(parser)
    parser.add_argument("--chains", type=int, default=8, help="random orders of lines a data set, over its frames")
    options = parser.parse_args()
    networks = networks_of(options)
    console = Console(width=132)
    results = {}
    for title, frames in frame_sets(options.data, options.simulated, options.frames).items():
        measured, falling, added = {}, {}, {}
        for network in networks:
            game, name = line_game(frames, network), network.name
            measured[name] = at_measurements(game, network, frames)
            falling[name] = doublings(game, f"{title}: {name}, doublings")
            added[name] = bins_of(random_additions(game, options.chains, f"{title}: {name}, additions"))
        show_measurements(console, title, measured)
        show_doublings(console, title, falling)
        show_additions(console, title, added)
        results[title] = {"at_measurements": measured, "doublings": falling, "additions": added}
    identities = {network.name: network.sha256 for network in networks}
    written = {"sizes": SIZES, "chains": options.chains, "sha256": identities, "sets": results}
    write_result("trust", written)


if __name__ == "__main__":
    main()
