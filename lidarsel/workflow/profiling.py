"""A street profile made of a user's data, and simulated drives that are like one."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from lidarsel.datasets.base import Dataset, ReadOptions
from lidarsel.datasets.split import thin_frames
from lidarsel.errors import BadInputError, UsageError
from lidarsel.frame import Frame
from lidarsel.profiles.file import StreetProfile, write_profile
from lidarsel.profiles.fleet import fleet_of
from lidarsel.profiles.making import make_profile, state_promise
from lidarsel.profiles.settings import ProfileSettings
from lidarsel.progress import step
from lidarsel.simulation.mix import DriveKind
from lidarsel.simulation.settings import SimulateSettings
from lidarsel.training.private.units import units_of
from lidarsel.workflow.training_frames import open_undamaged


def profile_data(data: Path, options: ReadOptions, settings: ProfileSettings, out: Path) -> StreetProfile:
    """Make the profile of a folder's drives and write it.

    Raises:
        BadInputError: the data cannot be used.
        UsageError: what is asked for cannot be promised.
        OutputError: ``out`` cannot be written.
    """
    dataset = open_undamaged(data, options)
    if len(dataset) == 0:
        raise BadInputError(data, "no frame is left to use", "see lidarsel inspect for what is wrong with each")
    units = units_of(dataset, dataset.drives, settings.unit).of_unit
    n_units, unit = len(units), settings.unit
    promised = None if settings.epsilon is None else state_promise(unit, n_units, settings.epsilon, settings.delta)
    made = make_profile(_frames(dataset, units, settings.frames), n_units, unit, settings.features, promised)
    write_profile(out, made)
    return made


def _frames(dataset: Dataset, units: Sequence[Sequence[int]], most: int) -> Iterator[Iterator[Frame]]:
    """Of each unit, some of its frames; which ones follows from this unit alone."""
    with step("embedding") as advance:
        for number, unit in enumerate(units, 1):
            yield (dataset.frame(unit[place]) for place in thin_frames(len(unit), most))
            advance(number, len(units))


def simulating_like(settings: SimulateSettings, profile: Path) -> SimulateSettings:
    """The same simulation of drives like a profile's.

    Raises:
        BadInputError: it cannot be read.
        UsageError: the settings say what the profile says.
    """
    usual = SimulateSettings()
    for name in DriveKind.__dataclass_fields__:
        if getattr(settings, name) != getattr(usual, name):
            option = "--" + name.replace("_", "-")
            raise UsageError(f"{option} contradicts --like, which says what drives are like; leave one of them out")
    return replace(settings, fleet=fleet_of(profile))
