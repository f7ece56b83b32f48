"""Does a calibrated spread hold on drives that were not seen, or was it one split's luck? Coverage over many splits.

    python benchmarks/splits.py DATA [DATA ...] --weights W.safetensors [--scaling 4] [--splits 100] [--every 4]

Weights of ``lidarsel train --uncertainty``, and drives they were not trained on. Of all drives so many are drawn to
scale by and as many others to tell of, both ways round, again and again; the same for every set of lines. Beside
intervals as ``lidarsel evaluate --uncertainty`` makes them stand those of all pixels taken together, whatever their
drive. Told is the mean share of pixels held, a frame counting as a frame, and in brackets the least and greatest of the
splits. Of each frame every so manieth pixel is looked at. Prints a table and writes benchmarks/results/splits.json.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from posteriors import game_of, samples_of
from results import write_result
from rich.console import Console
from rich.table import Table

from lidarsel.evaluation.spread_samples import N_BINS, bins_of, spread_by_distance
from lidarsel.report_spread import SpreadMethod
from lidarsel.uncertainty.conformal import Scaling, Scores
from lidarsel.workflow.spreading import LEVELS, SPREADS, spaced_sets

Drive = list[tuple[NDArray[np.float64], NDArray[np.int64]]]
"""Of each frame the scores and bins of its pixels."""
Kept = Mapping[tuple[int, SpreadMethod], list[Drive]]


def kept_scores(options: argparse.Namespace) -> Kept:
    """By number of lines and kind of spread: of every drive of all data."""
    kept: dict[tuple[int, SpreadMethod], list[Drive]] = {}
    for data in options.data:
        game = game_of(data, options.weights, options.max_frames)
        for choice in spaced_sets(game):
            drives: dict[tuple[str, SpreadMethod], Drive] = {}
            for name, of in zip(game.drives, samples_of(game, choice), strict=True):
                for method in SPREADS:
                    spread_m = of.spread_m if method == "network" else spread_by_distance(of.depth_m, of.distance_px)
                    score = np.abs(of.depth_m - of.truth_m) / spread_m
                    frame = score[:: options.every], bins_of(of.distance_px[:: options.every])
                    drives.setdefault((name, method), []).append(frame)
            for (_, method), drive in drives.items():
                kept.setdefault((len(choice.lines), method), []).append(drive)
    return kept


def scores_of(drives: Sequence[Drive], together: bool) -> Scores:
    """Of all their pixels. together: as if of one drive."""
    number = np.repeat(np.arange(len(drives)), [sum(len(score) for score, _ in drive) for drive in drives])
    score, in_bin = (np.concatenate(part) for part in zip(*(frame for drive in drives for frame in drive), strict=True))
    return Scores(score, in_bin, np.zeros_like(number) if together else number)


def held(mine: Sequence[Drive], others: Sequence[Drive], together: bool) -> NDArray[np.float64]:
    """Float64 (levels,): the share that intervals of some drives hold of others, mean over frames."""
    scalings = Scaling.fit(scores_of(mine, together), N_BINS, LEVELS)
    frames = [frame for drive in others for frame in drive if len(frame[0])]
    shares = np.array([[np.mean(score <= one.factors[bins]) for one in scalings] for score, bins in frames])
    mean: NDArray[np.float64] = shares.mean(0)
    return mean


def measure(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """A row for each number of lines and spread."""
    for (number, method), drives in kept_scores(options).items():
        draw = np.random.default_rng(0)
        found: dict[str, list[NDArray[np.float64]]] = {"together": [], "between": []}
        for _ in range(options.splits):
            order = draw.permutation(len(drives))
            one, other = ([drives[place] for place in half] for half in np.split(order[: 2 * options.scaling], 2))
            for name, shares in found.items():
                both = [held(*halves, name == "together") for halves in ((one, other), (other, one))]
                shares.append(np.mean(both, axis=0))
        yield {"lines": number, "spread": method, "drives": len(drives), **found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="+")
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--scaling", type=int, default=4)
    parser.add_argument("--splits", type=int, default=100)
    parser.add_argument("--every", type=int, default=4)
    parser.add_argument("--max-frames", type=int, default=10_000)
    options = parser.parse_args()
    rows = list(measure(options))
    names = [f"{how}, {100 * level:.0f} %" for how in ("together", "between") for level in LEVELS]
    table = Table("lines", "spread", *names, title=f"{rows[0]['drives']} drives, {options.scaling} scale")
    told = []
    for row in rows:
        shares = 100 * np.concatenate([np.array(row[how]) for how in ("together", "between")], axis=1)
        figures = {"mean": shares.mean(0), "least": shares.min(0), "greatest": shares.max(0)}
        entries = [
            f"{mean:.1f} ({least:.1f} to {most:.1f})" for mean, least, most in zip(*figures.values(), strict=True)
        ]
        table.add_row(str(row["lines"]), row["spread"], *entries)
        told.append({**{key: row[key] for key in ("lines", "spread", "drives")}, "percent": names, **figures})
    Console(width=150).print(table)
    write_result("splits", {"options": vars(options), "rows": told})


if __name__ == "__main__":
    main()
