"""The rankings of units by the names they have on the command line."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lidarsel.errors import UsageError
from lidarsel.importance.channels.learned import learn_channel_importance
from lidarsel.importance.channels.magnitude import magnitude
from lidarsel.importance.channels.subject import Subject
from lidarsel.importance.channels.taylor import taylor


@dataclass(frozen=True)
class Ranking:
    """A way to say which units matter.

    Args:
        needs: what it asks of a subject.
        scores: float64 (units,) of a subject; more is more important, and layers compare.
        says: what it goes by, for tables.
    """

    needs: Literal["nothing", "weights", "radii", "data"]
    scores: Callable[[Subject], NDArray[np.float64]]
    says: str


def _random(subject: Subject) -> NDArray[np.float64]:
    return np.random.default_rng([subject.seed, 6]).random(len(subject.units))


def _radius(subject: Subject) -> NDArray[np.float64]:
    """Root of a unit's mean squared radius, over its layer's mean. Raises UsageError where a layer has no radii."""
    missing = [layer for layer in subject.places if layer not in subject.radii]
    if missing:
        raise UsageError(f"this ranking goes by radii of posteriors, and there is none of layer {missing[0]}")
    found = np.zeros(len(subject.units))
    for layer, places in subject.places.items():
        radii = subject.radii[layer]
        each = [np.sqrt(np.mean(np.square(radii[list(subject.units[place].channels)]))) for place in places]
        found[places] = each / np.mean(each)
    return found


RANKINGS = {
    "dirichlet": Ranking("data", lambda subject: learn_channel_importance(subject).scale, "learned scales"),
    "taylor": Ranking("data", taylor, "change of the loss, first order"),
    "l1": Ranking("weights", lambda subject: magnitude(subject, 1), "sum of absolute weights"),
    "l2": Ranking("weights", lambda subject: magnitude(subject, 2), "root of squared weights"),
    "radius": Ranking("radii", _radius, "radii of posteriors"),
    "random": Ranking("nothing", _random, "chance"),
}
