"""All selectors by name. A new one: a file beside this, and one line here."""

from lidarsel.errors import UsageError
from lidarsel.selection.base import Selector
from lidarsel.selection.densest import Densest
from lidarsel.selection.random import Random
from lidarsel.selection.sas_region import SasRegion
from lidarsel.selection.sas_separation import SasSeparation
from lidarsel.selection.shapley import Shapley
from lidarsel.selection.spaced import Spaced

_SELECTORS: tuple[Selector, ...] = (Random(), Spaced(), Densest(), Shapley(), SasRegion(), SasSeparation())

NAMES: tuple[str, ...] = tuple(selector.name for selector in _SELECTORS)
"""The names a user may give, in the order of the report's table: the baselines first."""


def selector(name: str) -> Selector:
    """The selector of that name. Raises UsageError, naming those there are."""
    for candidate in _SELECTORS:
        if candidate.name == name:
            return candidate
    raise UsageError(f"unknown method '{name}': choose from {', '.join(NAMES)}")
