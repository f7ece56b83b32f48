"""Training batches: a step's batch is a function of the seed and the step alone, so a resumed run goes on the same."""

from dataclasses import dataclass, fields
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from lidarsel.completion.augment import disturb_colours, disturb_points, mirror, random_window
from lidarsel.completion.image_encoder import position_channels
from lidarsel.completion.loss import swept
from lidarsel.completion.subsets import draw_lines
from lidarsel.errors import LidarselError
from lidarsel.frame import Frame


class FrameSource(Protocol):
    """Frames to train on: any ``Dataset`` is one. Each must have an image and ground truth."""

    def __len__(self) -> int: ...

    def frame(self, index: int) -> Frame: ...


@dataclass(frozen=True)
class Batch:
    """F images, K subsets of lines each, image by image.

    image: float (F, 3, H, W) in 0..1. position: float (F, 2, H, W).
    sparse_depth_m: float (F * K, 1, H, W), 0 = no value. truth_m: float (F, 1, H, W), 0 = no value.
    swept: bool (F, 1, H, W), where the lidar's lines, all of them, can tell the depth.
    """

    image: Tensor
    position: Tensor
    sparse_depth_m: Tensor
    truth_m: Tensor
    swept: Tensor


def make_batch(frames: FrameSource, seed: int, step: int, images: int, subsets: int, crop: tuple[int, int]) -> Batch:
    """The batch of one step: ``images`` frames cut to ``crop`` (height, width) or less, ``subsets`` of lines each.

    Every frame comes once an epoch, in a new order each. Raises LidarselError for a frame without image or ground
    truth, or where the frames of a step differ in size after cropping.
    """
    rng = np.random.default_rng([seed, step])
    parts = [
        _sample(frames.frame(_index(seed, step * images + i, len(frames))), rng, subsets, crop) for i in range(images)
    ]
    if len({part.image.shape for part in parts}) > 1:
        raise LidarselError("training frames differ in size and some are smaller than the crop; give a smaller crop")
    return Batch(*(torch.cat([getattr(part, field.name) for part in parts]) for field in fields(Batch)))


def _index(seed: int, count: int, n_frames: int) -> int:
    epoch, place = divmod(count, n_frames)
    return int(np.random.default_rng([seed, epoch, 1]).permutation(n_frames)[place])


def _sample(frame: Frame, rng: np.random.Generator, subsets: int, crop: tuple[int, int]) -> Batch:
    if frame.image is None or frame.ground_truth_m is None:
        raise LidarselError(f"frame {frame.frame_id} has no image or no ground truth, so it cannot be trained on")
    frame, centre = random_window(rng, frame, *crop)
    if rng.random() < 0.5:
        frame, centre = mirror(frame), frame.size[1] - 1 - centre
    height, width = frame.size
    sparse = []
    for _ in range(subsets):
        kept = frame.points.of_lines(draw_lines(rng, frame.n_lines))
        sparse.append(torch.from_numpy(disturb_points(rng, kept, frame.size).draw(height, width)))
    full = torch.from_numpy(frame.points.draw(height, width))[None, None]
    assert frame.image is not None
    assert frame.ground_truth_m is not None
    image = disturb_colours(rng, frame.image)
    return Batch(
        image=image,
        position=position_channels(height, width, centre, height - 1, image),
        sparse_depth_m=torch.stack(sparse)[:, None],
        truth_m=torch.from_numpy(np.ascontiguousarray(frame.ground_truth_m))[None, None],
        swept=swept(full),
    )
