"""Statistics of real frames beside simulated ones: what the lidar brings back, how far things are, how pictures look.

    python benchmarks/streets.py ../shared/data/kitti_raw ../shared/data/kitti_object [--simulated 24] [--frames 6]

Of each drive given ``--frames`` frames, evenly spread, count as one frame, so that one long drive does not outweigh the
others. Real: mean over drives, with their spread (standard deviation; of so few it is no more than a hint). Simulated:
mean and spread over held-out streets, one frame each. "apart" is the distance of the means in spreads of either. The
last row is the mean of the absolute logarithms of the ratios. ``--against RUN`` puts the simulated column of an earlier
run of benchmarks/results/streets.json (-1 = the last one) beside it. Prints a table and writes
benchmarks/results/streets.json.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from results import RESULTS, write_result
from rich.console import Console
from rich.table import Table

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.frame import Frame, ImagePoints, Scan
from lidarsel.simulation.drive import Drive
from lidarsel.simulation.settings import SimulateSettings

STEP_DEG = 0.1728  # of KITTI's HDL-64E, 10 revolutions a second
AHEAD_DEG = 40.0
Statistics = dict[str, float]


def of_scan(scan: Scan, step_deg: float) -> Statistics:
    """Shares of firings ahead that return, by eight lines; shares of returns by range, all round."""
    azimuth = np.degrees(np.arctan2(scan.xyz_m[:, 1], scan.xyz_m[:, 0]))
    lines = np.bincount(scan.line[np.abs(azimuth) < AHEAD_DEG], minlength=64) / (2 * AHEAD_DEG / step_deg)
    range_m = np.linalg.norm(scan.xyz_m, axis=1)
    groups = {f"returns of lines {at}-{at + 7}": float(lines[at : at + 8].mean()) for at in range(0, 48, 8)}
    far = {f"returns beyond {m} m": float((range_m > m).mean()) for m in (20, 40, 60, 80)}
    return groups | far | {"steps on a line over 15 %": _jumps(scan, azimuth, range_m, 0.15)}


def _jumps(scan: Scan, azimuth: NDArray[np.floating], range_m: NDArray[np.floating], least: float) -> float:
    """Share of neighbouring returns of a line, ahead, whose ranges differ by more than a share of the nearer."""
    ahead = np.abs(azimuth) < AHEAD_DEG
    same = (scan.line[1:] == scan.line[:-1]) & ahead[1:] & ahead[:-1] & (np.abs(np.diff(azimuth)) < 0.5)
    near, far = np.minimum(range_m[1:], range_m[:-1]), np.maximum(range_m[1:], range_m[:-1])
    return float((far > (1 + least) * near)[same].mean())


def of_points(points: ImagePoints, height: int) -> Statistics:
    """Of the measurements in the image: how many, percentiles of depth, median depth by rows of a 375-row image."""
    found: Statistics = {
        "measurements in the image": float(len(points)),
        "lines in the image": float(len(set(points.line))),
    }
    for share in (10, 50, 90, 99):
        found[f"depth, {share} % (m)"] = float(np.percentile(points.depth_m, share))
    row = points.row + (375 - height)
    for low, high in pairwise((140, 180, 220, 260, 300)):
        inside = (row >= low) & (row < high)
        if inside.any():
            found[f"median depth, rows {low}-{high} (m)"] = float(np.median(points.depth_m[inside]))
    return found


def of_image(image: NDArray[np.uint8]) -> Statistics:
    """Of grey levels 0..1: mean, contrast, edges; shares of black and of blown-out pixels; colourfulness."""
    grey = image.astype(np.float32).mean(2) / 255
    slope = np.hypot(np.diff(grey, axis=1)[:-1], np.diff(grey, axis=0)[:, :-1])
    low, high = image.min(2).astype(np.float32), image.max(2).astype(np.float32)
    return {
        "grey, mean": float(grey.mean()),
        "grey, standard deviation": float(grey.std()),
        "slope of grey, 50 %": float(np.median(slope)),
        "slope of grey, 95 %": float(np.percentile(slope, 95)),
        "black pixels": float((grey < 0.04).mean()),
        "white pixels": float((grey > 0.98).mean()),
        "saturation": float(((high - low) / np.maximum(high, 1)).mean()),
    }


def statistics(frame: Frame, scan: Scan | None, step_deg: float) -> Statistics:
    found = of_scan(scan, step_deg) if scan is not None else {}
    found |= of_points(frame.points, frame.size[0])
    return found | (of_image(frame.image) if frame.image is not None else {})


def real(path: Path, most: int) -> Iterator[Statistics]:
    """A mean for each drive of a data set."""
    dataset = open_dataset(path, ReadOptions(ground_truth="scan"))
    for drive in dict.fromkeys(dataset.drives):
        indices = [i for i, name in enumerate(dataset.drives) if name == drive]
        chosen = (
            [indices[int((i + 0.5) * len(indices) / most)] for i in range(most)] if len(indices) > most else indices
        )
        yield _mean([statistics(dataset.frame(i), dataset.scan(i), STEP_DEG) for i in chosen])


def simulated(count: int, seed: int) -> Iterator[Statistics]:
    """One frame of each street."""
    settings = SimulateSettings(seed=seed)
    for number in range(count):
        drive = Drive(settings, number, 1.0)
        shot, picture = drive.scan_at(0, 0.0), drive.picture_at(0, 0.0)
        size = (settings.image_height, settings.image_width)
        frame = Frame(str(number), size, settings.n_lines, drive.image_points(shot), picture.image)
        yield statistics(frame, shot.scan, settings.azimuth_step_deg)


def _mean(rows: Sequence[Statistics]) -> Statistics:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: float(np.mean([row[name] for row in rows if name in row])) for name in names}


def _spread(rows: Sequence[Statistics], names: Sequence[str]) -> Statistics:
    return {name: float(np.std([row[name] for row in rows if name in row], ddof=1)) for name in names}


def compare(of_real: Sequence[Statistics], of_simulated: Sequence[Statistics]) -> dict[str, dict[str, float]]:
    """Name -> means, spreads, and how far apart."""
    means = _mean(of_real), _mean(of_simulated)
    names = [name for name in means[0] if name in means[1]]
    spreads = _spread(of_real, names), _spread(of_simulated, names)
    rows = {}
    for name in names:
        spread = float(np.hypot(spreads[0][name], spreads[1][name]))
        rows[name] = {
            "real": means[0][name],
            "real_spread": spreads[0][name],
            "simulated": means[1][name],
            "simulated_spread": spreads[1][name],
            "apart": abs(means[0][name] - means[1][name]) / max(spread, 1e-9),
        }
    return rows


def off(rows: dict[str, dict[str, float]]) -> float:
    """Mean absolute logarithm of the ratios; shares below a thousandth count as that."""
    return float(np.mean([abs(np.log(max(r["simulated"], 1e-3) / max(r["real"], 1e-3))) for r in rows.values()]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="+", help="folders with real scans and images")
    parser.add_argument("--simulated", type=int, default=24, help="streets")
    parser.add_argument("--seed", type=int, default=9000)
    parser.add_argument("--frames", type=int, default=6, help="at most so many of a drive")
    parser.add_argument("--against", type=int, help="an earlier run of the results")
    options = parser.parse_args()
    earlier = None
    if options.against is not None:
        earlier = json.loads((RESULTS / "streets.json").read_text())[options.against]["result"]["rows"]
    of_real = [row for path in options.data for row in real(path, options.frames)]
    rows = compare(of_real, list(simulated(options.simulated, options.seed)))
    table = Table("", "real", "spread", "simulated", "spread", "apart", *(["before"] if earlier else []))
    for name, row in rows.items():
        before = [f"{earlier[name]['simulated']:.3g}"] if earlier else []
        table.add_row(name, *(f"{value:.3g}" for value in row.values()), *before)
    last = [f"{off(earlier):.3g}"] if earlier else []
    table.add_row("mean |log ratio|", "", "", f"{off(rows):.3g}", "", "", *last)
    Console(width=110).print(table)
    write_result("streets", {"drives": len(of_real), "streets": options.simulated, "rows": rows, "off": off(rows)})


if __name__ == "__main__":
    main()
