"""The embedded simulation: what ``demo`` stands for where a command wants data."""

from pathlib import Path

from lidarsel import __version__
from lidarsel.progress import step

FRAMES_PER_DRIVE = 3
DRIVES = 8
SEED = 2022
"""Streets that the shipped weights have not seen: their training took seeds from 1000 to 1999."""


def demo_data(folder: Path) -> Path:
    """Simulate the demo's drives under ``folder``, or find them there. Raises OutputError."""
    from lidarsel.simulation.settings import SimulateSettings
    from lidarsel.simulation.write import write_drives

    data = folder / f"demo-data-{__version__}"
    if not data.exists():
        settings = SimulateSettings(seed=SEED, drives=DRIVES, frames=FRAMES_PER_DRIVE)
        with step("simulating eight drives") as advance:
            write_drives(data, settings, advance)
    return data
