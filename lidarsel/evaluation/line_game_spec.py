"""What a worker elsewhere needs to play the line game to the bit as this process would."""

from dataclasses import dataclass

from lidarsel.datasets.base import Dataset, is_labelled
from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.source_spec import SourceSpec
from lidarsel.parts import CLASS_PARTS, TruthPart
from lidarsel.settings import RunSettings


@dataclass(frozen=True)
class LineGameSpec(SourceSpec):
    """A ``GameSpec`` of the line game."""

    def game(self) -> LineGame:
        """The line game on all frames of the data. Raises LidarselError, as ``open``."""
        dataset, network = self.open()
        settings = self.settings
        every = range(len(dataset))
        rule, parts = settings.empty_coalition, line_parts(settings, dataset)
        spread = settings.needs_spread()
        return LineGame(dataset, every, network, settings.crop, self.device, rule, parts, spread)


def line_parts(settings: RunSettings, dataset: Dataset) -> tuple[TruthPart, ...]:
    """What errors of lines are told for apart: what the settings say, and classes where the data tell them."""
    every: dict[TruthPart, None] = dict.fromkeys(settings.parts())
    return tuple(every | dict.fromkeys(CLASS_PARTS)) if is_labelled(dataset) else tuple(every)
