"""Profiles, and weights that promise privacy: read, and used as their commands do."""

from functools import partial
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from lidarsel.privacy.ledger import Ledger, NoisySteps
from lidarsel.profiles.discriminants import DIMENSIONS
from lidarsel.profiles.file import StreetProfile, profile_facts, read_profile, write_profile
from lidarsel.profiles.fleet import fleet_of
from lidarsel.profiles.making import state_promise
from lidarsel.workflow.private_training import read_statement
from tests.fuzz.choices import Choices
from tests.fuzz.target import Target
from tests.support.private_weights import STATEMENT, write_private_weights

UNITS = 100
LEDGER = Ledger((NoisySteps(9.0, 1.0, 2), NoisySteps(90.0, 1.0, 400)))
"""Of all units in each step: of a part of them, a count takes seconds."""


def make_profile(private: bool, folder: Path) -> None:
    statement = state_promise("drive", UNITS, 1.0, 1e-6) if private else None
    facts = profile_facts("ntk", "drive", UNITS, private)
    mean = np.linspace(-0.2, 0.2, DIMENSIONS)
    write_profile(folder / "fleet.safetensors", StreetProfile(facts, mean, statement))


def use_profile(folder: Path, _choices: Choices) -> None:
    """As ``--like``, then as ``lidarsel privacy`` where it promises anything."""
    path = folder / "fleet.safetensors"
    fleet = fleet_of(path)
    assert len(fleet.kinds) == len(fleet.shares) > 0
    assert abs(sum(fleet.shares) - 1) < 1e-9
    if read_profile(path).statement is not None:
        state(path)


def state(path: Path) -> None:
    """As ``lidarsel privacy``."""
    statement, counted_again = read_statement(path)
    assert all((*statement.sentences(), counted_again))


TARGETS = (
    Target("profile-open", partial(make_profile, False), use_profile),
    Target("profile-private", partial(make_profile, True), use_profile),
    Target(
        "private.safetensors",
        lambda folder: write_private_weights(folder / "private.safetensors", replace(STATEMENT, ledger=LEDGER)),
        lambda folder, _choices: state(folder / "private.safetensors"),
    ),
)
