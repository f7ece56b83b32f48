"""Whether frames are simulated by lidarsel: then nothing may be said of them as if they were recorded."""

from pathlib import Path

NOTE_FILE = "lidarsel_simulation.json"
"""What ``lidarsel simulate`` leaves at the top of its trees."""
_NOTE = "The frames are simulated by lidarsel: streets, lidar and camera are made up, and real ones differ."


def is_simulated(file: Path) -> bool:
    """Whether a file stands in a tree that lidarsel simulated."""
    return any((place / NOTE_FILE).is_file() for place in file.resolve().parents)


def simulation_notes(file: Path) -> list[str]:
    """What results must say where ``is_simulated``."""
    return [_NOTE] if is_simulated(file) else []
