"""The trade: a depth branch at half resolution with a single convolution a level, beside lidarsel's at a quarter.

    python benchmarks/half_resolution.py [--steps 600] [--frames 96] [--real ../shared/data/kitti_depth]

Both are timed, turn by turn; both are trained from nothing by the same loop on the same simulated frames, and judged at
several numbers of lines on held-out simulated frames and on the real frame. Prints a table and writes
benchmarks/results/half_resolution.json. The half-resolution network lives here only.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import torch
from results import write_result
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn
from torch.nn import functional
from training_loop import trained

from lidarsel.completion.lidarsel_net import columns, image_encoder, upsampling
from lidarsel.completion.lidarsel_net.depth_branch import DepthBranch, _for_batch
from lidarsel.completion.lidarsel_net.design import LOG_DEPTH_RANGE, MEAN_LOG_DEPTH, Design
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.lidarsel_net.image_encoder import ImageEncoder, ImageFeatures
from lidarsel.completion.lidarsel_net.last_answer import HYPOTHESES, OUTPUTS
from lidarsel.completion.lidarsel_net.layers import GroupNorm, conv, upsample
from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.completion.lidarsel_net.trainable import TrainableLidarselNet
from lidarsel.completion.position import position_channels
from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.simulation.frames import simulate_frames
from lidarsel.simulation.settings import SimulateSettings
from lidarsel.training.batches import FrameList
from lidarsel.training.settings import TrainSettings
from lidarsel.training.validation import Validation

TRAINING_SEED, HELD_OUT_SEED = 1000, 9000
WARM_UP = 5  # turns
D2 = 16  # channels at half resolution


class HalfImageEncoder(ImageEncoder):
    """The same U-Net with one level more on the way up; everything for the coalitions at half resolution."""

    def __init__(self, design: Design) -> None:
        super().__init__(design)
        c2, c4, *_ = design.image_channels
        self.lateral.append(conv(c4, c2, size=1))
        self.up.append(nn.Sequential(conv(c2, c2), GroupNorm((c2 // 8,) * 8), nn.ReLU()))
        self.prior = nn.Conv2d(c2, 1, 3, padding=1)
        self.to_half, self.to_fine = nn.Conv2d(c2, D2, 1), nn.Conv2d(c2, D2, 1)
        self.to_weights = nn.Sequential(conv(c2, 32), GroupNorm((4,) * 8), nn.ReLU())
        self.weights = nn.Conv2d(32, upsampling.TAPS * 4, 1)

    def forward(self, image: Tensor, position: Tensor | None = None) -> ImageFeatures:
        height, width = image.shape[-2:]
        if position is None:
            position = position_channels(height, width, (width - 1) / 2, height - 1, image)
        image = image_encoder.pad(image, "replicate").contiguous(memory_format=torch.channels_last)
        position = image_encoder.pad(position.expand(len(image), -1, -1, -1), "replicate")
        x = self.stem(torch.cat([(image - 0.45) / 0.25, position], 1))
        skips = [x]
        for stage in self.down:
            x = stage(x)
            skips.append(x)
        features = []
        for lateral, up, skip in zip(self.lateral, self.up, skips[-2::-1], strict=True):
            x = up(upsample(lateral(x)) + skip)
            features.append(x)
        x16, x8, x4, x2 = features
        prior = (MEAN_LOG_DEPTH + self.prior(x2)).clamp(*LOG_DEPTH_RANGE)
        rows = functional.interpolate(
            prior, size=(image.shape[-2], prior.shape[-1]), mode="bilinear", align_corners=False
        )
        levels = (self.to_half(x2), *(to(x) for to, x in zip(self.to_depth, (x4, x8, x16), strict=True)))
        return ImageFeatures(
            size=(height, width),
            padded=(image.shape[-2], image.shape[-1]),
            prior_log=prior,
            prior_rows=rows[:, 0],
            levels=levels,
            fine=self.to_fine(x2),
            upsampling=self.weights(self.to_weights(x2)).unflatten(1, (upsampling.TAPS, 4)).softmax(1).contiguous(),
        )


class HalfDepthBranch(DepthBranch):
    """One convolution a level on the way down, 1 x 1 on the way up."""

    def __init__(self, design: Design) -> None:
        nn.Module.__init__(self)
        d4, d8, d16 = design.depth_channels
        self.residual_limit = design.residual_limit
        self.enter = conv(self.INPUTS, D2, bias=True)
        self.down = nn.ModuleList(conv(a, b, stride=2, bias=True) for a, b in ((D2, d4), (d4, d8), (d8, d16)))
        self.rise = nn.ModuleList(conv(a, b, size=1) for a, b in ((d16, d8), (d8, d4), (d4, D2)))
        self.leave = conv(D2, OUTPUTS, bias=True)  # type: ignore[assignment]

    def forward(self, columns: columns.Columns, features: ImageFeatures) -> Tensor:  # type: ignore[override]
        batch = columns.above_log.shape[0]
        prior = _for_batch(features.prior_log, batch)
        hypotheses, offset = self._hypotheses(columns, prior, _for_batch(features.prior_rows, batch))
        first, *others = (_for_batch(level, batch) for level in features.levels)
        x = functional.relu_(self.enter(self._inputs(columns, hypotheses, offset)) + first)
        skips = [x]
        for layer, level in zip(self.down, others, strict=True):
            x = functional.relu_(layer(x) + level)
            skips.append(x)
        for layer, skip in zip(self.rise, skips[-2::-1], strict=True):
            x = functional.relu_(skip + upsample(layer(x)))
        out = self.leave(x + _for_batch(features.fine, batch))
        choice = out[:, :HYPOTHESES].softmax(1)
        residual = self.residual_limit * torch.tanh(out[:, HYPOTHESES:])
        return ((choice * hypotheses).sum(1, keepdim=True) + residual).clamp(*LOG_DEPTH_RANGE)


class HalfNet(LidarselNet):
    """LidarselNet with both halves exchanged, within ``half_resolution()`` only."""

    def __init__(self, design: Design, seed: int = 0) -> None:
        nn.Module.__init__(self)
        self.design = design
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            self.image_encoder, self.depth_branch = HalfImageEncoder(design), HalfDepthBranch(design)
            self._initialise()


@contextmanager
def half_resolution() -> Iterator[None]:
    """Columns of two pixels, and a factor of two to full resolution."""
    kept = columns.CELL, columns._sum_of_four, upsampling.SCALE
    columns.CELL, upsampling.SCALE = 2, 2
    columns._sum_of_four = lambda x: x[:, 0] + x[:, 1]
    try:
        yield
    finally:
        columns.CELL, columns._sum_of_four, upsampling.SCALE = kept


def trainable(network: LidarselNet, settings: TrainSettings) -> TrainableLidarselNet:
    """A network of any class, to be trained as lidarsel's is."""
    made = TrainableLidarselNet(network.design, settings.seed)
    made.module = network
    return made


BRANCHES: dict[str, tuple[type[LidarselNet], Callable[[], AbstractContextManager[None]]]] = {
    "quarter": (LidarselNet, nullcontext),
    "half": (HalfNet, half_resolution),
}


def per_second(turns: int) -> dict[str, float]:
    """Branch -> coalitions/s, the median over turns. New networks: speed does not depend on the weights.

    The branches take turns, so that what else the machine does falls on both."""
    image = torch.rand(1, 3, 352, 1216, generator=torch.Generator().manual_seed(1))
    sparse = torch.zeros(1, 1, 352, 1216)
    sparse[:, :, 120::8, ::2] = 20.0
    ready = {}
    for name, (kind, resolution) in BRANCHES.items():
        with resolution():
            frozen = FrozenLidarselNet(kind(Design()), "cpu")
            ready[name] = frozen, frozen.encode(image), resolution
    times: dict[str, list[float]] = {name: [] for name in ready}
    for _ in range(turns + WARM_UP):
        for name, (frozen, features, resolution) in ready.items():
            with resolution():
                start = time.perf_counter()
                frozen.complete(features, sparse)
                times[name].append(time.perf_counter() - start)
    return {name: 1 / statistics.median(taken[WARM_UP:]) for name, taken in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--frames", type=int, default=96)
    parser.add_argument("--turns", type=int, default=200, help="timed passes of each branch, in turn")
    parser.add_argument("--real", type=Path)
    options = parser.parse_args()
    frames = FrameList(list(simulate_frames(SimulateSettings(seed=TRAINING_SEED, frames=options.frames))))
    held_out = FrameList(list(simulate_frames(SimulateSettings(seed=HELD_OUT_SEED, frames=12, frames_per_scene=1))))
    judged = {"simulated": Validation(held_out, 12, (352, 1216), "cpu")}
    if options.real:
        real = open_dataset(options.real, ReadOptions())
        judged["real"] = Validation(FrameList([real.frame(0)]), 1, (352, 1216), "cpu")
    speeds = per_second(options.turns)
    rows: list[dict[str, Any]] = []
    for name, (kind, resolution) in BRANCHES.items():
        settings = TrainSettings(steps=options.steps, ema_decay=0.99)
        with resolution():
            network = trained(trainable(kind(Design()), settings), settings, frames)
            frozen = FrozenLidarselNet(network.module, "cpu")
            errors = {key: judge.rmse_mm(frozen) for key, judge in judged.items()}
            rows.append({"branch": name, "per_s": speeds[name], **errors})
    table = Table("depth branch", "coalitions/s", "frames", "0", "4", "8", "16", "32", "all")
    for row in rows:
        for key in judged:
            found = [f"{value:.0f}" for value in row[key].values()]
            table.add_row(row["branch"], f"{row['per_s']:.1f}", key, *found)
    Console(width=100).print(table)
    write_result("half_resolution", {"steps": options.steps, "frames": options.frames, "rows": rows})


if __name__ == "__main__":
    main()
