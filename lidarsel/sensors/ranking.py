"""A lines.yaml held against products."""

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


@dataclass(frozen=True)
class ProductRanking:
    """basis: what products are ranked by. elevation_kind: of the chosen lines, as in their file. doubts: what to read
    first. line_elevation_deg: of the chosen lines. products: nearest first."""

    basis: str
    elevation_kind: ElevationKind
    doubts: list[str]
    line_elevation_deg: list[float]
    products: list[Likeness]


def rank(path: Path, products: Sequence[Product]) -> ProductRanking:
    """The products by their likeness to the lines of a file. Raises BadInputError."""
    file = read_contract(path, LinesFile)
    elevations = file.line_elevation_deg
    if not elevations:
        raise BadInputError(path, "has no chosen lines", "choose some with lidarsel select")
    if max(map(abs, elevations)) > _BEYOND_DEG:
        raise BadInputError(path, "has an elevation beyond 90 degrees in line_elevation_deg", "choose lines anew")
    doubts = [*file.doubts, *([_APPARENT] if file.elevation_kind == "apparent" else [])]
    return ProductRanking(BASIS, file.elevation_kind, doubts, elevations, nearest(elevations, products))
