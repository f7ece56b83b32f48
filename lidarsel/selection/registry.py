"""All selectors by name. A new one: a file beside this, and one entry here."""

from lidarsel.errors import UsageError
from lidarsel.selection.base import Selector
from lidarsel.selection.densest import Densest
from lidarsel.selection.exhaustive import Exhaustive
from lidarsel.selection.greedy import Greedy
from lidarsel.selection.interval import Interval
from lidarsel.selection.random import Random
from lidarsel.selection.sas import Sas
from lidarsel.selection.sas_region import SasRegion
from lidarsel.selection.sas_separation import SasSeparation
from lidarsel.selection.shapley import Shapley
from lidarsel.selection.spaced import Spaced
from lidarsel.selection.switch import Switch
from lidarsel.spelling import none_of

_SELECTORS: tuple[Selector, ...] = (
    Random(),
    Spaced(),
    Densest(),
    Shapley(),
    SasRegion(),
    SasSeparation(),
    Sas(),
    Greedy(),
    Greedy(backward=True),
    Switch(),
    Interval(),
    Exhaustive(),
)

NAMES: tuple[str, ...] = tuple(selector.name for selector in _SELECTORS)
"""The names a user may give, in the order of the report's table: the baselines first."""


def selector(name: str) -> Selector:
    """The selector of that name. Raises UsageError, naming those there are."""
    for candidate in _SELECTORS:
        if candidate.name == name:
            return candidate
    raise UsageError(f"method {none_of(name, NAMES)}")
