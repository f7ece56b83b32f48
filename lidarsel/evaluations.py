"""Evaluations of the line game through the store: what was evaluated once is looked up ever after."""

import numpy as np
from numpy.typing import NDArray

from lidarsel.contracts import METRICS, Metric
from lidarsel.game import LineGame
from lidarsel.store import EvaluationStore

_KEPT_TOGETHER = 128


class StoredGame:
    """A frame game (``lidarsel.shapley``) whose values are minus the errors of a line game, kept in a store.

    n_players: the lines. n_frames: the game's frames. A coalition is evaluated without the lines that have no point
    in the frame, which cannot change its completion; so such lines cost nothing and are null players exactly.
    """

    def __init__(self, game: LineGame, store: EvaluationStore, metric: Metric = "rmse") -> None:
        self.game = game
        self.store = store
        self.metric = metric
        self.n_players = game.n_lines
        self.n_frames = len(game)
        height, width = game.crop
        self._context = store.context(
            data_fingerprint=game.dataset.fingerprint,
            network_sha256=game.network.sha256,
            crop=f"{height}x{width}",
            device_type=game.device.type,
        )

    def errors(self, frame: int, coalitions: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Bool (M, n_lines) -> float64 (M, 4), in the order of METRICS.

        Evaluated in the order given and stored in blocks, so that a kill loses at most one block.
        """
        effective = coalitions & self.game.lines_present(frame)
        distinct, inverse = np.unique(effective, axis=0, return_inverse=True)
        frame_id = self.game.frame_id(frame)
        known, errors = self.store.get(self._context, frame_id, distinct)
        missing = np.flatnonzero(~known)
        for start in range(0, len(missing), _KEPT_TOGETHER):
            block = missing[start : start + _KEPT_TOGETHER]
            errors[block] = self.game.errors(frame, distinct[block])
            self.store.put(self._context, frame_id, distinct[block], errors[block])
        return errors[inverse.reshape(-1)]

    def values(self, frame: int, coalitions: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Bool (M, n_lines) -> float64 (M,): v of the frame, minus its error by the game's metric."""
        return -self.errors(frame, coalitions)[:, METRICS.index(self.metric)]

    def mean_errors(self, coalitions: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Bool (M, n_lines) -> float64 (M,): the metric's mean over frames."""
        return -np.mean([self.values(frame, coalitions) for frame in range(self.n_frames)], axis=0)
