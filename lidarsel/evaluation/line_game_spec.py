"""What a worker elsewhere needs to play the line game to the bit as this process would."""

from dataclasses import dataclass

from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.source_spec import SourceSpec


@dataclass(frozen=True)
class LineGameSpec(SourceSpec):
    """A ``GameSpec`` of the line game."""

    def game(self) -> LineGame:
        """The line game on all frames of the data. Raises LidarselError, as ``open``."""
        dataset, network = self.open()
        settings = self.settings
        every = range(len(dataset))
        rule, parts = settings.empty_coalition, settings.parts()
        return LineGame(dataset, every, network, settings.crop, self.device, rule, parts)
