"""A product imitated on a log: which of the log's lines stand for its lines, and what the log cannot tell."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.errors import UsageError
from lidarsel.frame import UNKNOWN_LINE


@dataclass(frozen=True, eq=False)
class Imitation:
    """What stands for each of the product's lines, in their order.

    line_of: int64 (n_product,), the log's line, UNKNOWN_LINE where none stands for it; none stands for two.
    off_deg: float64 (n_product,), the distance between both in elevation, NaN where there is no line.
    outside, finer: bool (n_product,), why there is none: the product looks above or below the log's lines; or it is
    within them, and no line near enough is left.
    """

    line_of: NDArray[np.int64]
    off_deg: NDArray[np.float64]
    outside: NDArray[np.bool_]
    finer: NDArray[np.bool_]

    @property
    def lines(self) -> list[int]:
        """The log's lines that imitate the product, sorted."""
        return sorted(int(line) for line in self.line_of if line != UNKNOWN_LINE)

    @property
    def untold(self) -> float:
        """Share, 0..1, of the product's lines that the log cannot tell of."""
        return float((self.outside | self.finer).mean())


def imitate(
    log_deg: Sequence[float], product_deg: Sequence[float], tolerance_deg: float, pitch_deg: float = 0.0
) -> Imitation:
    """As many of the product's lines as can be are given a line of the log, with the least sum of distances.

    Args:
        log_deg: elevation of each of the log's lines, the lasers' own (``elevation_kind`` cone), by line number.
        product_deg: elevation of each of the product's lines.
        tolerance_deg: a line farther than this from a product's line does not stand for it.
        pitch_deg: how much the product is mounted nose up against the log's lidar. Its cones are tilted by it, and
            only straight ahead is that the same as other elevations: an approximation for what a camera ahead sees.

    Raises:
        UsageError: tolerance or pitch that cannot be.
    """
    from scipy.optimize import linear_sum_assignment

    if not 0 < tolerance_deg < 90:
        raise UsageError(f"a tolerance of {tolerance_deg:g} degrees cannot be; give one above 0 and below 90")
    if not abs(pitch_deg) < 90:
        raise UsageError(f"a pitch of {pitch_deg:g} degrees cannot be; give one above -90 and below 90")
    log, product = np.asarray(log_deg, np.float64), np.asarray(product_deg, np.float64) + pitch_deg
    distance = np.abs(product[:, None] - log)
    near = distance <= tolerance_deg
    # A pair too many costs less than it saves whatever the others come to, so that most lines are told.
    beyond = (min(distance.shape) + 1) * tolerance_deg
    rows, columns = linear_sum_assignment(np.where(near, distance, beyond))
    told = near[rows, columns]
    line_of = np.full(len(product), UNKNOWN_LINE, np.int64)
    line_of[rows[told]] = columns[told]
    off = np.full(len(product), np.nan)
    off[rows[told]] = distance[rows[told], columns[told]]
    untold = line_of == UNKNOWN_LINE
    beside = (product > log.max() + tolerance_deg) | (product < log.min() - tolerance_deg)
    return Imitation(line_of, off, untold & beside, untold & ~beside)
