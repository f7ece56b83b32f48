"""Frames, line subsets and networks as the accuracy benchmarks take them: the same ones in every table."""

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from lidarsel.completion.base import CompletionNetwork
from lidarsel.completion.registry import NAMES, load_network
from lidarsel.completion.swept import swept
from lidarsel.datasets.base import DatasetFacts
from lidarsel.datasets.registry import open_dataset
from lidarsel.datasets.scans.accumulation import NEIGHBOURS
from lidarsel.evaluation.line_game import LineGame
from lidarsel.frame import Frame
from lidarsel.simulation.frames import simulate_with_exact_depth
from lidarsel.simulation.settings import SimulateSettings

CROP = (352, 1216)
HELD_OUT_SEED = 9000
FAR_M = 80.0


def held_out(count: int, seen: SimulateSettings | None = None) -> dict[str, list[Frame]]:
    """Simulated frames of a seed that no weights were trained on, cropped: with ground truth as KITTI makes it, and
    with the exact depth of every pixel; both to 80 m, as far as KITTI's lidar sees. seen: by another lidar than the
    simulator's own, or in another way.

    Exact depth reaches above every line. It is judged where lidar could tell: where the lidar sweeps (a line has a
    point in the 16-pixel column at or above the pixel).
    """
    as_kitti, exact = [], []
    settings = replace(seen or SimulateSettings(), seed=HELD_OUT_SEED, frames=count)
    for whole, exact_m in simulate_with_exact_depth(settings):
        frame, dense = whole.crop(*CROP), replace(whole, ground_truth_m=exact_m).crop(*CROP)
        in_sweep = swept(torch.from_numpy(frame.points.draw(*frame.size))[None, None])[0, 0].numpy()
        assert dense.ground_truth_m is not None
        exact.append(_to_80_m(replace(dense, ground_truth_m=dense.ground_truth_m * in_sweep)))
        as_kitti.append(_to_80_m(frame))
    return {"simulated, held out": as_kitti, "simulated, held out, exact depth": exact}


def _to_80_m(frame: Frame) -> Frame:
    """The frame judged as far as KITTI's lidar sees, whatever the frame's own."""
    assert frame.ground_truth_m is not None
    return replace(frame, ground_truth_m=frame.ground_truth_m * (frame.ground_truth_m <= FAR_M))


class Drives(Protocol):
    """What ``well_covered`` asks of a data set."""

    @property
    def drives(self) -> Sequence[str]: ...

    @property
    def ground_truth(self) -> str: ...

    def __len__(self) -> int: ...


def well_covered(dataset: Drives, count: int) -> list[int]:
    """At most ``count`` frames, evenly spread; where ground truth is accumulated, of those that have five
    neighbouring scans on either side and so the densest ground truth."""
    indices = np.arange(len(dataset))
    if dataset.ground_truth == "accumulated":
        drives = np.asarray(dataset.drives)
        before = np.array([int((drives[:i] == drives[i]).sum()) for i in indices])
        after = np.array([int((drives[i + 1 :] == drives[i]).sum()) for i in indices])
        indices = indices[(before >= NEIGHBOURS) & (after >= NEIGHBOURS)]
    if len(indices) > count:
        indices = indices[np.floor((np.arange(count) + 0.5) * len(indices) / count).astype(np.int64)]
    return [int(i) for i in indices]


def frame_sets(data: Sequence[Path], simulated: int, most: int) -> dict[str, list[Frame]]:
    """Title -> cropped frames: ``simulated`` held-out ones (none where 0), judged in two ways, and of each data set at
    most ``most``."""
    sets = held_out(simulated) if simulated else {}
    for path in data:
        dataset = open_dataset(path)
        frames = [dataset.frame(i).crop(*CROP) for i in well_covered(dataset, most)]
        sets[f"{dataset.layout}, {dataset.ground_truth} ground truth"] = frames
    return sets


def in_image(present: NDArray[np.bool_], size: int, offsets: int = 1) -> NDArray[np.bool_]:
    """bool (offsets, n_lines): ``size`` lines evenly spaced among the ``present`` ones, from evenly spread starts.

    One row with all present lines where there are no more than ``size``; one empty row for size 0.
    """
    reach = np.flatnonzero(present)
    size = min(size, len(reach))
    offsets = 1 if size in (0, len(reach)) else offsets
    kept = np.zeros((offsets, len(present)), np.bool_)
    for i in range(offsets if size else 0):
        start = (i + 0.5) / offsets
        kept[i, reach[np.floor((np.arange(size) + start) * len(reach) / size).astype(np.int64)]] = True
    return kept


def of_sensor(n_lines: int, size: int) -> NDArray[np.bool_]:
    """bool (offsets, n_lines): every subset of ``size`` lines at equal steps among all lines of the sensor."""
    if size == 0:
        return np.zeros((1, n_lines), np.bool_)
    step = n_lines / size
    kept = np.zeros((int(step), n_lines), np.bool_)
    for offset in range(int(step)):
        kept[offset, np.floor(offset + step * np.arange(size)).astype(np.int64)] = True
    return kept


class _InMemory(DatasetFacts):
    """A data set of frames that are there already. No game asks for its elevations."""

    def __init__(self, frames: Sequence[Frame]) -> None:
        super().__init__(
            layout="frames in memory",
            root=Path("benchmark"),
            sensor="",
            n_lines=frames[0].n_lines,
            elevation_deg=np.zeros(frames[0].n_lines),
            elevation_kind="apparent",
            frame_ids=[frame.frame_id for frame in frames],
            drives=[""] * len(frames),
            ground_truth="dense",
            notes=(),
            problems=(),
            fingerprint="",
        )
        self._frames = frames

    def frame(self, index: int) -> Frame:
        return self._frames[index]

    def scan(self, index: int) -> None:
        return None


def line_game(frames: Sequence[Frame], network: CompletionNetwork) -> LineGame:
    """The game of some frames in memory, on the CPU. Their ground truth is not their own scans."""
    return LineGame(_InMemory(frames), range(len(frames)), network, CROP, "cpu")


def counted(frames: Sequence[object], title: str) -> Iterable[int]:
    """The frames' indices, with a progress bar where stderr is a terminal."""
    console = Console(stderr=True)
    return track(range(len(frames)), title, console=console, transient=True, disable=not console.is_terminal)


def add_frame_options(parser: argparse.ArgumentParser, simulated: int, frames: int) -> None:
    """Which frames: what ``frame_sets`` takes."""
    parser.add_argument("data", type=Path, nargs="*", help="folders of data sets with ground truth")
    parser.add_argument("--simulated", type=int, default=simulated, help="held-out simulated frames, 0 for none")
    parser.add_argument("--frames", type=int, default=frames, help="at most so many frames of a data set")


def add_network_options(parser: argparse.ArgumentParser) -> None:
    """Which networks: what ``networks_of`` takes."""
    parser.add_argument("--networks", nargs="*", default=list(NAMES))
    parser.add_argument("--weights", type=Path, nargs="*", default=[], help="weights files, each a network beside them")


def networks_of(options: argparse.Namespace) -> list[CompletionNetwork]:
    """The named networks, then one for each weights file, named by its path."""
    networks = [load_network(name) for name in options.networks]
    for path in options.weights:
        network = load_network("lidarsel", path)
        network.name = str(path)
        networks.append(network)
    return networks
