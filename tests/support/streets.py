"""Tiny frames to train on, and the settings of a training that takes seconds."""

import numpy as np

from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.frame import Frame, ImagePoints
from lidarsel.training.settings import TrainSettings

N_LINES = 12
SETTINGS = TrainSettings(
    steps=6,
    images_per_step=2,
    subsets_per_image=2,
    crop=(32, 48),
    validation_crop=(48, 64),
    warm_up_steps=2,
    validate_every=2,
    validation_frames=2,
    log_every=2,
    design=Design(image_channels=(8, 8, 16, 16, 16), depth_channels=(8, 8, 16)),
)


class Streets:
    """A road up to the horizon, and a box before it at a depth that its colour does not tell.

    first: the number of the first frame; another one gives other frames.
    """

    def __init__(self, count: int = 5, first: int = 0, height: int = 48, width: int = 64) -> None:
        self.count, self.first, self.height, self.width = count, first, height, width

    def __len__(self) -> int:
        return self.count

    def frame(self, index: int) -> Frame:
        if not 0 <= index < self.count:
            raise IndexError(index)
        rng = np.random.default_rng(self.first + index)
        row = np.arange(self.height, dtype=np.float32)[:, None]
        depth = np.broadcast_to(np.clip(200 / np.maximum(row - 14, 1), 4, 80), (self.height, self.width)).copy()
        left, far = int(rng.integers(0, self.width - 20)), float(rng.uniform(6, 30))
        depth[8:34, left : left + 20] = far
        image = np.full((self.height, self.width, 3), 60, np.uint8)
        image[8:34, left : left + 20] = 200
        lines = np.arange(2, self.height, 4)
        rows, columns = (
            x.ravel().astype(np.int32) for x in np.meshgrid(lines, np.arange(0, self.width, 2), indexing="ij")
        )
        line = np.repeat(np.arange(len(lines)), self.width // 2).astype(np.int16)
        points = ImagePoints(rows, columns, depth[rows, columns], line)
        name = f"street/{self.first + index}"
        return Frame(name, (self.height, self.width), len(lines), points, image, depth)
