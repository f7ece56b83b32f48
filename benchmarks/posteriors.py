"""Which spread knows most of what it does not know? Networks with several kinds, calibrated alike, in one table.

    python benchmarks/posteriors.py SIMULATED --weights nll=A.safetensors ensemble=B.safetensors ... [--real REAL]
        [--max-frames 24] [--real-frames 8] [--numbers 4 8 16 32 64]

Weights of ``lidarsel train --uncertainty``, each with a name for its row; several of one name are seeds of one kind,
whose means are told, and the least and the greatest. Each is told of half of the simulated drives, scaled on the other
half, both ways round, as ``lidarsel evaluate --uncertainty`` does, with 4, 8, 16, 32 and all lines evenly spaced;
beside them stands the distance to the nearest measurement, with the depths of the first weights. With --real the scale
that all of the simulated drives set is held against real frames: another domain, to which no promise is made. Passes:
through the network for each set of lines. Prints a table and writes benchmarks/results/posteriors.json.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from results import write_result
from rich.console import Console
from rich.table import Table

from lidarsel.completion.lidarsel_net.ensemble import FrozenEnsemble
from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.spread_samples import SpreadSamples, spread_samples
from lidarsel.report_spread import SpreadMethod
from lidarsel.settings import make_settings
from lidarsel.workflow.judging import Choice
from lidarsel.workflow.session import open_source
from lidarsel.workflow.spreading import CALIBRATED_FIGURES, CalibratedSpread, halves_of, kept_mask, spaced_sets

Row = dict[str, Any]
SHOWN = ("coverage_90", "coverage_95", "half_width_m", "likelihood", "ause")


def game_of(data: Path, weights: Path, most: int) -> LineGame:
    """On at most so many frames, by the network of a weights file."""
    source = open_source(data, make_settings(weights=str(weights), max_frames=most, bands=()))
    return source.game(source.frames)


def samples_of(game: LineGame, choice: Choice) -> list[SpreadSamples]:
    """Of every frame with a set of lines."""
    mask = kept_mask(choice, game.n_lines)
    return [spread_samples(game, frame, mask) for frame in range(len(game))]


def rmse_mm(samples: Sequence[SpreadSamples]) -> float:
    """Mean over the frames that have ground truth."""
    squares = [float(np.square(one.depth_m - one.truth_m).mean()) for one in samples if len(one.truth_m)]
    return 1000 * float(np.mean(np.sqrt(squares)))


def told(calibrated: CalibratedSpread, of: Sequence[int]) -> dict[str, float]:
    """Means over some of the frames."""
    places = [place for place, frame in enumerate(calibrated.judged) if frame in of]
    return dict(zip(CALIBRATED_FIGURES, calibrated.figures[places].mean(axis=0).tolist(), strict=True))


def measure(options: argparse.Namespace) -> Iterator[Row]:
    """A row for each network, set of lines and data."""
    first = options.weights[0][1]
    for name, weights in options.weights:
        here = game_of(options.data, weights, options.max_frames)
        there = game_of(options.real, weights, options.real_frames) if options.real else None
        members = len(here.network.members) if isinstance(here.network, FrozenEnsemble) else 1
        kinds: list[tuple[str, SpreadMethod]] = [(name, "network")]
        kinds += [("distance", "distance")] if weights == first else []
        for choice in spaced_sets(here):
            number = len(choice.lines)
            if options.numbers and number not in options.numbers:
                continue
            simulated = samples_of(here, choice)
            real = samples_of(there, choice) if there else []
            everywhere, n = [*simulated, *real], len(simulated)
            apart: NDArray[np.int64] = np.repeat(np.array([0, 1], np.int64), [n, len(real)])
            for kind, method in kinds:
                about = {"spread": kind, "weights": str(weights), "lines": number, "passes": members}
                halved = CalibratedSpread(method, simulated, halves_of(here.drives), here.drives)
                yield {**about, "data": "simulated", "rmse_mm": rmse_mm(simulated), **told(halved, range(n))}
                if there:
                    moved = CalibratedSpread(method, everywhere, apart, [*here.drives, *there.drives])
                    yield {**about, "data": "real", "rmse_mm": rmse_mm(real), **told(moved, range(n, len(everywhere)))}


def table(rows: Sequence[Row]) -> Table:
    """Means over the weights of one name; of several also the least and the greatest."""
    drawn = Table("data", "lines", "spread", "RMSE mm", "90 % holds", "95 % holds", "half m", "NLL", "AUSE %", "passes")
    keys = dict.fromkeys((row["data"], row["lines"], row["spread"]) for row in rows)
    for key in sorted(keys, key=lambda each: (each[0] == "real", each[1])):
        mine = [row for row in rows if (row["data"], row["lines"], row["spread"]) == key]
        entries = [_entry([row["rmse_mm"] for row in mine], 0)]
        for name in SHOWN:
            factor, digits = (1, 2) if name in ("half_width_m", "likelihood") else (100, 1)
            entries.append(_entry([factor * row[name] for row in mine], digits))
        drawn.add_row(key[0], str(key[1]), key[2], *entries, str(mine[0]["passes"]))
    return drawn


def _entry(values: Sequence[float], digits: int) -> str:
    mean = f"{np.mean(values):.{digits}f}"
    return mean if len(values) == 1 else f"{mean} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def named(text: str) -> tuple[str, Path]:
    """NAME=FILE."""
    name, equals, path = text.partition("=")
    if not equals or not Path(path).is_file():
        raise argparse.ArgumentTypeError(f"{text} is not NAME=FILE of a file that is there")
    return name, Path(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--weights", type=named, nargs="+", required=True)
    parser.add_argument("--real", type=Path)
    parser.add_argument("--max-frames", type=int, default=24)
    parser.add_argument("--real-frames", type=int, default=8)
    parser.add_argument("--numbers", type=int, nargs="+")
    options = parser.parse_args()
    rows = list(measure(options))
    Console(width=150).print(table(rows))
    write_result("posteriors", {"options": vars(options), "rows": rows})


if __name__ == "__main__":
    main()
