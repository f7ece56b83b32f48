"""Where simulation-to-real fails: lidarsel's squared error by groups of pixels, real beside simulated, with pictures.

    python benchmarks/failures.py ../shared/data/kitti_depth ../shared/data/kitti_raw [--out FOLDER]

At all lines and at 8 lines evenly spaced in the image. Groups need no labels (pixel_groups.py). "squared error" is the
group's share of the whole; "bias" the mean of prediction - truth. Prints tables, writes
benchmarks/results/failures.json, and for each real frame and budget a PNG (failure_pictures.py) into the folder of
``--out``, by default a temporary one: real data must not be committed.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
from failure_pictures import draw, write
from frames import add_frame_options, counted, frame_sets, in_image, line_game
from pixel_groups import GroupSums, groups_of, share_of_worst, sums_in
from results import write_result
from rich.console import Console
from rich.table import Table

from lidarsel.completion.registry import load_network
from lidarsel.frame import Frame

BUDGETS = {"all lines": 64, "8 lines": 8}
RIVAL = "classical"
Sums = dict[tuple[str, str], dict[str, GroupSums]]
"""(kind, bin) -> network -> sums."""


def measure(
    frames: list[Frame], size: int, weights: Path | None, title: str, pictures: Path | None
) -> tuple[Sums, float]:
    """Of one set of frames at one budget: sums by group, pooled over frames; the share of a frame's squared error that
    its worst 1 % of pixels have, mean over frames."""
    networks = {"lidarsel": load_network("lidarsel", weights), RIVAL: load_network(RIVAL)}
    games = {name: line_game(frames, network) for name, network in networks.items()}
    sums: Sums = {}
    worst: list[float] = []
    for i in counted(frames, title):
        frame = frames[i]
        truth, image = frame.ground_truth_m, frame.image
        assert truth is not None
        assert image is not None
        kept = in_image(games["lidarsel"].active(i), size)[0]
        completed = {name: game.complete(i, kept) for name, game in games.items()}
        sparse, dense = completed["lidarsel"]
        groups = {"all": {"": np.ones(frame.size, np.bool_)}, **groups_of(frame, sparse)}
        for kind, bins in groups.items():
            for words, mask in bins.items():
                row = sums.setdefault((kind, words), dict.fromkeys(networks, GroupSums()))
                for name, (_, depth) in completed.items():
                    row[name] = row[name] + sums_in(mask, depth, truth)
        worst.append(share_of_worst(dense, truth))
        if pictures is not None:
            name = f"{frame.frame_id.replace('/', '_')}_{kept.sum():02d}_lines.png"
            write(pictures / name, draw(image, sparse, dense, truth))
    return sums, float(np.mean(worst))


def show(console: Console, title: str, sums: Sums, worst: float) -> list[dict[str, object]]:
    """Prints the table of one set and budget, and returns its rows."""
    whole = sums["all", ""]["lidarsel"]
    heads = ("pixels, %", "squared error, %", "RMSE, mm", "bias, mm", f"{RIVAL} RMSE, mm")
    table = Table("group", "", *heads, title=title, caption=f"the worst 1 % of pixels: {worst:.0%} of squared error")
    rows: list[dict[str, object]] = []
    for (kind, words), row in sums.items():
        ours = row["lidarsel"]
        shares = 100 * ours.pixels / whole.pixels, 100 * ours.square_m2 / whole.square_m2
        figures = (*shares, ours.rmse_mm, ours.bias_mm, row[RIVAL].rmse_mm)
        table.add_row(kind, words, *(f"{value:.{1 if i < 2 else 0}f}" for i, value in enumerate(figures)))
        rows.append({"group": kind, "bin": words, **dict(zip(heads, figures, strict=True))})
    console.print(table)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_frame_options(parser, simulated=9, frames=8)
    parser.add_argument("--weights", type=Path, help="of lidarsel's network, instead of the shipped ones")
    parser.add_argument("--out", type=Path, help="folder for the pictures; default: a new temporary one")
    options = parser.parse_args()
    out = options.out or Path(tempfile.mkdtemp(prefix="lidarsel-failures-"))
    console = Console(width=110)
    results = {}
    for title, frames in frame_sets(options.data, options.simulated, options.frames).items():
        for budget, size in BUDGETS.items():
            name = f"{title}, {budget}"
            pictures = None if title.startswith("simulated") else out
            results[name] = show(console, name, *measure(frames, size, options.weights, name, pictures))
    console.print(f"pictures: {out}")
    write_result("failures", results)


if __name__ == "__main__":
    main()
