"""Training from data and recipe to weights: finds frames and the weights to start from, and tells how it goes."""

import math
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
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
from lidarsel.completion.spreading import drawing_weights, fitting_afterwards
from lidarsel.datasets.base import ReadOptions
from lidarsel.errors import UsageError
from lidarsel.places import require_folder_place
from lidarsel.privacy.accounting import require_accountant
from lidarsel.progress import noted_step
from lidarsel.reading import require_regular
from lidarsel.tracking.base import Track, TrackedRun
from lidarsel.tracking.opening import tracked
from lidarsel.training.finished import is_finished
from lidarsel.training.private.budget import step_plan
from lidarsel.training.private.settings import PrivateSettings
from lidarsel.training.processes import Processes, started
from lidarsel.training.recipe import Recipe
from lidarsel.training.settings import TrainSettings
from lidarsel.training.train import TrainingProgress, train
from lidarsel.workflow.ensemble_training import join_members, member_path, members_folder
from lidarsel.workflow.private_training import open_apart, private_units, public_frames
from lidarsel.workflow.training_frames import frames_of, say_nothing


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
    if recipe.uncertainty == "ensemble":
        _require_alone(recipe, processes)
    if isinstance(settings, PrivateSettings):
        require_accountant()
        if processes.count > 1:
            raise UsageError("--private trains in one process; start lidarsel without torchrun")
    settings.images_per_process(processes.count)  # refused before the data are read
    settings = msgspec.structs.replace(settings, device=_device(settings.device, processes))
    if recipe.uncertainty == "ensemble":
        _train_ensemble(recipe, options, settings, out, command, trackers)
        return processes
    network = _network(recipe)
    if isinstance(settings, PrivateSettings):
        _require_still(network)
    with _tracked(recipe, out, command, trackers if processes.first else ()) as track:
        if isinstance(settings, PrivateSettings):
            private, public = open_apart(recipe, options)
            units = private_units(private, recipe, settings)
            plan = step_plan(settings, units)  # refused before streets are simulated
            sys.stderr.write(
                f"privacy: {len(units)} {settings.unit}s, {plan.sampling_rate * len(units):.3g} of them in a step on "
                f"average; noise of {plan.noise_multiplier:.2g} times the most that one can move their sum\n"
            )
            with loss_shown("training privately") as progress:
                train(units, public_frames(public, recipe, settings), settings, out, network, progress, track=track)
            return processes
        frames, held_out, fingerprint = frames_of(recipe, options, settings, processes)
        about = _about(recipe, command, fingerprint)
        with loss_shown("training") if processes.first else nullcontext(say_nothing) as progress:
            train(frames, held_out, settings, out, network, progress, about, processes, track=track)
    return processes


def _train_ensemble(
    recipe: Recipe,
    options: ReadOptions,
    settings: TrainSettings,
    out: Path,
    command: str,
    trackers: Sequence[TrackerName],
) -> None:
    """Train those networks that are not there yet, and join them."""
    members = recipe.of_members()
    networks = [_network(member) for member in members]
    place = members_folder(out)
    require_folder_place(place)
    frames, held_out, fingerprint = frames_of(recipe, options, settings, Processes())
    about = _about(recipe, command, fingerprint)
    place.mkdir(exist_ok=True)
    for number, (member, network) in enumerate(zip(members, networks, strict=True), 1):
        path, own = member_path(out, number), msgspec.structs.replace(settings, seed=member.seed)
        if is_finished(path, own, network, about):
            continue
        with (
            _tracked(member, path, command, trackers) as track,
            loss_shown(f"training network {number} of {len(members)}") as progress,
        ):
            train(frames, held_out, own, path, network, progress, about, track=track)
    join_members(out, len(members), about)


def _require_alone(recipe: Recipe, processes: Processes) -> None:
    """Raises UsageError where an ensemble cannot be trained."""
    if recipe.private:
        raise UsageError("--private promises what one network gives away, and an ensemble is several; take nll")
    if processes.count > 1:
        raise UsageError("--uncertainty ensemble trains in one process; start lidarsel without torchrun")


def _tracked(recipe: Recipe, out: Path, command: str, trackers: Sequence[TrackerName]) -> AbstractContextManager[Track]:
    """Trackers of a training that writes ``out``."""
    about = {"command": command, **{key: str(value) for key, value in msgspec.structs.asdict(recipe).items()}}
    return tracked(trackers, TrackedRun(out.stem, out.with_name(out.name + ".tensorboard"), about))


def _about(recipe: Recipe, command: str, fingerprint: str) -> dict[str, str]:
    """What a weights file says of where it is from."""
    return {"command": command, "data": recipe.data, "data_fingerprint": fingerprint}


def _require_still(network: TrainableLidarselNet) -> None:
    """Raises UsageError where a private training cannot keep its promise of what a network learns."""
    kind = network.module.design.spread
    if drawing_weights(network) is not None:
        raise UsageError(f"--private moves weights that stand still, and those of {kind} are drawn; take nll")
    if fitting_afterwards(network) is not None:
        raise UsageError(f"--private does not cover what {kind} is fitted to when training is over; take nll")


@contextmanager
def loss_shown(title: str) -> Iterator[TrainingProgress]:
    """A named step of a training: ``progress(done, total, loss)`` of its steps and, where it is told, the loss in
    metres."""
    with noted_step(title) as advance:
        yield lambda done, total, loss: advance(done, total, "" if math.isnan(loss) else f"loss {loss:.2f} m")


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


def _network(recipe: Recipe) -> TrainableLidarselNet:
    """What the recipe trains, from where it starts."""
    wanted, design = recipe.uncertainty, recipe.settings().design
    assert wanted != "ensemble", "an ensemble's networks have recipes of their own"
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
