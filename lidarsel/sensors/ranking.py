"""A lines.yaml held against products."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lidarsel.choices import ElevationKind
from lidarsel.contracts import LinesFile, read_contract
from lidarsel.errors import BadInputError
from lidarsel.sensors.nearest import Likeness, nearest
from lidarsel.sensors.product import Product

BASIS = "elevation alone; lidarsel evaluate on a log tells the error"
_APPARENT = (
    "the elevations of these lines are apparent, as seen from the scans' origin, and off by a degree and more; "
    "products are ranked by them for want of better (docs/sensor.md says how to get true ones)"
)
_BEYOND_DEG = 90.0
_JUDGED = 5
"""So many of the nearest are named to be evaluated."""


@dataclass(frozen=True)
class ProductRanking:
    """basis: what products are ranked by. elevation_kind: of the chosen lines, as in their file. doubts: what to read
    first. line_elevation_deg: of the chosen lines. products: nearest first. evaluate: the command that ranks the
    nearest of them by RMSE instead, beside the lines; DATA stands for the log."""

    basis: str
    elevation_kind: ElevationKind
    doubts: list[str]
    line_elevation_deg: list[float]
    products: list[Likeness]
    evaluate: str


def rank(path: Path, products: Sequence[Product], named: str | None = None) -> ProductRanking:
    """The products by their likeness to the lines of a file. named: how the one product was asked for, which a file of
    one's own is known by. Raises BadInputError."""
    file = read_contract(path, LinesFile)
    elevations = file.line_elevation_deg
    if not elevations:
        raise BadInputError(path, "has no chosen lines", "choose some with lidarsel select")
    if max(map(abs, elevations)) > _BEYOND_DEG:
        raise BadInputError(path, "has an elevation beyond 90 degrees in line_elevation_deg", "choose lines anew")
    doubts = [*file.doubts, *([_APPARENT] if file.elevation_kind == "apparent" else [])]
    found = nearest(elevations, products)
    return ProductRanking(BASIS, file.elevation_kind, doubts, elevations, found, _evaluate(path, found, named))


def _evaluate(path: Path, found: Sequence[Likeness], named: str | None) -> str:
    names = named or ",".join(each.model for each in found[:_JUDGED])
    return f"lidarsel evaluate DATA --lines {shlex.quote(str(path))} --sensor-model {shlex.quote(names)}"
