"""Bounds on other errors while one decides, as ``irmse=1.1``: iRMSE at most 1.1 times that of all lines."""

import re
from dataclasses import dataclass

from lidarsel.criterion import Criterion, criterion
from lidarsel.errors import UsageError

_BOUND = re.compile(r"(?P<metric>[^=]+)=(?P<most>\d{1,3}(?:\.\d{1,4})?)")
EXAMPLE = "irmse=1.1 or irmse=1.1,rmse@0-10=1.2"


@dataclass(frozen=True)
class Bound:
    """An error, and how many times that of all lines it may be in the mean over frames."""

    criterion: Criterion
    most: float

    @property
    def name(self) -> str:
        """As it is typed."""
        return f"{self.criterion.name}={self.most:g}"

    @property
    def told(self) -> str:
        """As a reader is told it."""
        return f"{self.criterion.title} at most {self.most:g} times that of all lines"


def bound_of(text: str) -> Bound:
    """ "irmse=1.1" -> the bound. Raises ValueError for anything else."""
    found = _BOUND.fullmatch(text.strip())
    if found is None or not float(found["most"]) >= 1:
        raise ValueError(f"at_most: {text.strip()!r} is no error with the multiple of all lines' it may be, from 1 up")
    try:
        decides = criterion(found["metric"])
    except ValueError as error:
        raise ValueError(f"at_most: {error}") from None
    return Bound(decides, float(found["most"]))


def parse_bounds(option: str, text: str) -> tuple[str, ...]:
    """ "irmse=1.1,rmse@0-10=1.2" -> their names. Raises UsageError naming the option."""
    try:
        return tuple(dict.fromkeys(bound_of(part).name for part in text.split(",")))
    except ValueError as error:
        raise UsageError(f"{option}{str(error).removeprefix('at_most')}; give e.g. {EXAMPLE}") from None
