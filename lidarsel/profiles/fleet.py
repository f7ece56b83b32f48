"""The fleet that a profile looks like: kinds of simulated drives and their shares."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.profiles.file import StreetProfile, read_profile
from lidarsel.profiles.fit import fit_shares
from lidarsel.profiles.kinds import kind_of
from lidarsel.profiles.pool import Pool, shipped_pool
from lidarsel.simulation.mix import Fleet

LEAST_SHARE = 1e-4
"""Smaller ones are left out: a drive of theirs would hardly ever be drawn."""


def shares_of(profile: StreetProfile, pool: Pool) -> NDArray[np.float64]:
    """Of the pool's kinds, float64 (m,)."""
    n, statement = profile.facts.n_units, profile.statement
    noise = 0.0 if statement is None else statement.ledger.entries[0].noise_multiplier / n
    variance = noise**2 + float(np.mean(pool.variance) / n + np.mean(pool.error))
    return fit_shares(profile.mean, pool.means, variance)


def fleet_like(profile: StreetProfile) -> Fleet:
    """What the simulator draws drives of."""
    pool = shipped_pool(profile.facts.features)
    shares = shares_of(profile, pool)
    kept = np.flatnonzero(shares >= LEAST_SHARE)
    kept_shares = shares[kept] / shares[kept].sum()
    kinds = tuple(kind_of(row) for row in pool.kinds[kept])
    return Fleet(kinds, tuple(float(share) for share in kept_shares), profile.sha256)


def fleet_of(profile: Path) -> Fleet:
    """``fleet_like`` of a file. Raises BadInputError where it cannot be read."""
    return fleet_like(read_profile(profile))
