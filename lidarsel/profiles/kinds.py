"""The kinds of drives that a fleet is fitted with: a few dozen settings of the simulator, spread over what there is."""

from dataclasses import fields
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lidarsel.simulation.mix import DriveKind, StreetMix

Doubles = NDArray[np.float64]


class Range(NamedTuple):
    """Of one setting. by_factor: its logarithm is what is spread evenly, as a factor's 1/2 and 2 are as far from 1."""

    low: float
    high: float
    by_factor: bool = False


RANGES: dict[str, Range] = {
    "avenues": Range(0.05, 0.5),
    "motorways": Range(0.0, 0.45),
    "pavements": Range(0.2, 1.0),
    "traffic": Range(0.3, 2.5, True),
    "heavy": Range(0.3, 2.5, True),
    "parked": Range(0.1, 1.8),
    "people": Range(0.3, 4.0, True),
    "buildings": Range(0.2, 5.0, True),
    "greenery": Range(0.2, 5.0, True),
    "bridges": Range(0.1, 2.5),
    "slopes": Range(0.1, 2.0),
    "paint": Range(0.3, 1.3, True),
    "setback_m": Range(0.0, 8.0),
    "range_noise_m": Range(0.005, 0.1, True),
    "drop_out": Range(0.0, 0.35),
    "speed_m_per_s": Range(4.0, 14.0),
}
"""By name, in the order of a row: the streets' settings, then a drive's own."""
_OF_STREETS = {field.name for field in fields(StreetMix)}


def draw_kinds(count: int, seed: int) -> Doubles:
    """Float64 (count, len(RANGES)): a Latin hypercube, so that every setting takes ``count`` values, evenly spread."""
    rng = np.random.default_rng(seed)
    places = np.stack([(rng.permutation(count) + rng.random(count)) / count for _ in RANGES], axis=1)
    return from_unit(places)


def from_unit(places: Doubles) -> Doubles:
    """Float64 (..., len(RANGES)) in 0..1 -> settings."""
    columns = []
    for place, (low, high, by_factor) in zip(np.moveaxis(places, -1, 0), RANGES.values(), strict=True):
        columns.append(low * (high / low) ** place if by_factor else low + (high - low) * place)
    return np.stack(columns, axis=-1)


def to_unit(rows: Doubles) -> Doubles:
    """``from_unit`` backwards."""
    columns = []
    for value, (low, high, by_factor) in zip(np.moveaxis(rows, -1, 0), RANGES.values(), strict=True):
        columns.append(np.log(value / low) / np.log(high / low) if by_factor else (value - low) / (high - low))
    return np.stack(columns, axis=-1)


def kind_of(row: Doubles) -> DriveKind:
    """The drives that a row (len(RANGES),) describes."""
    named = {name: float(value) for name, value in zip(RANGES, row, strict=True)}
    streets = StreetMix(**{name: value for name, value in named.items() if name in _OF_STREETS})
    return DriveKind(streets, **{name: value for name, value in named.items() if name not in _OF_STREETS})


def row_of(kind: DriveKind) -> Doubles:
    """``kind_of`` backwards."""
    return np.array([getattr(kind.streets if name in _OF_STREETS else kind, name) for name in RANGES])
