"""Profiles of streets, as ``lidarsel profile`` leaves them."""

from pathlib import Path

import numpy as np

from lidarsel.profiles.discriminants import DIMENSIONS
from lidarsel.profiles.file import StreetProfile, profile_facts, write_profile
from lidarsel.profiles.making import state_promise

MEAN = np.linspace(-0.2, 0.2, DIMENSIONS)
UNITS = 100
STATEMENT = state_promise("drive", UNITS, 1.0, 1e-6)


def write_street_profile(path: Path, private: bool = True) -> Path:
    """Of so many drives, with a promise or without."""
    facts = profile_facts("ntk", "drive", UNITS, private)
    write_profile(path, StreetProfile(facts, MEAN, STATEMENT if private else None))
    return path
