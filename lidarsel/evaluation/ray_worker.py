"""The worker's side of the Ray engine: an actor with a game of its own. It never sees the store."""

import os
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lidarsel.errors import LidarselError
from lidarsel.evaluation.ray_process import enter, refusal, require_like

if TYPE_CHECKING:
    from lidarsel.evaluation.base import EvaluationKey, GameSpec


class RayWorker:
    """Refusals are returned, not raised (``ray_process``)."""

    def __init__(self, spec: "GameSpec", threads: int) -> None:
        self._spec = spec
        self._threads = threads

    def open(self) -> int | LidarselError:
        """Make the game; the number of this process."""
        try:
            enter(self._spec.folder, self._spec.python_path, self._threads)
            self._game = self._spec.game()
            self._frames = {name: number for number, name in enumerate(self._game.frame_ids)}
        except (LidarselError, OSError) as error:
            return refusal(error)
        return os.getpid()

    def errors(
        self, frame_id: str, digest: str, key: "EvaluationKey", coalitions: NDArray[np.bool_]
    ) -> NDArray[np.float64] | LidarselError:
        """Bool (M, n_players) -> float64 (M, F), the errors on a frame of a name and content, rounded alike."""
        try:
            require_like(self._game.key, key)
            frame = self._frames.get(frame_id)
            if frame is None or self._game.digest(frame) != digest:
                there = "another content" if frame is not None else "nothing"
                raise LidarselError(f"frame {frame_id} has {there} there; give all machines the same files")
            return self._game.errors(frame, coalitions)
        except (LidarselError, OSError) as error:
            return refusal(error)
