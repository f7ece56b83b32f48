"""A profile made of frames in units, with noise or without."""

from collections.abc import Iterable, Sequence

import numpy as np

from lidarsel import __version__
from lidarsel.choices import PrivacyUnit, ProfileFeatures
from lidarsel.errors import UsageError
from lidarsel.frame import Frame
from lidarsel.privacy.gaussian import noise_for_one_answer
from lidarsel.privacy.ledger import Ledger, NoisySteps
from lidarsel.privacy.noisy_mean import noisy_mean
from lidarsel.privacy.statement import PrivacyStatement
from lidarsel.profiles.embedding import embed_unit
from lidarsel.profiles.file import StreetProfile, profile_facts
from lidarsel.profiles.pool import shipped_pool

_PUBLIC = (
    "what frames are embedded by: fixed seeds, and simulated streets",
    "how many units there are",
    "how the data are read: layout, lines, elevations, how many frames of a unit are looked at",
)


def state_promise(unit: PrivacyUnit, n_units: int, epsilon: float, delta: float) -> PrivacyStatement:
    """What one noisy answer about so many units promises, and by how much noise.

    Raises UsageError where no noise keeps it, or delta is no promise to so many units.
    """
    if delta * n_units >= 1:
        raise UsageError(f"--delta {delta:g} would let a profile give away one of {n_units} {unit}s whole; give less")
    try:
        noise = noise_for_one_answer(epsilon, delta)
    except ValueError as error:
        raise UsageError(f"--{error}; give more of either") from None
    ledger = Ledger((NoisySteps(noise, 1.0, 1),))
    counted_by = f"the Gaussian mechanism's exact condition, lidarsel {__version__}"
    return PrivacyStatement(unit, n_units, epsilon, delta, counted_by, ledger, _PUBLIC)


def make_profile(
    units: Iterable[Iterable[Frame]],
    n_units: int,
    unit: PrivacyUnit,
    features: ProfileFeatures,
    statement: PrivacyStatement | None,
) -> StreetProfile:
    """The mean of what units are told by, each of length 1 at most, with the noise that the statement says.

    Args:
        units: the frames of each unit, gone through once.
        n_units: how many they are, which is public.
        unit: what they are.
        features: what frames are embedded by.
        statement: what is promised; None for no noise and no promise.
    """
    pool = shipped_pool(features)
    vectors: Sequence[np.ndarray] = [embed_unit(frames, features, pool.discriminants) for frames in units]
    noise = 0.0 if statement is None else statement.ledger.entries[0].noise_multiplier
    mean = noisy_mean(np.array(vectors), noise)
    return StreetProfile(profile_facts(features, unit, n_units, statement is not None), mean, statement)
