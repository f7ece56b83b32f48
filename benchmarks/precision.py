"""What bounds the precision of line values: the variance of the odd part that each block of the surrogate explains.

    python benchmarks/precision.py DATA [--part valuing] [--evaluations 2400] [--seeds 2] [--store precision.sqlite]

Evaluates the pairs that ``lidarsel shapley`` asks for, seed after seed, into a store (a second run asks for nothing),
and fits the surrogate of ``lidarsel.shapley`` with one block more at a time, in the order of the blocks: what the pairs
left out of each fit keep unexplained, of all frames and of each. Below it the relative L2 difference of the seeds'
values over root 2, and what the scatter of the pairs of one run says it should be. Prints tables and writes
benchmarks/results/precision.json.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from results import write_result
from rich.console import Console
from rich.table import Table

from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.stored import StoredGame
from lidarsel.settings import RunSettings
from lidarsel.shapley.base import evaluate_many
from lidarsel.shapley.coalitions import Pairs, draw_pairs
from lidarsel.shapley.correction import corrected, folds
from lidarsel.shapley.features import Features
from lidarsel.shapley.order_features import order_features
from lidarsel.shapley.priors import choose_scale, subset
from lidarsel.shapley.surrogate import CrossFit
from lidarsel.workflow.session import open_session, open_source

Array = NDArray[np.float64]
BLOCKS = ("players", "size", "player by size", "gaps", "distance", "neighbours", "sides")


@dataclass(frozen=True, eq=False)
class FirstBlocks(Features):
    """The first blocks of the features of ordered players, the others left out."""

    whole: Features

    def __call__(self, coalitions: NDArray[np.bool_]) -> Array:
        found: Array = self.whole(coalitions)[:, : self.count]
        return found


def first_blocks(whole: Features, count: int) -> FirstBlocks:
    return FirstBlocks(whole.n, whole.blocks[:count], whole.linear[: whole.blocks[count - 1].stop], whole)


def ask(game: StoredGame[LineGame], players: NDArray[np.int64], pairs: Pairs) -> tuple[Array, Array]:
    """Float64 (F, 2), the values of none and of all, and (M,), the odd parts of the pairs."""
    ends = np.zeros((2, game.n_players), bool)
    ends[1, players] = True
    of_ends = evaluate_many(game, ((frame, ends) for frame in range(game.n_frames)), 256).reshape(-1, 2)
    odd = np.empty(len(pairs))
    for frame in range(game.n_frames):
        rows = np.flatnonzero(pairs.frame == frame)
        coalitions = np.zeros((2, len(rows), game.n_players), bool)
        coalitions[0][:, players], coalitions[1][:, players] = pairs.coalitions[rows], ~pairs.coalitions[rows]
        one, other = (evaluate_many(game, [(frame, side)], 256) for side in coalitions)
        odd[rows] = (one - other) / 2
    return of_ends, odd


def unexplained(features: Features, pairs: Pairs, rest: Array, total: Array) -> tuple[Array, Array, float]:
    """(M,) residuals of the pairs out of sample, (n,) the values, their standard error's norm by the coalitions."""
    n_frames = len(total)
    rows = subset(pairs.frame, n_frames)
    scales = np.maximum(np.abs(total) / np.sqrt(np.mean(total**2)), 0.1)
    x = features(pairs.coalitions[rows])
    prior, scales = choose_scale(features, x, rest[rows], pairs.frame[rows], scales)
    fold, count = folds(pairs)
    fit = CrossFit(features, pairs.coalitions, pairs.frame, fold, count, n_frames, prior)
    found = fit.predict(rest, scales, everywhere=False)
    values = corrected(pairs, fold, found.residual, found.per_frame, total / features.n)
    return found.residual[0], values.mean, float(np.sqrt(values.sampling_variance.sum()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--part", default="valuing", choices=("valuing", "all"))
    parser.add_argument("--evaluations", type=int, default=2400)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--store", type=Path, default=Path("precision.sqlite"))
    options = parser.parse_args()
    source = open_source(options.data, RunSettings(device="cpu"))
    shares, of_frames, means, stated = [], [], [], []
    with open_session(source, options.store) as session:
        game = session.game(source.part(options.part), "rmse")
        players = np.flatnonzero(game.game.points_per_line() > 0)
        whole = order_features(len(players))
        for seed in range(options.seeds):
            pairs = draw_pairs(len(players), options.evaluations // 2 - game.n_frames, seed, game.n_frames)
            ends, odd = ask(game, players, pairs)
            total = ends[:, 1] - ends[:, 0]
            rest = odd - (pairs.coalitions.sum(1) / len(players) - 0.5) * total[pairs.frame]
            left = [rest]
            for count in range(1, len(whole.blocks) + 1):
                residual, mean, error = unexplained(first_blocks(whole, count), pairs, rest, total)
                left.append(residual)
            shares.append([np.mean(one**2) / np.mean(odd**2) for one in left])
            of_frames.append(
                [
                    [np.sqrt(np.mean(one[pairs.frame == f] ** 2)) for one in (rest, residual)]
                    for f in range(game.n_frames)
                ]
            )
            means.append(mean)
            stated.append(error)
    size = float(np.linalg.norm(np.mean(means, axis=0)))
    table = Table(
        "blocks so far",
        "unexplained share of the odd part's mean square",
        title=f"{game.n_frames} frames, {len(players)} lines",
    )
    for name, share in zip(("efficient share alone", *BLOCKS), np.mean(shares, axis=0), strict=True):
        table.add_row(name, f"{share:.4f}")
    frames = Table("frame", "odd part less efficient share, rms mm", "unexplained, rms mm")
    for number, (whole_mm, left_mm) in enumerate(np.mean(of_frames, axis=0)):
        frames.add_row(str(number), f"{whole_mm:.0f}", f"{left_mm:.0f}")
    seen = float(np.sqrt(np.var(means, axis=0, ddof=1).sum())) / size
    said = float(np.sqrt(np.mean(np.square(stated)))) / size
    console = Console(width=100)
    console.print(table, frames, f"difference of seeds over root 2: {seen:.4f}; by the pairs' scatter: {said:.4f}")
    content = {"unexplained": shares, "by_frame_mm": of_frames, "difference": seen, "stated": said}
    write_result("precision", {**vars(options), "n_players": len(players), **content})


if __name__ == "__main__":
    main()
