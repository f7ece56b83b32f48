"""What selectors learned of the lines on the way, beside the lines they chose."""

from dataclasses import dataclass

from lidarsel.selection.importance import Importance
from lidarsel.selection.interval_model import IntervalModel


@dataclass(frozen=True, eq=False)
class Learned:
    """model: of the method whose lines were chosen, where it fits one. importance: by ``switch``, where asked."""

    model: IntervalModel | None = None
    importance: Importance | None = None


NOTHING = Learned()
