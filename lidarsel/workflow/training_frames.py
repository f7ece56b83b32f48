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
from lidarsel.profiles.fleet import fleet_of
from lidarsel.progress import step
from lidarsel.simulation.mix import Fleet
from lidarsel.simulation.settings import SimulateSettings
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
    fleet = None if recipe.like is None else fleet_of(Path(recipe.like))
    makers, truth = max(1, settings.workers), recipe.simulated_truth
    streets = SimulateSettings(seed=recipe.simulation_seed, frames=recipe.frames, frames_per_scene=1, fleet=fleet)
    frames = _simulate("simulating streets", streets, processes, makers, truth)
    held_out = simulated_judges(recipe, settings, processes, fleet)
    like = "" if fleet is None else f", like profile {fleet.profile_sha256}"
    return (
        frames,
        held_out,
        f"simulated, seed {recipe.simulation_seed}, {recipe.frames} frames, {truth} ground truth{like}",
    )


def simulated_judges(
    recipe: Recipe, settings: TrainSettings, processes: Processes, fleet: Fleet | None = None
) -> FrameSource:
    """Simulated streets to judge weights by, none of which a recipe trains on; like those of a fleet, if it does."""
    seed, makers = recipe.simulation_seed + VALIDATION_SEEDS_ON, max(1, settings.workers)
    judges = settings.validation_frames if processes.first else 1
    streets = SimulateSettings(seed=seed, frames=judges, frames_per_scene=1, fleet=fleet)
    return _simulate("simulating other streets", streets, processes, makers)


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
    streets: SimulateSettings,
    processes: Processes,
    makers: int,
    truth: SimulatedTruth = "semi-dense",
) -> FrameSource:
    """Frames, 4 to 6 MB each in memory; the same settings give the same ones, however many ``makers`` (processes) there
    are."""
    from lidarsel.simulation.frames import simulate_with_exact_depth

    as_kitti: list[Frame] = []
    exact: list[Frame] = []
    with step(title) if processes.first else nullcontext(say_nothing) as advance:
        for done, (frame, exact_m) in enumerate(simulate_with_exact_depth(streets, makers), 1):
            if truth != "exact":
                as_kitti.append(frame)
            if truth != "semi-dense":
                exact.append(replace(frame, ground_truth_m=exact_m))
            advance(done, streets.frames)
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
