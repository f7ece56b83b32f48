"""How good averaged weights are: RMSE on held-out frames at several budgets, by the game that lines are valued in."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from lidarsel.choices import ElevationKind
from lidarsel.completion.base import CompletionNetwork
from lidarsel.cropping import Crop, crop_window
from lidarsel.datasets.base import FileProblem, GroundTruth
from lidarsel.datasets.split import thin_frames
from lidarsel.errors import LidarselError
from lidarsel.evaluation.line_game import LineGame
from lidarsel.frame import Frame
from lidarsel.metrics import FIGURES
from lidarsel.training.batches import FrameSource, unfit
from lidarsel.training.loss import FAR_M, swept

BUDGETS = (0, 4, 8, 16, 32)
LEAST_MM = 1.0  # the least error told apart: where the ground truth is the scan itself, all lines leave none at all


class Validation:
    """At most ``most`` frames of ``frames``, evenly spaced, cut once and kept in memory: 3 MB each at 352 x 1216."""

    def __init__(self, frames: FrameSource, most: int, crop: Crop, device: str) -> None:
        chosen = thin_frames(len(frames), most)
        self._frames = _FramesInMemory([_judged_where_swept(_cropped(frames.frame(index), crop)) for index in chosen])
        self._device = device

    def rmse_mm(self, network: CompletionNetwork) -> dict[str, float]:
        """Budget ("0", "4", ... "all") -> mean over frames of the frame's RMSE, with that many of the lines present in
        it, evenly spaced (all, where fewer are present)."""
        game = LineGame(self._frames, range(len(self._frames)), network, "none", self._device)
        budgets = [budget for budget in BUDGETS if budget < game.n_lines] + [game.n_lines]
        errors = []
        for frame in range(len(self._frames)):
            present = np.flatnonzero(game.active(frame))
            coalitions = np.stack([_spaced(present, budget, game.n_lines) for budget in budgets])
            errors.append(game.errors(frame, coalitions)[:, FIGURES.index("rmse_mm")])
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


def _cropped(frame: Frame, crop: Crop) -> Frame:
    return frame.crop(*crop_window(crop, frame.size))


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


class _FramesInMemory:
    """A ``Dataset`` of frames that are read already: the view of the held-out frames that the game plays on."""

    layout = "memory"
    root = Path("validation")
    sensor = "unknown"
    ground_truth: GroundTruth = "dense"
    notes: Sequence[str] = ()
    problems: Sequence[FileProblem] = ()
    doubts: Sequence[str] = ()

    def __init__(self, frames: Sequence[Frame]) -> None:
        if not frames:
            raise LidarselError("there are no frames to validate on")
        self._frames = frames
        self.n_lines = frames[0].n_lines
        self.elevation_kind: ElevationKind = "apparent"
        self.elevation_deg = np.full(self.n_lines, np.nan)  # frames do not tell it
        self.frame_ids: Sequence[str] = [frame.frame_id for frame in frames]
        self.drives: Sequence[str] = [self.root.name] * len(frames)
        digest = hashlib.sha256()
        for frame in frames:
            digest.update(repr((frame.frame_id, frame.size, frame.n_lines)).encode())
            points = frame.points
            for array in (points.row, points.column, points.depth_m, points.line, frame.image, frame.ground_truth_m):
                digest.update(b"none" if array is None else np.ascontiguousarray(array).tobytes())
        self.fingerprint = digest.hexdigest()

    def __len__(self) -> int:
        return len(self._frames)

    def frame(self, index: int) -> Frame:
        return self._frames[index]

    def scan(self, index: int) -> None:
        """Frames hold what the camera sees, no whole scan."""
