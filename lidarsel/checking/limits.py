"""How far a report may fall behind its baseline before a check fails."""

import re
from dataclasses import dataclass

from lidarsel.errors import UsageError


@dataclass(frozen=True)
class Limits:
    """max_regression: greatest rise of an error, as a share of the baseline's. min_jaccard: least likeness of lines."""

    max_regression: float
    min_jaccard: float

    def __post_init__(self) -> None:
        if not 0 <= self.min_jaccard <= 1:
            raise UsageError(
                f"--min-jaccard {self.min_jaccard:g} is no share; give 0 (any lines) to 1 (the same lines)"
            )


def parse_share(option: str, text: str) -> float:
    """ "2%" or "0.02" -> 0.02. Raises UsageError for anything else.

    A number of 1 or more without a percent sign is refused: "2" may be meant as 2 % and would be 200 %.
    """
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)( ?%)?", text)
    if found is None:
        raise UsageError(f"{option} {text!r} is no share; give e.g. 2% or 0.02")
    number = float(found[1])
    if found[2]:
        return number / 100
    if number >= 1:
        raise UsageError(f"{option} {text!r} is 1 or more and has no %; give e.g. {text}% or 0.02")
    return number
