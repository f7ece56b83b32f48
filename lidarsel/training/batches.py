"""Training batches: each image of a step is a function of the seed, the step and its number in the step alone.

So a resumed run goes on the same, loading processes do not change what is loaded, and several training processes
together see the batch that one would see.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lidarsel.completion.position import position_channels
from lidarsel.completion.swept import swept
from lidarsel.completion.threads import one_thread
from lidarsel.errors import LidarselError
from lidarsel.frame import Frame
from lidarsel.training.augment import disturb_colours, disturb_points, mirror, random_window
from lidarsel.training.settings import TrainSettings
from lidarsel.training.subsets import draw_lines

_SAMPLES, _ORDER = 0, 1  # streams of random numbers


class FrameSource(Protocol):
    """Frames to train on: any ``Dataset`` is one. Each must have an image and ground truth."""

    def __len__(self) -> int: ...

    def frame(self, index: int) -> Frame: ...


class FrameList:
    """Frames that are in memory already."""

    def __init__(self, frames: Sequence[Frame]) -> None:
        self._frames = frames

    def __len__(self) -> int:
        return len(self._frames)

    def frame(self, index: int) -> Frame:
        return self._frames[index]


class Batch(NamedTuple):
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


def make_batch(frames: FrameSource, settings: TrainSettings, step: int, rank: int = 0, processes: int = 1) -> Batch:
    """The part of a step's batch that belongs to process ``rank``; the parts in order are the whole batch.

    Every frame comes once an epoch, in a new order each.

    Args:
        frames: what is trained on.
        settings: how many images a step has, and what becomes of them.
        step: from 0.
        rank, processes: which of how many processes asks.

    Raises:
        LidarselError: a frame lacks its image or ground truth, or the frames of a step differ in size after cropping.
    """
    count = settings.images_per_process(processes)
    # Loading processes have one thread, and the last bits of torch's results may follow the number of threads.
    with one_thread():
        samples = [_sample(frames, settings, step, rank * count + i) for i in range(count)]
    if len({sample.image.shape for sample in samples}) > 1:
        raise LidarselError("training frames differ in size and some are smaller than the crop; give a smaller crop")
    return Batch(*(torch.cat(parts) for parts in zip(*samples, strict=True)))


def _sample(frames: FrameSource, settings: TrainSettings, step: int, number: int) -> Batch:
    """The image with this number in the step, and its subsets of lines."""
    frame = frames.frame(_index(settings.seed, step * settings.images_per_step + number, len(frames)))
    return make_sample(frame, settings, np.random.default_rng([settings.seed, _SAMPLES, step, number]))


def make_sample(frame: Frame, settings: TrainSettings, rng: np.random.Generator) -> Batch:
    """One image of a frame, a window of it varied at random, with its subsets of lines.

    Raises LidarselError where the frame lacks its image or ground truth.
    """
    if frame.image is None or frame.ground_truth_m is None:
        raise unfit(frame)
    frame, centre = random_window(rng, frame, *settings.crop)
    if rng.random() < 0.5:
        frame, centre = mirror(frame), frame.size[1] - 1 - centre
    assert frame.image is not None
    assert frame.ground_truth_m is not None
    height, width = frame.size
    sparse = []
    for _ in range(settings.subsets_per_image):
        kept = frame.points.of_lines(draw_lines(rng, frame.n_lines))
        sparse.append(torch.from_numpy(disturb_points(rng, kept, frame.size).draw(height, width)))
    full = torch.from_numpy(frame.points.draw(height, width))[None, None]
    image = disturb_colours(rng, frame.image)
    return Batch(
        image=image,
        position=position_channels(height, width, centre, height - 1, image),
        sparse_depth_m=torch.stack(sparse)[:, None],
        truth_m=torch.from_numpy(np.ascontiguousarray(frame.ground_truth_m))[None, None],
        swept=swept(full),
    )


def unfit(frame: Frame) -> LidarselError:
    """What is missing from a frame, as an error."""
    if frame.image is None:
        return LidarselError(f"frame {frame.frame_id} has no camera image to train with; give --raw FOLDER with them")
    return LidarselError(f"frame {frame.frame_id} has no ground truth to train with; choose another --ground-truth")


def _index(seed: int, count: int, n_frames: int) -> int:
    """Which frame the ``count``-th image of the run is."""
    epoch, place = divmod(count, n_frames)
    return int(_order(seed, epoch, n_frames)[place])


@lru_cache(maxsize=2)  # a step may touch two epochs; 86,000 frames take milliseconds to shuffle
def _order(seed: int, epoch: int, n_frames: int) -> NDArray[np.int64]:
    return np.random.default_rng([seed, _ORDER, epoch]).permutation(n_frames)
