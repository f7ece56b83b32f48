"""A product: where its lines point, its steps of azimuth, its range, and what each is known from."""

from itertools import pairwise
from pathlib import Path
from typing import Literal

import msgspec

from lidarsel.checks import require, require_finite, what_is_wrong
from lidarsel.errors import BadInputError
from lidarsel.reading import read_yaml

TableKind = Literal["design", "unit", "derived", "even steps"]
RangeKind = Literal["maker", "driver"]
_REMEDY = "it must be a product's file, as docs/sensors.md describes it"


class ElevationTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """deg: one entry a line, 0 = topmost, descending.

    by: "design", the maker's or a driver's table for every unit; "unit", the calibration of one unit, from which others
    differ by hundredths of a degree, or tenths; "derived", rows of another product's table; "even steps", only its ends
    are known, and the lines are spread evenly. source: where it stands, with version or commit.
    """

    deg: list[float]
    by: TableKind
    source: str

    def __post_init__(self) -> None:
        require(bool(self.deg), "deg must not be empty")
        require_finite("deg", self.deg)
        steep = max(abs(angle) for angle in self.deg) >= 90
        descending = all(a > b for a, b in pairwise(self.deg))
        require(descending and not steep, "deg must descend, within -90..90")


class FieldOfView(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """deg: highest and lowest elevation, as stated: units differ from it by up to a degree and a half."""

    deg: tuple[float, float]
    source: str

    def __post_init__(self) -> None:
        require(90 >= self.deg[0] > self.deg[1] >= -90, "deg must be the highest and the lowest, within -90..90")


class AzimuthSteps(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """deg: between two points of a line, ascending; several where the speed of turning, or a mode, changes it."""

    deg: list[float]
    source: str

    def __post_init__(self) -> None:
        ascending = all(a < b for a, b in pairwise(self.deg))
        require(bool(self.deg) and ascending, "deg must ascend, and not be empty")
        require(self.deg[0] > 0 and self.deg[-1] <= 360, "deg must be above 0 and at most 360")


class RangeFigure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """metres: how far it measures. by: "maker", what the maker claims; "driver", beyond which a public driver drops
    points, which says nothing of how often one is seen there. reflectivity: of the target, 0..1; null where the source
    does not say."""

    metres: float
    by: RangeKind
    source: str
    reflectivity: float | None = None

    def __post_init__(self) -> None:
        require(0 < self.metres < 10_000, "metres must be above 0 and below 10000")
        require(self.reflectivity is None or 0 < self.reflectivity <= 1, "reflectivity must be above 0 and at most 1")


class Product(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of the catalogue, or one of a user's own.

    aliases: other names it is sold or known by. lines: how many. field_of_view, azimuth: null, and ranges: empty, where
    no source was found. beam_order: where the order of firing is not that of the lines. note: what else to know.
    """

    maker: str
    model: str
    aliases: list[str] = []
    lines: int
    elevation: ElevationTable
    field_of_view: FieldOfView | None = None
    azimuth: AzimuthSteps | None = None
    ranges: list[RangeFigure] = []
    beam_order: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        require(bool(self.maker.strip()) and bool(self.model.strip()), "maker and model must not be empty")
        require(len(self.elevation.deg) == self.lines, f"elevation.deg must have lines = {self.lines} entries")

    @property
    def steps_deg(self) -> list[float]:
        """Between neighbouring lines, topmost first; empty of a single line."""
        return [upper - lower for upper, lower in pairwise(self.elevation.deg)]


def read_product(path: Path) -> Product:
    """Read and check a product's file. Raises BadInputError naming the file, the key and the remedy."""
    try:
        return msgspec.convert(read_yaml(path, _REMEDY), Product)
    except (msgspec.ValidationError, RecursionError) as error:
        raise BadInputError(path, what_is_wrong(error, Product), _REMEDY) from None
