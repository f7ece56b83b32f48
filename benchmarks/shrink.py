"""Does it matter which channels go? The completion network cut by several rankings, retrained, and from scratch.

    python benchmarks/shrink.py TRAIN --judge SIMULATED [REAL ...] [--macs 0.5 0.25] [--by shapley l1 random]
        [--steps 300] [--seeds 1] [--importance FILE] [--norm-groups remade] [--round 16] [--whole WEIGHTS]
        [--layers enter fuse4]

TRAIN is what channels are ranked and networks trained on, each of the others what they are judged on, at 0, 4, 8, 16,
32 and all lines. For every share of the MACs and every ranking (``random`` once a seed): the network as cut, the same
retrained, and the same design from scratch for as many steps, beside the whole network and that trained on for as many
steps. ``shapley`` is read from the importance.json of ``lidarsel shrink TRAIN`` (--importance), whose norm groups it
keeps. ``radius`` goes by the radial posteriors of --whole WEIGHTS, and needs --layers enter fuse4, which have some:
with --layers these alone are cut. With --steps 0 nothing is trained. The whole network is the shipped one, which was
cut already, unless --whole names another. Milliseconds are taken in turns with the whole network. Prints a table and
writes benchmarks/results/shrink.json.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from results import write_result
from rich.console import Console
from rich.table import Table
from training_loop import trained

from lidarsel.completion.lidarsel_net.checkpoint import load_weights
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.completion.lidarsel_net.trainable import TrainableLidarselNet
from lidarsel.completion.registry import SHIPPED_WEIGHTS
from lidarsel.completion.units import Unit, kept_of, units_of
from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.evaluation.line_numbers import mean_mm
from lidarsel.importance.channels.rankings import RANKINGS
from lidarsel.importance.channels.subject import Subject
from lidarsel.shrink_files import ImportanceFile
from lidarsel.shrinking.allocation import ways_down
from lidarsel.shrinking.timing import milliseconds
from lidarsel.shrinking.work import Work
from lidarsel.training.batches import FrameList
from lidarsel.training.settings import TrainSettings
from lidarsel.training.validation import Validation

SIZE = (352, 1216)
JUDGED_FRAMES = 24


def frames_of(data: Path) -> FrameList:
    """The frames of a data set, read once."""
    dataset = open_dataset(data, ReadOptions())
    return FrameList([dataset.frame(index) for index in range(len(dataset))])


class CutNetwork(NamedTuple):
    """A ranking's network at a share of the MACs."""

    by: str
    share: float
    gmac: tuple[float, float]
    network: LidarselNet


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", type=Path)
    parser.add_argument("--judge", type=Path, nargs="+", required=True)
    parser.add_argument("--macs", type=float, nargs="+", default=[0.5])
    parser.add_argument("--by", nargs="+", default=["l1", "random"])
    parser.add_argument("--importance", type=Path)
    parser.add_argument("--norm-groups", choices=["whole", "remade"], default="remade")
    parser.add_argument("--round", type=int, default=16)
    parser.add_argument("--whole", type=Path, default=SHIPPED_WEIGHTS)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--layers", nargs="+")
    parser.add_argument("--seeds", type=int, default=1)
    given = parser.parse_args()
    if "shapley" in given.by and given.importance is None:
        parser.error("--by shapley needs --importance")
    return given


def rankings(given: argparse.Namespace, whole: FrozenLidarselNet) -> Iterator[tuple[str, Sequence[Unit], NDArray[Any]]]:
    """Names, units and their scores."""
    units = units_of(whole.couplings, given.norm_groups, given.layers)
    for by in given.by:
        if by == "shapley":
            file = msgspec.json.decode(given.importance.read_bytes(), type=ImportanceFile)
            ranked = units_of(whole.couplings, file.norm_groups, given.layers)
            assert [unit.channels for unit in ranked] == [tuple(unit.channels) for unit in file.units]
            yield f"{file.by} ({file.norm_groups})", ranked, np.array([unit.score for unit in file.units])
        else:
            for seed in range(given.seeds if by == "random" else 1):
                subject = Subject(whole.module, whole.couplings, units, seed=seed, radii=whole.channel_radii)
                yield f"{by} {seed}" if by == "random" else by, units, RANKINGS[by].scores(subject)


def cut_networks(given: argparse.Namespace, whole: FrozenLidarselNet) -> Iterator[CutNetwork]:
    work = Work(whole, SIZE)
    for by, units, scores in rankings(given, whole):
        stages = list(ways_down(units, scores, work, given.round))
        for share in given.macs:
            stage = next(stage for stage in stages if stage.macs.total <= share * stages[0].macs.total)
            cut = whole.cut(kept_of(whole.couplings, units, stage.present))
            yield CutNetwork(by, share, (stage.macs.encoder / 1e9, stage.macs.coalition / 1e9), cut.network)


def main() -> None:
    given = arguments()
    console = Console(width=150)
    frames = frames_of(given.train)
    steps = max(1, given.steps)
    again, anew = (TrainSettings(steps=steps, learning_rate=rate, ema_decay=0.99) for rate in (5e-4, 1e-3))
    judges = {data.name: Validation(frames_of(data), JUDGED_FRAMES, "auto", "cpu") for data in given.judge}
    whole = FrozenLidarselNet(load_weights(given.whole), "cpu")
    rows: list[dict[str, Any]] = []

    def judge(name: str, network: LidarselNet, **about: object) -> None:
        frozen = FrozenLidarselNet(network, "cpu")
        errors = {data: validation.rmse_mm(frozen) for data, validation in judges.items()}
        small, large = milliseconds([frozen, whole], SIZE)
        times = {"ms": [small.encoder, small.coalition], "ms_whole": [large.encoder, large.coalition]}
        rows.append({"network": name, **about, "rmse_mm": errors, **times})
        console.print(json.dumps(rows[-1]))

    judge("whole", whole.network)
    if given.steps:
        start = TrainableLidarselNet(None, 0, whole.network)
        judge("whole, trained on", trained(start, again, frames).module)
    for cut in cut_networks(given, whole):
        about = {"by": cut.by, "share": cut.share, "gmac": list(cut.gmac)}
        judge(f"{cut.by} {cut.share:.0%}, cut", cut.network, **about)
        if not given.steps:
            continue
        retrained = trained(TrainableLidarselNet(None, 0, cut.network), again, frames)
        judge(f"{cut.by} {cut.share:.0%}, retrained", retrained.module, **about)
        scratch = trained(TrainableLidarselNet(cut.network.design, 0), anew, frames)
        judge(f"{cut.by} {cut.share:.0%}, from scratch", scratch.module, **about)
    console.print(table(rows, list(judges)))
    write_result("shrink", {"steps": given.steps, "rows": rows})


def table(rows: Sequence[dict[str, Any]], judges: Sequence[str]) -> Table:
    drawn = Table("network", "GMAC", "ms, whole = 1", *(f"{name}, mm (0, 4, 8, 16, 32, all; mean)" for name in judges))
    for row in rows:
        errors = [
            " ".join(f"{value:.0f}" for value in row["rmse_mm"][name].values())
            + f"; {mean_mm(row['rmse_mm'][name].values()):.0f}"
            for name in judges
        ]
        ratios = (a / b for a, b in zip(row["ms"], row["ms_whole"], strict=True))
        cost = " + ".join(f"{part:.2f}" for part in row["gmac"]) if "gmac" in row else ""
        drawn.add_row(row["network"], cost, " + ".join(f"{ratio:.2f}" for ratio in ratios), *errors)
    return drawn


if __name__ == "__main__":
    main()
