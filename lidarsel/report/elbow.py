"""The elbow of error against the number of lines: below it, every line dropped costs markedly more.

Of the numbers of lines that were judged, it is the one that lies furthest below the straight line between both ends of
the curve (the "knee" of Satopaa, Albrecht, Irwin and Raghavan, "Finding a Kneedle in a Haystack", 2011): on a convex
curve, dropping lines down to it costs less a line than in the mean over all, and dropping more costs more. A straight
curve has none, nor has one that is hardly bent.
"""

from collections.abc import Sequence
from dataclasses import dataclass

MARKED = 2.0
"""Below an elbow a line costs at least so many times as much as above it."""
LEAST_POINTS = 3


@dataclass(frozen=True)
class Elbow:
    """lines: how many are left there. above, below: what a dropped line costs in the mean, in the unit of errors, from
    most lines down to it and from it down to fewest."""

    lines: int
    above: float
    below: float


def elbow(lines: Sequence[int], errors: Sequence[float]) -> Elbow | None:
    """The elbow of a curve, or None where it has none.

    Args:
        lines: distinct numbers of lines, in any order; below three nothing is between two ends.
        errors: of each.
    """
    points = sorted(zip(lines, errors, strict=True))
    if len(points) < LEAST_POINTS:
        return None
    (fewest, high), *between, (most, low) = points
    mean = (high - low) / (most - fewest)

    def below_chord(point: tuple[int, float]) -> float:
        return low + mean * (most - point[0]) - point[1]

    at, error = max(between, key=below_chord)
    if below_chord((at, error)) <= 0:
        return None
    above, below = (error - low) / (most - at), (high - error) / (at - fewest)
    return Elbow(at, above, below) if below > 0 and below >= MARKED * above else None
