"""Everything that decides a training run."""

import math
import re
from typing import Annotated, Literal

import msgspec

from lidarsel.choices import DEVICES
from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.cropping import Crop
from lidarsel.errors import UsageError
from lidarsel.options import MACHINE, TRAINING, Option, parse_size
from lidarsel.spelling import none_of

Precision = Literal["float32", "bfloat16"]


class TrainSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Recipe of a training run; equal settings, frames and start give equal weights on the same machine.

    steps: optimiser steps, each of images_per_step frames (over all processes) with subsets_per_image subsets of
    lines. crop: (height, width) in pixels, at full scale. learning_rate: the peak, after warm_up_steps (a fifth of all
    steps at most); it falls to zero along a cosine. ema_decay: of the averaged weights, which are judged and saved.
    prior_weight: of the loss of the image alone. smoothness: weight of kornia's edge-aware smoothness of inverse depth.
    validate_every: steps between validations, each with a checkpoint from which a killed run goes on.
    validation_frames: at most so many, cut to validation_crop (``lidarsel.cropping``). workers: processes that load
    batches, and simulate streets before, 0 = none. design: of a new network; None = the start's, or lidarsel's own.
    """

    steps: Annotated[int, Option("Optimiser steps.", TRAINING)] = 5000
    seed: Annotated[int, Option("Seed of weights and batches.", TRAINING)] = 0
    images_per_step: Annotated[int, Option("Of all processes together; with --private on average.", TRAINING)] = 2
    subsets_per_image: Annotated[int, Option("Subsets of lines of each.", TRAINING)] = 3
    crop: Annotated[
        tuple[int, int], Option("Height x width trained on.", TRAINING, parse=parse_size, separator="x")
    ] = (352, 512)
    learning_rate: Annotated[float, Option("Peak.", TRAINING, default="0.001 from scratch, 0.0002 from weights")] = 1e-3
    warm_up_steps: int = 200
    weight_decay: float = 1e-2
    gradient_clip: float = 5.0
    prior_weight: float = 0.3
    smoothness: Annotated[float, Option("Weight of edge-aware smoothness of inverse depth.", TRAINING)] = 0.0
    ema_decay: float = 0.999
    precision: Annotated[Precision, Option("float32 or bfloat16.", TRAINING)] = "float32"
    validate_every: Annotated[int, Option("Steps between validations, each with a checkpoint.", TRAINING)] = 250
    validation_frames: int = 24
    validation_crop: Crop = "auto"
    log_every: int = 50
    workers: Annotated[
        int, Option("Processes that load or simulate frames, for each training process; 0 = itself.", MACHINE)
    ] = 0
    device: Annotated[str, Option("cpu, cuda, cuda:N or auto.", MACHINE)] = "cpu"
    design: Design | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for a value that makes no sense."""
        counts = ("steps", "images_per_step", "subsets_per_image", "validate_every", "validation_frames", "log_every")
        for name in counts:
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, but must be at least 1")
        for name in ("seed", "warm_up_steps", "weight_decay", "prior_weight", "smoothness", "workers"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} is {getattr(self, name)}, but must be a number not below 0")
        for name in ("learning_rate", "gradient_clip"):
            if not 0 < getattr(self, name) < math.inf:
                raise ValueError(f"{name} is {getattr(self, name)}, but must be a number above 0")
        if self.seed >= 2**63:
            raise ValueError(f"seed is {self.seed}, but must be below 2^63")
        if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", self.device):
            raise ValueError(f"device: {none_of(self.device, DEVICES)}")
        if not 0 <= self.ema_decay < 1:
            raise ValueError(f"ema_decay is {self.ema_decay}, but must be from 0 to below 1")
        if any(min(crop) < 32 for crop in (self.crop, self.validation_crop) if not isinstance(crop, str)):
            raise ValueError("a crop must be at least 32x32")

    def shaping(self) -> dict[str, object]:
        """Those that shape the weights, as plain values: not how batches are loaded, what is logged, or which GPU."""
        chosen = msgspec.structs.replace(self, device=self.device.split(":")[0])
        shaping = {
            key: value for key, value in msgspec.to_builtins(chosen).items() if key not in ("workers", "log_every")
        }
        if self.design is not None:  # msgspec would leave out what it was not given itself
            shaping["design"] = {"widths": {}, **self.design.to_dict()}
        return shaping

    def images_per_process(self, processes: int) -> int:
        """Raises UsageError where the images of a step cannot be shared out evenly."""
        if self.images_per_step % processes:
            raise UsageError(
                f"{self.images_per_step} images a step cannot be shared by {processes} processes; "
                f"give --images-per-step a multiple of {processes}"
            )
        return self.images_per_step // processes
