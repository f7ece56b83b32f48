"""A stored game that remembers, frame by frame, what it was asked: what can be said of a choice without asking more."""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lidarsel.evaluation.stored import G, StoredGame
from lidarsel.shapley.base import Request


class RememberingGame(StoredGame[G]):
    """A ``StoredGame`` that keeps the errors it has told, by its metric."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._errors: dict[bytes, NDArray[np.float64]] = {}

    def values_many(self, requests: Iterable[Request]) -> Iterator[NDArray[np.float64]]:
        """``StoredGame.values_many``, remembered."""
        asked: deque[Request] = deque()

        def told() -> Iterator[Request]:
            for request in requests:
                asked.append(request)
                yield request

        for values in super().values_many(told()):
            frame, coalitions = asked.popleft()
            for coalition, value in zip(coalitions, values, strict=True):
                of_frames = self._errors.setdefault(coalition.tobytes(), np.full(self.n_frames, np.nan))
                of_frames[frame] = -value
            yield values

    def known(self) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Bool (M, n_players), the coalitions that were asked for, and float64 (F, M), their errors, NaN on frames that
        they were not asked for on."""
        coalitions = np.frombuffer(b"".join(self._errors), bool).reshape(len(self._errors), self.n_players)
        return coalitions, np.array(list(self._errors.values())).reshape(len(self._errors), self.n_frames).T
