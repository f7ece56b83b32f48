"""How good averaged weights are: RMSE on held-out frames at several budgets, by the game that lines are valued in."""

import math
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray

from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.datasets.base import Dataset
from lidarsel.datasets.split import thin_frames
from lidarsel.errors import LidarselError
from lidarsel.evaluation.line_game import LineGame
from lidarsel.frame import Frame
from lidarsel.training.batches import FrameSource, unfit
from lidarsel.training.loss import FAR_M, swept

BUDGETS = (0, 4, 8, 16, 32)
LEAST_MM = 1.0  # the least error told apart: where the ground truth is the scan itself, all lines leave none at all


class Validation:
    """At most ``most`` frames of ``frames``, evenly spaced, kept in memory: 3 MB each at 352 x 1216."""

    def __init__(self, frames: FrameSource, most: int, crop: tuple[int, int], device: str) -> None:
        chosen = thin_frames(len(frames), most)
        self._frames = _Kept([_judged_where_swept(frames.frame(index).crop(*crop)) for index in chosen])
        self._crop, self._device = crop, device

    def rmse_mm(self, network: LidarselNet) -> dict[str, float]:
        """Budget ("0", "4", ... "all") -> mean over frames of the frame's RMSE, with that many of the lines present in
        it, evenly spaced (all, where fewer are present)."""
        # The game asks no more of a data set than its frames, their names and the number of lines.
        dataset = cast(Dataset, self._frames)
        network_in_use = FrozenLidarselNet(network, self._device)
        game = LineGame(dataset, range(len(self._frames)), network_in_use, self._crop, self._device)
        budgets = [budget for budget in BUDGETS if budget < game.n_lines] + [game.n_lines]
        errors = []
        for frame in range(len(self._frames)):
            present = np.flatnonzero(game.active(frame))
            coalitions = np.stack([_spaced(present, budget, game.n_lines) for budget in budgets])
            errors.append(game.errors(frame, coalitions)[:, 0])
        names = [*map(str, budgets[:-1]), "all"]
        return dict(zip(names, np.mean(errors, axis=0).tolist(), strict=True))


def mean_mm(rmse_mm: dict[str, float]) -> float:
    """The geometric mean over budgets, by which the best weights are chosen: a per cent counts the same at each.

    In a plain mean the error without any line, the largest and the least settled by lidar, would outweigh the others.
    """
    return math.exp(sum(math.log(max(value, LEAST_MM)) for value in rmse_mm.values()) / len(rmse_mm))


def _spaced(present: NDArray[np.int64], budget: int, n_lines: int) -> NDArray[np.bool_]:
    """Bool (n_lines,): ``budget`` of the lines present, in equal steps from half a step on."""
    kept = np.zeros(n_lines, np.bool_)
    kept[present[thin_frames(len(present), budget)]] = True
    return kept


def _judged_where_swept(frame: Frame) -> Frame:
    """Ground truth only where the lidar sweeps and within range, as in the loss: dense ground truth of a simulation
    has far backgrounds above the topmost line, which would drown what lines can tell."""
    if frame.image is None or frame.ground_truth_m is None:
        raise unfit(frame)
    seen = swept(torch.from_numpy(frame.points.draw(*frame.size))[None, None])[0, 0].numpy()
    truth = np.where(seen & (frame.ground_truth_m <= FAR_M), frame.ground_truth_m, np.float32(0))
    if not truth.any():
        raise LidarselError(f"frame {frame.frame_id} has no ground truth where the lidar sweeps; leave it out")
    return replace(frame, ground_truth_m=truth)


class _Kept:
    """Frames in memory, as far as a data set as the game needs."""

    root = Path("validation")

    def __init__(self, frames: list[Frame]) -> None:
        if not frames:
            raise LidarselError("there are no frames to validate on")
        self._frames = frames
        self.n_lines = frames[0].n_lines
        self.frame_ids = [frame.frame_id for frame in frames]

    def __len__(self) -> int:
        return len(self._frames)

    def frame(self, index: int) -> Frame:
        return self._frames[index]
