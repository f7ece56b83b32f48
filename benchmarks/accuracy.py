"""RMSE of the completion networks by number of lines, on held-out simulated streets and on data sets given.

    python benchmarks/accuracy.py [DATA ...] [--networks lidarsel classical nearest] [--simulated 36]

Every frame is cropped to KITTI's 352 x 1216. Lines are evenly spaced in two ways: among the lines that reach the
image ("in image"), and by equal steps among all lines of the sensor, the median over all offsets ("of sensor").
Simulated ground truth is judged where real ground truth would be: to 80 m, and where the lidar sweeps (a line has a
point in the 16-pixel column at or above the pixel). Prints tables and writes benchmarks/results/accuracy.json.
"""

import argparse
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from lidarsel.completion.base import CompletionNetwork
from lidarsel.completion.errors_at import depth_errors
from lidarsel.completion.loss import swept
from lidarsel.completion.registry import NAMES, load_network
from lidarsel.datasets.registry import open_dataset
from lidarsel.frame import Frame
from lidarsel.simulate.frames import simulate_frames
from lidarsel.simulate.settings import SimulateSettings

RESULTS = Path(__file__).parent / "results" / "accuracy.json"
CROP = (352, 1216)
SIZES = (0, 4, 8, 16, 32, 64)
HELD_OUT_SEED = 9000
FAR_M = 80.0


def held_out(count: int) -> Iterable[Frame]:
    """Simulated frames of a seed that no weights were trained on, cropped, judged as real ones are."""
    for whole in simulate_frames(SimulateSettings(seed=HELD_OUT_SEED, frames=count)):
        frame = whole.crop(*CROP)
        assert frame.ground_truth_m is not None
        in_sweep = swept(torch.from_numpy(frame.points.draw(*frame.size))[None, None])[0, 0].numpy()
        truth = frame.ground_truth_m * (in_sweep & (frame.ground_truth_m <= FAR_M))
        yield replace(frame, ground_truth_m=truth)


def in_image(frame: Frame, size: int) -> list[NDArray[np.bool_]]:
    """The one subset of ``size`` lines evenly spaced among those that reach the image; all of them where fewer do."""
    reach = np.flatnonzero(frame.points.count_by_line(frame.n_lines) > 0)
    size = min(size, len(reach))
    kept = np.zeros(frame.n_lines, np.bool_)
    kept[reach[np.floor((np.arange(size) + 0.5) * len(reach) / max(size, 1)).astype(np.int64)]] = True
    return [kept]


def of_sensor(frame: Frame, size: int) -> list[NDArray[np.bool_]]:
    """Every subset of ``size`` lines at equal steps among all lines of the sensor."""
    step = frame.n_lines / max(size, 1)
    offsets = range(int(step)) if size else range(1)
    subsets = []
    for offset in offsets:
        kept = np.zeros(frame.n_lines, np.bool_)
        kept[np.floor(offset + step * np.arange(size)).astype(np.int64)] = True
        subsets.append(kept)
    return subsets


def frame_errors(network: CompletionNetwork, frame: Frame) -> dict[str, list[float]]:
    """For each way of spacing, RMSE in mm by SIZES."""
    assert frame.image is not None
    assert frame.ground_truth_m is not None
    image = torch.from_numpy(np.ascontiguousarray(frame.image)).permute(2, 0, 1)[None].float() / 255
    truth = torch.from_numpy(np.ascontiguousarray(frame.ground_truth_m))
    features = network.encode(image)
    errors: dict[str, list[float]] = {}
    for way, spacing in (("in image", in_image), ("of sensor", of_sensor)):
        errors[way] = []
        for size in SIZES:
            sparse = [frame.points.of_lines(kept).draw(*frame.size) for kept in spacing(frame, size)]
            depth = network.complete(features, torch.from_numpy(np.stack(sparse))[:, None])[:, 0]
            rmse_mm = depth_errors(depth[:, truth > 0], truth[truth > 0])[:, 0]
            errors[way].append(float(np.median(rmse_mm.numpy())))
    return errors


def measure(networks: list[CompletionNetwork], frames: Iterable[Frame]) -> dict[str, dict[str, list[float]]]:
    """Way of spacing -> network -> mean over frames of RMSE in mm by SIZES."""
    all_errors = [{network.name: frame_errors(network, frame) for network in networks} for frame in frames]
    return {
        way: {
            network.name: np.mean([errors[network.name][way] for errors in all_errors], axis=0).tolist()
            for network in networks
        }
        for way in ("in image", "of sensor")
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="*")
    parser.add_argument("--networks", nargs="+", default=list(NAMES))
    parser.add_argument("--simulated", type=int, default=36, help="held-out simulated frames, 0 for none")
    options = parser.parse_args()
    networks = [load_network(name) for name in options.networks]
    results = {}
    if options.simulated:
        results["simulated, held out"] = measure(networks, held_out(options.simulated))
    for path in options.data:
        dataset = open_dataset(path)
        frames = (dataset.frame(i).crop(*CROP) for i in range(len(dataset)))
        results[f"{dataset.layout} {path.name}, {dataset.ground_truth}"] = measure(networks, frames)
    console = Console(width=100)
    for name, ways in results.items():
        table = Table("lines", "network", *(str(size) for size in SIZES), title=f"{name}: RMSE in mm")
        for way, rows in ways.items():
            for network, values in rows.items():
                table.add_row(way, network, *(f"{value:.0f}" for value in values))
        console.print(table)
    RESULTS.parent.mkdir(exist_ok=True)
    identities = {network.name: network.sha256 for network in networks}
    RESULTS.write_text(json.dumps({"sizes": SIZES, "sha256": identities, "rmse_mm": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
