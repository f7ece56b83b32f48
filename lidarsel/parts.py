"""Named parts of the pixels with ground truth, for which errors are told apart: bands of distance, classes of things.

RMSE is made far away and inverse depth near by, so one figure over all pixels hides which of them a set of lines
leaves blind. Parts may overlap and need not hold every pixel.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from lidarsel.choices import FIGURES
from lidarsel.errors import UsageError
from lidarsel.object_classes import PLURALS, TOLD_CLASSES, ObjectClass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DEFAULT_BANDS = ("0-10", "10-20", "20-40", "40-80")
NO_BANDS = "none"
MOST_PARTS = 32
_NUMBER = r"\d{1,4}(?:\.\d{1,3})?"
_BAND = re.compile(rf"({_NUMBER})-({_NUMBER})")


class TruthPart(Protocol):
    """A part: its name, as reports and figures have it, and the pixels that it is."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str:
        """Its name as a reader is told it, with its unit."""
        ...

    @property
    def place(self) -> str:
        """The same behind a figure: "within 0-10 m"."""
        ...

    def holds(
        self, truth_m: "NDArray[np.float32]", truth_class: "NDArray[np.uint8] | None" = None
    ) -> "NDArray[np.bool_]":
        """Float32 (P,), the ground truth in metres, > 0, and uint8 (P,), ``ObjectClass`` of it, None where no label
        tells -> bool (P,)."""
        ...


@dataclass(frozen=True)
class DistanceBand:
    """The pixels whose true depth is at least ``near_m`` and less than ``far_m``."""

    near_m: float
    far_m: float

    @property
    def name(self) -> str:
        return f"{self.near_m:g}-{self.far_m:g}"

    @property
    def title(self) -> str:
        return f"{self.name} m"

    @property
    def place(self) -> str:
        return f"within {self.title}"

    def overlaps(self, other: "DistanceBand") -> bool:
        return self.near_m < other.far_m and other.near_m < self.far_m

    def holds(
        self, truth_m: "NDArray[np.float32]", truth_class: "NDArray[np.uint8] | None" = None
    ) -> "NDArray[np.bool_]":
        within: NDArray[np.bool_] = (truth_m >= self.near_m) & (truth_m < self.far_m)
        return within


@dataclass(frozen=True)
class ClassPart:
    """The pixels that labels tell to be of a class."""

    object_class: ObjectClass

    @property
    def name(self) -> str:
        return self.object_class.word

    @property
    def title(self) -> str:
        return PLURALS[self.object_class]

    @property
    def place(self) -> str:
        return f"on {self.title}"

    def holds(
        self, truth_m: "NDArray[np.float32]", truth_class: "NDArray[np.uint8] | None" = None
    ) -> "NDArray[np.bool_]":
        import numpy as np

        if truth_class is None:
            return np.zeros(len(truth_m), np.bool_)
        within: NDArray[np.bool_] = truth_class == self.object_class
        return within


AnyPart = DistanceBand | ClassPart
CLASS_PARTS = tuple(ClassPart(found) for found in TOLD_CLASSES)
CLASS_NAMES = tuple(part.name for part in CLASS_PARTS)


def part_of(text: str) -> AnyPart:
    """ "0-10" -> the band from 0 to 10 m, "vehicle" -> that class. Raises ValueError for anything else."""
    for part in CLASS_PARTS:
        if part.name == text.strip():
            return part
    try:
        return band_of(text)
    except ValueError as error:
        raise ValueError(f"{error}, and no class of things: {', '.join(CLASS_NAMES)}") from None


def band_of(text: str) -> DistanceBand:
    """ "0-10" -> the band from 0 to 10 m. Raises ValueError for anything else."""
    found = _BAND.fullmatch(text.strip())
    near_m, far_m = (float(found[1]), float(found[2])) if found else (math.inf, math.inf)
    if not near_m < far_m:
        raise ValueError(f"{text.strip()!r} is no band of distance in metres, as 0-10")
    return DistanceBand(near_m, far_m)


def parse_bands(option: str, text: str) -> tuple[str, ...]:
    """ "0-10,10-20" -> their names, each once; "none" -> none. Raises UsageError naming the option."""
    if text.strip() == NO_BANDS:
        return ()
    try:
        return tuple(dict.fromkeys(band_of(part).name for part in text.split(",")))
    except ValueError as error:
        raise UsageError(f"{option}: {error}; give e.g. 0-10,10-20,20-40 or {NO_BANDS}") from None


def every_part(
    named: Iterable[str], others: Iterable[DistanceBand | ClassPart]
) -> tuple[DistanceBand | ClassPart, ...]:
    """Bands by name, and after them others that are not among them, classes last. Raises ValueError for a name that is
    none, or too many."""
    asked = dict.fromkeys(others)
    bands = [part for part in asked if isinstance(part, DistanceBand)]
    classes = [part for part in CLASS_PARTS if part in asked]
    found: tuple[AnyPart, ...] = tuple(dict.fromkeys([*map(band_of, named), *bands, *classes]))
    if len(found) > MOST_PARTS:
        raise ValueError(f"bands: {len(found)} are more than errors are told for, {MOST_PARTS}")
    return found


def figure_names(parts: Sequence[TruthPart]) -> tuple[str, ...]:
    """The columns of an evaluation: FIGURES of all pixels, then of each part, as ``rmse_mm@0-10``."""
    return (*FIGURES, *(figure_of_part(figure, part) for part in parts for figure in FIGURES))


def figure_of_part(figure: str, part: TruthPart) -> str:
    """The column of one of FIGURES within a part."""
    return f"{figure}@{part.name}"
