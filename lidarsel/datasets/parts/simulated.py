"""Whether frames are simulated by lidarsel: then nothing may be said of them as if they were recorded."""

from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import msgspec

from lidarsel.cautions import Caution
from lidarsel.checks import require, require_finite
from lidarsel.reading import read_json

NOTE_FILE = "lidarsel_simulation.json"
"""What ``lidarsel simulate`` leaves at the top of its trees."""
_CAUTION = Caution(
    "simulated", "The frames are simulated by lidarsel: streets, lidar and camera are made up, and real ones differ."
)
_REMEDY = "simulate the drives anew with lidarsel simulate"


class SimulatedSensor(msgspec.Struct, frozen=True):
    """What the note says of the lidar. sensor_model: the product's, null for the simulator's own. elevation_deg: one
    entry a line, 0 = topmost."""

    elevation_deg: list[float] = []
    sensor_model: str | None = None

    def __post_init__(self) -> None:
        require_finite("elevation_deg", self.elevation_deg)
        require(all(upper > lower for upper, lower in pairwise(self.elevation_deg)), "elevation_deg must descend")
        require(self.sensor_model is None or len(self.elevation_deg) > 1, "elevation_deg must have an entry a line")


def is_simulated(file: Path) -> bool:
    """Whether a file stands in a tree that lidarsel simulated."""
    return _note_above(file) is not None


def simulation_cautions(file: Path) -> list[Caution]:
    """What results must say where ``is_simulated``."""
    return [_CAUTION] if is_simulated(file) else []


def simulated_product(file: Path) -> SimulatedSensor | None:
    """The product that a file's drive was simulated with; None where there is none.

    Raises BadInputError naming a note that cannot be read.
    """
    note = _note_above(file)
    if note is None:
        return None
    sensor = _sensor(note, note.stat().st_mtime_ns)
    return None if sensor.sensor_model is None else sensor


def _note_above(file: Path) -> Path | None:
    notes = (place / NOTE_FILE for place in file.resolve().parents)
    return next((note for note in notes if note.is_file()), None)


@lru_cache(maxsize=4)
def _sensor(note: Path, _changed_ns: int) -> SimulatedSensor:
    found: SimulatedSensor = read_json(note, SimulatedSensor, _REMEDY)
    return found
