"""Games of some of a network's channels on the engine of a game of more of them.

Workers are slow to start, and layers are valued one after the other: one engine serves them all.
"""

import numpy as np
from numpy.typing import NDArray

from lidarsel.evaluation.channel_game import ChannelGame
from lidarsel.evaluation.engine import Engine, Job


class LayerEngine:
    """An ``Engine`` for a game of fewer layers than its workers play: all other channels are there.

    Args:
        engine: whose workers play ``every``; no other game has jobs at it meanwhile.
        every: the game of all layers.
        some: the game that jobs are of, on the same lines; errors are the same bytes as its own.

    Raises:
        ValueError: a channel of ``some`` does not play in ``every``.
    """

    def __init__(self, engine: Engine, every: ChannelGame, some: ChannelGame) -> None:
        plays = set(some.units)
        if not plays <= set(every.units):
            raise ValueError(f"{some.key.players} are not all among {every.key.players}")
        self._engine = engine
        self._key = every.key
        self._plays = np.array([unit in plays for unit in every.units])
        self._asked: dict[Job, Job] = {}

    def submit(self, job: Job) -> None:
        everyone = np.ones((len(job.coalitions), len(self._plays)), np.bool_)
        everyone[:, self._plays] = job.coalitions
        asked = Job(job.frame, job.frame_id, job.digest, self._key, everyone)
        self._asked[asked] = job
        self._engine.submit(asked)

    def has_room(self) -> bool:
        return self._engine.has_room()

    def collect(self) -> tuple[Job, NDArray[np.float64]]:
        asked, errors = self._engine.collect()
        return self._asked.pop(asked), errors
