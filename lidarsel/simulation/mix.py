"""What simulated drives are like: how much there is of what in their streets, and which kinds of drives a fleet has."""

from collections.abc import Mapping
from dataclasses import dataclass

from lidarsel.errors import UsageError


def require_within(
    of: str, values: Mapping[str, float], limits: Mapping[str, tuple[float, float]], usual: tuple[float, float]
) -> None:
    """Raises UsageError for a value beyond its limits, the least and the most that it may be. usual: of the others."""
    for name, value in values.items():
        low, high = limits.get(name, usual)
        if not low <= value <= high:
            raise UsageError(f"{of}: {name} is {value}, but must be from {low} to {high}")


@dataclass(frozen=True)
class StreetMix:
    """What changes the chances by which streets are drawn; as it stands, streets are as they always were, to the byte.

    avenues, motorways: of all roads, the share that are main roads of several lanes, and motorways; the rest are
    streets of one lane a direction. pavements: the chance of a pavement, with its kerb, on either side of what is no
    motorway.

    All others but the setback are factors, 1 for the usual. traffic: vehicles on the move. heavy: how often it must be
    a van, a lorry or a bus. parked: vehicles at the kerb. people: on foot. buildings, greenery: how much of the
    roadside is houses, and fields and woods; greenery also how often trees stand at the kerb. bridges: and gantries and
    underpasses. slopes: of the road. paint: how bright paint is, of vehicles above all.

    setback_m: how much farther from the road than usual houses and walls stand.
    """

    avenues: float = 0.25
    motorways: float = 0.15
    pavements: float = 0.75
    traffic: float = 1.0
    heavy: float = 1.0
    parked: float = 1.0
    people: float = 1.0
    buildings: float = 1.0
    greenery: float = 1.0
    bridges: float = 1.0
    slopes: float = 1.0
    paint: float = 1.0
    setback_m: float = 0.0

    def __post_init__(self) -> None:
        """Raises UsageError for a value that makes no sense."""
        limits: dict[str, tuple[float, float]] = {
            "avenues": (0, 1),
            "motorways": (0, 1),
            "pavements": (0, 1),
            "setback_m": (0, 20),
            "paint": (0.05, 1.3),
            "slopes": (0, 2),
        }
        require_within("streets", vars(self), limits, (0.05, 10))
        if self.avenues + self.motorways > 1:
            raise UsageError(f"streets: avenues and motorways are {self.avenues + self.motorways:g} of all, above 1")


USUAL_STREETS = StreetMix()


@dataclass(frozen=True)
class DriveKind:
    """What a drive is like, as ``SimulateSettings`` has it: its streets, the lidar's noise, the mean speed."""

    streets: StreetMix = USUAL_STREETS
    range_noise_m: float = 0.02
    drop_out: float = 0.03
    speed_m_per_s: float = 9.0


@dataclass(frozen=True)
class Fleet:
    """Kinds of drives, and what share of all drives each is. profile_sha256: of the file that they were found by."""

    kinds: tuple[DriveKind, ...]
    shares: tuple[float, ...]
    profile_sha256: str

    def __post_init__(self) -> None:
        """Raises UsageError where the shares are none."""
        if (
            len(self.shares) != len(self.kinds)
            or min(self.shares, default=-1.0) < 0
            or abs(sum(self.shares) - 1) > 1e-6
        ):
            raise UsageError(f"fleet: shares must be {len(self.kinds)}, one a kind, not negative, and 1 in all")
