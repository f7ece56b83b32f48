"""How good averaged weights are: RMSE on held-out frames at several budgets, by the game that lines are valued in."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from lidarsel.cautions import Caution
from lidarsel.choices import FIGURES, ElevationKind
from lidarsel.completion.base import CompletionNetwork
from lidarsel.completion.swept import swept
from lidarsel.cropping import Crop, crop_window
from lidarsel.datasets.base import FileProblem, GroundTruth
from lidarsel.datasets.split import thin_frames
from lidarsel.errors import LidarselError
from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.line_numbers import line_numbers, spaced_lines
from lidarsel.frame import Frame
from lidarsel.training.batches import FrameSource, unfit
from lidarsel.training.loss import FAR_M


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
        numbers = line_numbers(game.n_lines)
        errors = [
            game.errors(frame, spaced_lines(game.active(frame), numbers))[:, FIGURES.index("rmse_mm")]
            for frame in range(len(self._frames))
        ]
        names = ["all" if number is None else str(number) for number in numbers]
        return dict(zip(names, np.mean(errors, axis=0).tolist(), strict=True))


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
    cautions: Sequence[Caution] = ()
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
