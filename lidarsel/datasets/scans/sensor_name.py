"""What to call the lidar of a log: by its maker's name where the layout's logs have one lidar and the lines are its."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.parts.simulated import is_simulated, simulated_product

NameSensor = Callable[[NDArray[np.float64]], str]
"""float64 (n_lines,), elevations in degrees -> the lidar's name."""

_OFF_DEG = 2.5  # apparent elevations are off by up to 1.5, and units of a sensor differ


def any_sensor(elevation_deg: NDArray[np.float64]) -> str:
    """Of a lidar of which nothing but its lines is known."""
    return f"{len(elevation_deg)}-line lidar"


def sensor_name(file: Path, elevation_deg: NDArray[np.float64], usual: NameSensor) -> str:
    """Of the log that a file is of: no maker's where lidarsel simulated it, but the product's that it simulated."""
    if not is_simulated(file):
        return usual(elevation_deg)
    product = simulated_product(file)
    return f"simulated {any_sensor(elevation_deg) if product is None else product.sensor_model}"


@dataclass(frozen=True)
class KnownSensor:
    """The lidar that the logs of a layout are of.

    ends_deg: where its topmost and its lowest line point, looked at where others keep their logs in the same layout;
    None where nobody does.
    """

    name: str
    n_lines: int
    ends_deg: tuple[float, float] | None = None

    def __call__(self, elevation_deg: NDArray[np.float64]) -> str:
        """Its name where float64 (n_lines,) are its lines, else that of any lidar."""
        own = len(elevation_deg) == self.n_lines
        if own and self.ends_deg is not None:
            own = bool(np.abs(elevation_deg[[0, -1]] - self.ends_deg).max() <= _OFF_DEG)
        return self.name if own else any_sensor(elevation_deg)


HDL_64E = KnownSensor("Velodyne HDL-64E", 64, (2.0, -24.9))
HDL_32E = KnownSensor("Velodyne HDL-32E", 32)
VLP_32C = KnownSensor("Velodyne VLP-32C", 32)
