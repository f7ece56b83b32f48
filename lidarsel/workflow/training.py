"""Training from data and recipe to weights: opens the data, holds frames out, finds the weights to start from."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import msgspec
import torch

from lidarsel.choices import TrackerName
from lidarsel.completion.device import pick_device
from lidarsel.completion.lidarsel_net.checkpoint import load_weights
from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.network import spreading
from lidarsel.completion.lidarsel_net.trainable import TrainableLidarselNet
from lidarsel.completion.registry import SHIPPED_WEIGHTS
from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.damage import require_undamaged
from lidarsel.datasets.registry import open_dataset
from lidarsel.datasets.split import valuing_and_held_out
from lidarsel.errors import BadInputError, UsageError
from lidarsel.frame import Frame
from lidarsel.progress import noted_step, step
from lidarsel.reading import require_regular
from lidarsel.tracking.base import TrackedRun
from lidarsel.tracking.opening import tracked
from lidarsel.training.batches import FrameList, FrameSource
from lidarsel.training.processes import Processes, started
from lidarsel.training.recipe import SIMULATED, Recipe, SimulatedTruth
from lidarsel.training.settings import TrainSettings
from lidarsel.training.train import train

HELD_OUT_SHARE = 1 / 10
VALIDATION_SEEDS_ON = 500
"""How far from the simulation's seed that of its validation frames is: shipped weights keep to seeds 1000 to 1999."""


def train_by(
    recipe: Recipe, options: ReadOptions, out: Path, command: str, trackers: Sequence[TrackerName] = ()
) -> Processes:
    """Train as the recipe says and write ``out``; returns which of the training processes this is.

    Under ``torchrun`` each process calls this; each has its own GPU, and the first one alone writes and talks.

    Args:
        recipe: the settings, and the data and start that they are for.
        options: how the data are read.
        out: the weights file to write.
        command: the command line, for the file.
        trackers: of experiments, told what the log says.

    Raises:
        BadInputError: data or weights cannot be used.
        UsageError: the recipe does not fit them, or a tracker cannot be had.
    """
    if recipe.start not in ("scratch", "shipped"):
        require_regular(Path(recipe.start), "give shipped, scratch or a .safetensors file")
    processes = started()
    settings = recipe.settings()
    settings.images_per_process(processes.count)  # refused before the data are read
    settings = msgspec.structs.replace(settings, device=_device(settings.device, processes))
    network = _network(recipe)
    shown = TrackedRun(out.stem, out.with_name(out.name + ".tensorboard"), _as_text(recipe, command))
    with tracked(trackers if processes.first else (), shown) as track:
        frames, held_out, fingerprint = frames_of(recipe, options, settings, processes)
        about = {"command": command, "data": recipe.data, "data_fingerprint": fingerprint}
        with loss_shown("training") if processes.first else nullcontext(_say_nothing) as progress:
            train(frames, held_out, settings, out, network, progress, about, processes, track=track)
    return processes


@contextmanager
def loss_shown(title: str) -> Iterator[Callable[[int, int, float], None]]:
    """A named step of a training: ``progress(done, total, loss)`` of its steps and the loss in metres."""
    with noted_step(title) as advance:
        yield lambda done, total, loss: advance(done, total, f"loss {loss:.2f} m")


def _as_text(recipe: Recipe, command: str) -> dict[str, str]:
    """What trackers show of a training beside its figures."""
    return {"command": command, **{key: str(value) for key, value in msgspec.structs.asdict(recipe).items()}}


def frames_of(
    recipe: Recipe, options: ReadOptions, settings: TrainSettings, processes: Processes
) -> tuple[FrameSource, FrameSource, str]:
    """The frames that a recipe trains on, those its weights are judged by, and the data's fingerprint.

    Raises:
        BadInputError: the data cannot be used.
    """
    if recipe.data != SIMULATED:
        return _open(Path(recipe.data), options)
    makers = max(1, settings.workers)
    frames = _simulate(
        "simulating streets", recipe.simulation_seed, recipe.frames, processes, makers, recipe.simulated_truth
    )
    validation_seed = recipe.simulation_seed + VALIDATION_SEEDS_ON
    judges = settings.validation_frames if processes.first else 1
    held_out = _simulate("simulating other streets", validation_seed, judges, processes, makers)
    truth = recipe.simulated_truth
    return (
        frames,
        held_out,
        f"simulated, seed {recipe.simulation_seed}, {recipe.frames} frames, {truth} ground truth",
    )


def _device(wanted: str, processes: Processes) -> str:
    """This process's own. Raises UsageError where there is none for it."""
    device = pick_device(wanted)
    if not device.startswith("cuda"):
        return device
    if processes.count > 1 and device != "cuda":
        raise UsageError(
            f"--device {wanted}: several processes cannot share a GPU; with --device cuda each has its own"
        )
    number = int(device.removeprefix("cuda").removeprefix(":") or processes.local_rank)
    if number >= torch.cuda.device_count():
        raise UsageError(
            f"--device {wanted}: there is no GPU number {number}, of {torch.cuda.device_count()} from 0 on"
        )
    return f"cuda:{number}"


def _open(data: Path, options: ReadOptions) -> tuple[FrameSource, FrameSource, str]:
    """Frames to train on, held-out frames, and the data's fingerprint."""
    dataset = open_dataset(data, replace(options, labels=False))  # training tells no classes apart
    require_undamaged(dataset, options.skip_bad)
    too_few = BadInputError(data, "has fewer than two frames", "give more: some are held out to judge the weights")
    parts = valuing_and_held_out(dataset.drives, range(len(dataset)), held_out_share=HELD_OUT_SHARE, refusal=too_few)
    return FrameSubset(dataset, parts[0]), FrameSubset(dataset, parts[1]), dataset.fingerprint


def _network(recipe: Recipe) -> TrainableLidarselNet:
    """What the recipe trains, from where it starts."""
    wanted, design = recipe.uncertainty, recipe.settings().design
    if wanted is not None and design is not None:
        design = replace(design, spread=wanted)
    if recipe.start == "scratch":
        return TrainableLidarselNet(design or Design(spread=wanted), recipe.seed)
    start = load_weights(SHIPPED_WEIGHTS if recipe.start == "shipped" else Path(recipe.start))
    if wanted is not None and start.design.spread != wanted:
        if start.design.spread == "radial":
            raise UsageError(f"--uncertainty {wanted}: {recipe.start} has radial posteriors; leave the option out")
        start = spreading(start, wanted, recipe.seed)
    return TrainableLidarselNet(design, recipe.seed, start)


def _simulate(
    title: str,
    seed: int,
    count: int,
    processes: Processes,
    makers: int,
    truth: SimulatedTruth = "semi-dense",
) -> FrameSource:
    """``count`` frames, each of a street of its own, 4 to 6 MB in memory; the same seed gives the same frames, however
    many ``makers`` (processes) there are."""
    from lidarsel.simulation.frames import simulate_with_exact_depth
    from lidarsel.simulation.settings import SimulateSettings

    settings = SimulateSettings(seed=seed, frames=count, frames_per_scene=1)
    as_kitti: list[Frame] = []
    exact: list[Frame] = []
    with step(title) if processes.first else nullcontext(_say_nothing) as advance:
        for done, (frame, exact_m) in enumerate(simulate_with_exact_depth(settings, makers), 1):
            if truth != "exact":
                as_kitti.append(frame)
            if truth != "semi-dense":
                exact.append(replace(frame, ground_truth_m=exact_m))
            advance(done, count)
    return FrameList(as_kitti + exact)


def _say_nothing(*_: object) -> None:
    """The progress of every process but the first."""


class FrameSubset:
    """Some frames of a data set, read when asked for."""

    def __init__(self, frames: FrameSource, chosen: Sequence[int]) -> None:
        self._frames, self._chosen = frames, chosen

    def __len__(self) -> int:
        return len(self._chosen)

    def frame(self, index: int) -> Frame:
        return self._frames.frame(self._chosen[index])
