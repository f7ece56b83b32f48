"""Train lidarsel's network on frames with ground truth, with random subsets of their lines."""

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import torch
from torch import Tensor

from lidarsel.completion.batches import Batch, FrameSource, make_batch
from lidarsel.completion.checkpoint import read_safetensors, save_network, write_safetensors
from lidarsel.completion.design import Design
from lidarsel.completion.loss import split_loss
from lidarsel.completion.memory import keep_freed_memory
from lidarsel.completion.network import LidarselNet, upsample_log_prior
from lidarsel.errors import BadInputError, LidarselError

Progress = Callable[[int, int, float], None]
"""Called after every step with (steps done, steps in all, loss)."""


@dataclass(frozen=True)
class TrainSettings:
    """Recipe of a training run; equal settings and frames give equal weights on the same machine.

    steps: optimiser steps, each of images_per_step frames with subsets_per_image subsets of lines.
    crop: (height, width) in pixels, at full scale.
    learning_rate: the peak, after warm_up_steps; it falls to zero along a cosine. ema_decay: of the averaged weights,
    which are the ones saved. save_every: steps between checkpoints, from which a killed run goes on.
    """

    steps: int = 5000
    seed: int = 0
    images_per_step: int = 2
    subsets_per_image: int = 3
    crop: tuple[int, int] = (352, 512)
    learning_rate: float = 1e-3
    warm_up_steps: int = 200
    weight_decay: float = 1e-2
    gradient_clip: float = 5.0
    prior_weight: float = 0.3
    ema_decay: float = 0.999
    save_every: int = 250
    log_every: int = 50
    device: str = "cpu"
    design: Design = field(default_factory=Design)


def train(
    frames: FrameSource,
    settings: TrainSettings,
    out: Path,
    progress: Progress | None = None,
    recipe: dict[str, str] | None = None,
) -> Path:
    """Train and write ``out`` (safetensors); returns it. Beside it: ``<out>.log.jsonl``, a line per log_every steps,
    and until the end ``<out>.resume``, from which the same call goes on after a kill, to the same weights.

    recipe: text for the file's metadata (command, data). Raises LidarselError for frames that cannot be trained on or
    a loss that is no number, BadInputError for a resume file of other settings, OutputError for an unwritable place.
    """
    if len(frames) == 0:
        raise LidarselError("there are no frames to train on")
    keep_freed_memory()
    run = _Run(settings, out.with_name(out.name + ".resume"))
    log = out.with_name(out.name + ".log.jsonl")
    recipe = {**(recipe or {}), "settings": json.dumps(asdict(settings), sort_keys=True)}
    if run.step == 0:
        write_safetensors({}, run.path, {})  # an unwritable place is told before the work
    _cut_log(log, run.step)
    losses: list[float] = []
    while run.step < settings.steps:
        loss = run.advance(frames)
        losses.append(loss)
        if not math.isfinite(loss):
            raise LidarselError(f"the training loss became {loss} at step {run.step}; lower the learning rate")
        if run.step % settings.log_every == 0 or run.step == settings.steps:
            line = {"step": run.step, "loss": sum(losses) / len(losses), "learning_rate": run.learning_rate()}
            with log.open("a") as file:
                file.write(json.dumps(line) + "\n")
            losses = []
        if run.step % settings.save_every == 0 and run.step < settings.steps:
            run.save()
            save_network(run.averaged(), out, {**recipe, "steps_done": str(run.step)})
        if progress is not None:
            progress(run.step, settings.steps, loss)
    save_network(run.averaged(), out, {**recipe, "steps_done": str(run.step)})
    run.path.unlink(missing_ok=True)
    return out


def _cut_log(path: Path, step: int) -> None:
    """Leave only what a resumed run will not write again: the lines up to its checkpoint."""
    lines = path.read_text().splitlines(keepends=True) if path.is_file() else []
    path.write_text("".join(line for line in lines if json.loads(line)["step"] <= step))


class _Run:
    """Weights, optimiser and step of one run, and their file."""

    def __init__(self, settings: TrainSettings, path: Path) -> None:
        self.settings, self.path, self.step = settings, path, 0
        network = LidarselNet(settings.design, settings.seed)
        self.network = network.to(settings.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.weights = dict(self.network.named_parameters())
        self.average = {name: weight.detach().clone() for name, weight in self.weights.items()}
        self.optimiser = torch.optim.AdamW(
            self.weights.values(), lr=settings.learning_rate, weight_decay=settings.weight_decay
        )
        if path.is_file():
            self._load()

    def learning_rate(self) -> float:
        """Of the step to come: linear up to the peak, then half a cosine down to zero."""
        s = self.settings
        if self.step < s.warm_up_steps:
            return s.learning_rate * (self.step + 1) / s.warm_up_steps
        done = (self.step - s.warm_up_steps) / max(1, s.steps - s.warm_up_steps)
        return s.learning_rate * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))

    def advance(self, frames: FrameSource) -> float:
        """One step; returns its loss."""
        s = self.settings
        batch = make_batch(frames, s.seed, self.step, s.images_per_step, s.subsets_per_image, s.crop)
        for group in self.optimiser.param_groups:
            group["lr"] = self.learning_rate()
        loss = self._loss(batch)
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.weights.values(), s.gradient_clip)
        self.optimiser.step()
        self.step += 1
        decay = min(s.ema_decay, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for name, weight in self.weights.items():
                self.average[name].lerp_(weight, 1 - decay)
        return float(loss.detach())

    def _loss(self, batch: Batch) -> Tensor:
        device = self.settings.device
        features = self.network.encode(batch.image.to(device), batch.position.to(device))
        truth = batch.truth_m.to(device)
        log_depth = self.network.predict_log(features, batch.sparse_depth_m.to(device))
        subsets = len(log_depth) // len(truth)
        swept = batch.swept.to(device)
        loss = split_loss(log_depth, truth.repeat_interleave(subsets, 0), swept.repeat_interleave(subsets, 0))
        return loss + self.settings.prior_weight * split_loss(upsample_log_prior(features), truth, swept)

    def averaged(self) -> LidarselNet:
        """A copy of the network with the averaged weights."""
        network = LidarselNet(self.settings.design)
        network.load_state_dict(self.average)
        return network

    def save(self) -> None:
        tensors = {f"average.{name}": tensor for name, tensor in self.average.items()}
        for name, weight in self.weights.items():
            state = self.optimiser.state[weight]
            tensors[f"weight.{name}"] = weight.detach()
            tensors[f"first.{name}"], tensors[f"second.{name}"] = state["exp_avg"], state["exp_avg_sq"]
        tensors = {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}
        write_safetensors(tensors, self.path, {"step": str(self.step), "settings": self._settings_key()})

    def _load(self) -> None:
        remedy = "delete it to start anew, or repeat the settings it was made with"
        tensors, metadata = read_safetensors(self.path, remedy)
        if not metadata.get("step"):
            return  # a run that was killed before its first checkpoint
        if metadata.get("settings") != self._settings_key():
            raise BadInputError(self.path, "belongs to a training run of other settings", remedy)
        self.step = int(metadata["step"])
        with torch.no_grad():
            for name, weight in self.weights.items():
                self.average[name].copy_(tensors[f"average.{name}"])
                weight.copy_(tensors[f"weight.{name}"])
                self.optimiser.state[weight] = {
                    "step": torch.tensor(float(self.step)),
                    "exp_avg": tensors[f"first.{name}"].to(weight).contiguous(memory_format=_layout(weight)),
                    "exp_avg_sq": tensors[f"second.{name}"].to(weight).contiguous(memory_format=_layout(weight)),
                }

    def _settings_key(self) -> str:
        """Everything that shapes the weights; how often the run is logged or saved does not."""
        return json.dumps(asdict(replace(self.settings, save_every=1, log_every=1)), sort_keys=True)


def _layout(weight: Tensor) -> torch.memory_format:
    return torch.channels_last if weight.ndim == 4 else torch.contiguous_format
