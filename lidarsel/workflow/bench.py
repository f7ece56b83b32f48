"""Where the evaluations of a job are made and kept."""

from dataclasses import dataclass

from lidarsel.evaluation.engine import Engine
from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.store import EvaluationStore
from lidarsel.evaluation.stored import StoredGame
from lidarsel.workflow.inputs import Inputs


@dataclass(frozen=True, eq=False)
class Bench:
    """One store and one engine for all games. valuing: lines are chosen on its frames; judged: judged on these."""

    valuing: LineGame
    judged: LineGame
    store: EvaluationStore
    engine: Engine | None

    @classmethod
    def of(
        cls, inputs: Inputs, frames: tuple[list[int], list[int]], store: EvaluationStore, engine: Engine | None
    ) -> "Bench":
        """A bench for frames to choose on and frames to judge on."""
        valuing, judged = map(inputs.game, frames)
        return cls(valuing, judged, store, engine)

    def stored(self, game: LineGame, inputs: Inputs) -> StoredGame[LineGame]:
        """A game through the store, by the inputs' metric."""
        return StoredGame(game, self.store, inputs.settings.metric, self.engine)
