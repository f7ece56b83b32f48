"""The embedded simulation: what ``demo`` stands for where a command wants data, and ``simulated`` beside a profile."""

from pathlib import Path

from lidarsel import __version__
from lidarsel.progress import step
from lidarsel.simulation.settings import SimulateSettings

FRAMES_PER_DRIVE = 3
DRIVES = 8
SEED = 2022
"""Streets that the shipped weights have not seen: their training took seeds from 1000 to 1999."""

SETTINGS = SimulateSettings(seed=SEED, drives=DRIVES, frames=FRAMES_PER_DRIVE)


def demo_data(folder: Path) -> Path:
    """Simulate the demo's drives under ``folder``, or find them there. Raises OutputError."""
    return _simulated(folder / f"demo-data-{__version__}", SETTINGS)


def data_like(profile: Path, folder: Path) -> Path:
    """As many drives of the fleet that a profile looks like; the folder's name tells the profile.

    Raises BadInputError where it cannot be read, OutputError.
    """
    from lidarsel.workflow.profiling import simulating_like

    settings = simulating_like(SETTINGS, profile)
    assert settings.fleet is not None
    return _simulated(folder / f"simulated-like-{settings.fleet.profile_sha256}-{__version__}", settings)


def _simulated(data: Path, settings: SimulateSettings) -> Path:
    """The drives in that folder, where they are not there yet."""
    from lidarsel.simulation.write import write_drives

    if not data.exists():
        with step("simulating eight drives") as advance:
            write_drives(data, settings, advance)
    return data
