"""What errors of sets of lines are expected before a frame is seen: those that simulated streets gave.

``street_prior.json`` is made by ``scripts/make_street_prior.py``: the interval model (``lidarsel.selection``) of the
shipped network on simulated streets seen by an HDL-64E-like lidar, for each metric. A line of another lidar stands
where the simulated one's line of nearest elevation does.
"""

from functools import cache
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from lidarsel.selection.gaps import GapPrior, among

STREET_PRIOR = Path(__file__).parent / "street_prior.json"


class GapCosts(msgspec.Struct, forbid_unknown_fields=True):
    """Of m lines in the image: cost[a][b] of a gap of lines a..b - 1, m + 1 rows; see ``GapPrior`` for the rest."""

    power: float
    constant: float
    cost: list[list[float]]


class StreetCosts(msgspec.Struct, forbid_unknown_fields=True):
    """The file: elevation_deg of the m lines, falling; the costs by metric; how it was made, as a command."""

    made_by: str
    network_sha256: str
    elevation_deg: list[float]
    metrics: dict[str, GapCosts]


@cache
def _costs() -> StreetCosts:
    return msgspec.json.decode(STREET_PRIOR.read_bytes(), type=StreetCosts)


def street_prior(elevation_deg: NDArray[np.float64], points: NDArray[np.float64], metric: str) -> GapPrior | None:
    """The prior for the lines of a lidar.

    Args:
        elevation_deg: float64 (n_lines,), falling.
        points: float64 (n_lines,), in the image; lines without any are no part of it.
        metric: whose errors are expected.

    Returns:
        None where the log does not tell where its lines point, or the metric has no such costs.
    """
    players = np.flatnonzero(points > 0)
    of_players = np.asarray(elevation_deg, float)[players]
    if not np.isfinite(of_players).all():
        return None
    costs = _costs()
    nearest = np.abs(of_players[:, None] - np.array(costs.elevation_deg)).argmin(1)
    found = costs.metrics.get(metric)
    if found is None:
        return None
    return GapPrior(players, among(np.array(found.cost), np.maximum.accumulate(nearest)), found.constant, found.power)
