"""What a completion network is used for, as rankings that learn are given it: frames with lines, and a loss."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.errors import LidarselError
from lidarsel.frame import Frame
from lidarsel.importance.channels.subject import Task
from lidarsel.training.loss import depth_loss

EVIDENCE = 100.0
"""By how much a metre of loss counts, where importance sets it beside a divergence in nats: a per cent of the loss of a
frame, some centimetres, is then a few nats over the frames of a drive."""


@dataclass(frozen=True, eq=False)
class TaskFrame:
    """A frame with some of its lines. image: float (1, 3, H, W) in 0..1. sparse_depth_m, truth_m: (1, 1, H, W)."""

    image: Tensor
    sparse_depth_m: Tensor
    truth_m: Tensor


def task_frame(frame: Frame, lines: NDArray[np.bool_]) -> TaskFrame:
    """A cropped frame with bool (n_lines,) of its lines. Raises LidarselError without image or ground truth."""
    if frame.image is None or frame.ground_truth_m is None:
        raise LidarselError(f"frame {frame.frame_id} lacks an image or ground truth; rank by l1 or shapley")
    image = torch.from_numpy(np.ascontiguousarray(frame.image)).permute(2, 0, 1)[None].float() / 255
    sparse = torch.from_numpy(frame.points.of_lines(lines).draw(*frame.size))[None, None]
    return TaskFrame(image, sparse, torch.from_numpy(np.ascontiguousarray(frame.ground_truth_m))[None, None])


def completion_task(frames: Sequence[TaskFrame]) -> Task:
    """lidarsel's network completing the frames, one a batch; the loss is that of training."""
    return Task(_answer, _loss, frames, len(frames))


def _answer(module: nn.Module, frame: Any) -> Tensor:
    assert isinstance(module, LidarselNet)
    log_depth: Tensor = module.predict_log(module.encode(frame.image), frame.sparse_depth_m)
    return log_depth


def _loss(log_depth: Tensor, frame: Any) -> Tensor:
    return EVIDENCE * depth_loss(log_depth, frame.truth_m)
