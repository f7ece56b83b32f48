"""What a job on a network's channels opens over its source: store, engine and games of the channels."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from lidarsel.evaluation.channel_game import ChannelChoice, ChannelGame
from lidarsel.evaluation.channel_game_spec import ChannelGameSpec
from lidarsel.evaluation.engine import Engine
from lidarsel.evaluation.engine_choice import IN_PROCESS, EngineChoice
from lidarsel.evaluation.layer_engine import LayerEngine
from lidarsel.evaluation.store import EvaluationStore
from lidarsel.evaluation.stored import StoredGame
from lidarsel.workflow.session import Source


@dataclass(frozen=True, eq=False)
class ChannelSession:
    """A source with a store and an engine for all games of its network's channels.

    Attributes:
        source: what was opened.
        choice: which channels play, and with which lines.
        store: where evaluations are looked up and kept.
        engine: where they run; None is this process.
    """

    source: Source
    choice: ChannelChoice
    store: EvaluationStore
    engine: Engine | None

    def stored(self, every: ChannelGame, metric: str, layers: Collection[str] | None = None) -> StoredGame[ChannelGame]:
        """A game of channels through the store; its values are minus the metric. One game is asked at a time.

        Args:
            every: the game of all channels of the choice.
            metric: the error that counts.
            layers: of the choice's, whose channels alone play; None is all of them.

        Raises:
            UsageError: the network has no such layer.
        """
        if layers is None:
            return StoredGame(every, self.store, metric, self.engine)
        some = every.of_layers(layers)
        engine = None if self.engine is None else LayerEngine(self.engine, every, some)
        return StoredGame(some, self.store, metric, engine)


def channel_game(source: Source, frames: Sequence[int], choice: ChannelChoice) -> ChannelGame:
    """The game of a source's network on frames, indices into the data set.

    Raises:
        UsageError: the network cannot be cut or has no such layer, or the data have fewer lines than asked for.
    """
    settings = source.settings
    rule, parts = settings.empty_coalition, settings.parts()
    return ChannelGame(source.dataset, frames, source.network, choice, settings.crop, source.device, rule, parts)


@contextmanager
def open_channels(
    source: Source, choice: ChannelChoice, store: Path, engine: EngineChoice = IN_PROCESS
) -> Iterator[ChannelSession]:
    """Open store and engine, and close both when the block ends.

    Args:
        source: what the games are on.
        choice: every layer that will play, alone or with others, and the lines that the network is judged with.
        store: the store's file, made where there is none; one of lines will do.
        engine: where evaluations shall run.

    Raises:
        UsageError: choice and source do not fit, or the engine cannot be had; nothing is made then.
        BadInputError: the file is no store of evaluations.
    """
    channel_game(source, source.frames, choice)
    of_source = ChannelGameSpec.of(source.data, source.settings, source.device, source.network.sha256)
    with EvaluationStore.open(store) as opened, engine.open(replace(of_source, choice=choice)) as running:
        yield ChannelSession(source, choice, opened, running)
