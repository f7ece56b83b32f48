"""What a user may say about a simulated drive."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from lidarsel.errors import UsageError
from lidarsel.options import SIMULATION, Option
from lidarsel.simulation.mix import USUAL_STREETS, DriveKind, Fleet, StreetMix, require_within

if TYPE_CHECKING:
    from lidarsel.sensors.product import Product

_NO_NUMBERS = ("sensor_model", "elevation_deg", "streets", "fleet")
_FLEET_DRAWS = 6
"""A stream of random numbers of its own, after those of a drive."""
_USUAL_STEP_DEG = 0.2
"""At 10 turns a second, of most products; the simulator turns so fast."""


@dataclass(frozen=True)
class SimulateSettings:
    """The settings of a simulation; equal settings give equal bytes.

    seed: picks scenes, rig and noise. frames: per drive. drives: each has a street of its own.
    frames_per_scene: how many frames ``simulate_frames`` takes from one scene before it builds the next.
    image_height, image_width: pixels; the focal length follows the width, as if KITTI's image were scaled.
    n_lines: 64 gives the two blocks of the HDL-64E, any other number evenly spaced lines. elevation_deg: of the lines,
    topmost first, in place of these; none for the simulator's own. sensor_model: the product that they are of.
    mount_height_m: how much higher the lidar stands than KITTI's, which is 1.73 m above the road.
    azimuth_step_deg: angle between two firings of one line. max_range_m: of exact depth.
    lidar_range_m: of the lidar; of 3.6 million returns of 32 real scans (KITTI raw) none is farther than 80.01 m.
    range_noise_m: standard deviation. drop_out: chance that any return is lost, beside what physics loses.
    speed_m_per_s: mean speed of the ego vehicle. frame_period_s: time of a frame and of one lidar revolution.
    rolling_sweep: whether the lidar moves while it turns (KITTI's raw scans) or stands still for each scan.
    height_jitter_m, pitch_jitter_deg: spread of the rig's height and pitch among scenes.
    calibration_jitter_deg: spread of the angles between lidar, camera and inertial unit.
    image_noise: standard deviation of the camera's noise in grey levels of 255.
    moving_traffic: whether other road users move between frames.
    streets: what there is in them. fleet: kinds of drives, of which each drive is one by chance, in place of streets,
    range_noise_m, drop_out and speed_m_per_s; None for drives that are all of these settings.
    """

    seed: Annotated[int, Option("Seed: the same one gives the same bytes.", SIMULATION)] = 0
    frames: Annotated[int, Option("Frames of each drive.", SIMULATION)] = 64
    drives: Annotated[int, Option("Drives, each through a street of its own.", SIMULATION)] = 1
    frames_per_scene: int = 3
    image_height: int = 375
    image_width: int = 1242
    n_lines: Annotated[int, Option("Lines of the sensor: 64 is HDL-64E-like.", SIMULATION, ("--lines",))] = 64
    sensor_model: Annotated[
        str | None,
        Option(
            "A product to see with: its lines, azimuth step and range, as OS1-32 (lidarsel sensors) or own.yaml.",
            SIMULATION,
            offers="lidarsel.sensors.registry:model_names",
        ),
    ] = None
    elevation_deg: tuple[float, ...] = ()
    mount_height_m: Annotated[
        float, Option("Metres that the lidar is mounted higher than KITTI's.", SIMULATION, ("--mount-height",))
    ] = 0.0
    azimuth_step_deg: Annotated[float, Option("Angle between two firings of a line.", SIMULATION)] = 0.17
    max_range_m: float = 120.0
    lidar_range_m: float = 80.0
    range_noise_m: Annotated[float, Option("Standard deviation of a range.", SIMULATION)] = 0.02
    drop_out: Annotated[float, Option("Chance that a return is lost.", SIMULATION)] = 0.03
    speed_m_per_s: float = 9.0
    frame_period_s: float = 0.1
    rolling_sweep: bool = True
    height_jitter_m: float = 0.15
    pitch_jitter_deg: float = 1.2
    calibration_jitter_deg: float = 0.4
    image_noise: float = 2.5
    moving_traffic: bool = True
    streets: StreetMix = USUAL_STREETS
    fleet: Fleet | None = None

    def __post_init__(self) -> None:
        """Raises UsageError for a value that makes no sense."""
        limits: dict[str, tuple[float, float]] = {
            "seed": (0, 2**63 - 1),
            "frames": (1, 100_000),
            "drives": (1, 10_000),
            "frames_per_scene": (1, 1000),
            "image_height": (8, 8192),
            "image_width": (8, 8192),
            "n_lines": (2, 1024),
            "azimuth_step_deg": (0.02, 10),
            "max_range_m": (60, 250),
            "lidar_range_m": (5, 1000),
            "mount_height_m": (-1.5, 5),
            "range_noise_m": (0, 1),
            "drop_out": (0, 0.9),
            "speed_m_per_s": (0, 40),
            "frame_period_s": (0.01, 1),
            "height_jitter_m": (0, 0.5),
            "pitch_jitter_deg": (0, 5),
            "calibration_jitter_deg": (0, 2),
            "image_noise": (0, 50),
        }
        numbers = {name: value for name, value in vars(self).items() if name not in _NO_NUMBERS}
        require_within("simulate", numbers, limits, (0, 1))
        own = self.elevation_deg
        if own and (len(own) != self.n_lines or any(upper <= lower for upper, lower in pairwise(own))):
            raise UsageError(f"simulate: elevation_deg must be {self.n_lines}, one a line, and descend")

    def of_drive(self, number: int) -> "SimulateSettings":
        """What drive ``number`` is simulated by: of a fleet, one of its kinds."""
        if self.fleet is None:
            return self
        from numpy.random import default_rng

        rng = default_rng([self.seed, number, _FLEET_DRAWS])
        kind: DriveKind = self.fleet.kinds[int(rng.choice(len(self.fleet.kinds), p=self.fleet.shares))]
        return replace(self, fleet=None, **{field.name: getattr(kind, field.name) for field in fields(kind)})

    @classmethod
    def from_options(cls, _path: Path | None, given: Mapping[str, Any]) -> "SimulateSettings":
        """What the options say, a product's name as what the product is.

        Raises UsageError for a product that is not known, and for options that contradict it.
        """
        name = given.get("sensor_model")
        if name is None:
            return cls(**given)
        from lidarsel.sensors.registry import find_product

        return cls(**{**given, **_of_product(find_product(name), given)})


def _of_product(product: "Product", given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that a product fills. Raises UsageError for options that contradict it."""
    if "n_lines" in given:
        raise UsageError(
            f"--lines {given['n_lines']} contradicts --sensor-model: the {product.model} has its own "
            f"{product.lines} lines; give one of the two"
        )
    found: dict[str, Any] = {
        "sensor_model": product.model,
        "n_lines": product.lines,
        "elevation_deg": tuple(product.elevation.deg),
    }
    if product.azimuth is not None:
        found["azimuth_step_deg"] = _azimuth_step_deg(product.model, product.azimuth.deg, given.get("azimuth_step_deg"))
    metres = [figure.metres for figure in product.ranges if figure.by == "maker"]
    return found | ({"lidar_range_m": max(metres)} if metres else {})


def _azimuth_step_deg(model: str, steps_deg: list[float], given: float | None) -> float:
    if given is None:
        return min(steps_deg, key=lambda step: max(step / _USUAL_STEP_DEG, _USUAL_STEP_DEG / step))
    if given not in steps_deg:
        known = " or ".join(f"{step:g}" for step in steps_deg)
        raise UsageError(
            f"--azimuth-step-deg {given:g} contradicts --sensor-model: the {model} has {known}; give such a one, or "
            "leave it out"
        )
    return given
