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

    def known_on_every_frame(self) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Bool (M, n_players), the coalitions that were asked for on all frames, and float64 (F, M), their errors."""
        whole = {coalition: errors for coalition, errors in self._errors.items() if np.isfinite(errors).all()}
        coalitions = np.frombuffer(b"".join(whole), bool).reshape(len(whole), self.n_players)
        return coalitions, np.array(list(whole.values())).reshape(len(whole), self.n_frames).T
