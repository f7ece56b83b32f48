"""The frames that training is on: of a user's data, or of simulated streets; and those that weights are judged by."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from lidarsel.datasets.base import Dataset, ReadOptions
from lidarsel.datasets.damage import require_undamaged
from lidarsel.datasets.registry import open_dataset
from lidarsel.datasets.split import valuing_and_held_out
from lidarsel.errors import BadInputError
from lidarsel.frame import Frame
from lidarsel.progress import step
from lidarsel.training.batches import FrameList, FrameSource
from lidarsel.training.processes import Processes
from lidarsel.training.recipe import SIMULATED, Recipe, SimulatedTruth
from lidarsel.training.settings import TrainSettings

HELD_OUT_SHARE = 1 / 10
VALIDATION_SEEDS_ON = 500
"""How far from the simulation's seed that of its validation frames is: shipped weights keep to seeds 1000 to 1999."""


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
    held_out = simulated_judges(recipe, settings, processes)
    truth = recipe.simulated_truth
    return (
        frames,
        held_out,
        f"simulated, seed {recipe.simulation_seed}, {recipe.frames} frames, {truth} ground truth",
    )


def simulated_judges(recipe: Recipe, settings: TrainSettings, processes: Processes) -> FrameSource:
    """Simulated streets to judge weights by, none of which a recipe trains on."""
    seed, makers = recipe.simulation_seed + VALIDATION_SEEDS_ON, max(1, settings.workers)
    judges = settings.validation_frames if processes.first else 1
    return _simulate("simulating other streets", seed, judges, processes, makers)


def _open(data: Path, options: ReadOptions) -> tuple[FrameSource, FrameSource, str]:
    """Frames to train on, held-out frames, and the data's fingerprint."""
    dataset = open_undamaged(data, options)
    too_few = BadInputError(data, "has fewer than two frames", "give more: some are held out to judge the weights")
    parts = valuing_and_held_out(dataset.drives, range(len(dataset)), held_out_share=HELD_OUT_SHARE, refusal=too_few)
    return FrameSubset(dataset, parts[0]), FrameSubset(dataset, parts[1]), dataset.fingerprint


def open_undamaged(data: Path, options: ReadOptions) -> Dataset:
    """Data to train on, opened. Raises BadInputError where they cannot be used."""
    dataset = open_dataset(data, replace(options, labels=False))  # training tells no classes apart
    require_undamaged(dataset, options.skip_bad)
    return dataset


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
    with step(title) if processes.first else nullcontext(say_nothing) as advance:
        for done, (frame, exact_m) in enumerate(simulate_with_exact_depth(settings, makers), 1):
            if truth != "exact":
                as_kitti.append(frame)
            if truth != "semi-dense":
                exact.append(replace(frame, ground_truth_m=exact_m))
            advance(done, count)
    return FrameList(as_kitti + exact)


def say_nothing(*_: object) -> None:
    """The progress of every process but the first."""


class FrameSubset:
    """Some frames of a data set, read when asked for."""

    def __init__(self, frames: FrameSource, chosen: Sequence[int]) -> None:
        self._frames, self._chosen = frames, chosen

    def __len__(self) -> int:
        return len(self._chosen)

    def frame(self, index: int) -> Frame:
        return self._frames.frame(self._chosen[index])
