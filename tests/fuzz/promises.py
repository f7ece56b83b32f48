"""Profiles, and weights that promise privacy: read, and used as their commands do."""

from pathlib import Path

from msgspec.structs import replace

from lidarsel.privacy.ledger import Ledger, NoisySteps
from lidarsel.profiles.file import read_profile
from lidarsel.profiles.fleet import fleet_of
from lidarsel.workflow.private_training import read_statement
from tests.fuzz.choices import Choices
from tests.fuzz.target import Target
from tests.support.private_weights import STATEMENT, write_private_weights
from tests.support.street_profiles import write_street_profile

PROFILE = "fleet.safetensors"
LEDGER = Ledger((NoisySteps(9.0, 1.0, 2), NoisySteps(90.0, 1.0, 400)))
"""Of all units in each step: of a part of them, a count takes seconds."""


def use_profile(folder: Path, _choices: Choices) -> None:
    """As ``--like``, then as ``lidarsel privacy`` where it promises anything."""
    path = folder / PROFILE
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
    Target("profile-open", lambda folder: write_street_profile(folder / PROFILE, private=False), use_profile),
    Target("profile-private", lambda folder: write_street_profile(folder / PROFILE), use_profile),
    Target(
        "private.safetensors",
        lambda folder: write_private_weights(folder / "private.safetensors", replace(STATEMENT, ledger=LEDGER)),
        lambda folder, _choices: state(folder / "private.safetensors"),
    ),
)
