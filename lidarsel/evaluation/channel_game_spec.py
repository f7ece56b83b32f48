"""What a worker elsewhere needs to play the channel game to the bit as this process would."""

from dataclasses import dataclass, field

from lidarsel.evaluation.channel_game import ChannelChoice, ChannelGame
from lidarsel.evaluation.source_spec import SourceSpec


@dataclass(frozen=True)
class ChannelGameSpec(SourceSpec):
    """A ``GameSpec`` of the channel game. choice: which channels play, on which lines."""

    choice: ChannelChoice = field(default_factory=ChannelChoice)

    def game(self) -> ChannelGame:
        """The channel game on all frames of the data.

        Raises:
            LidarselError: as ``open``; UsageError: the choice fits neither network nor data.
        """
        dataset, network = self.open()
        settings = self.settings
        every = range(len(dataset))
        rule, parts = settings.empty_coalition, settings.parts()
        return ChannelGame(dataset, every, network, self.choice, settings.crop, self.device, rule, parts)
