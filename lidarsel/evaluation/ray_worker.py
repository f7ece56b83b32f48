"""The worker's side of the Ray engine: an actor with a game of its own. It never sees the store."""

import os
import socket
import sys
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lidarsel.errors import LidarselError

if TYPE_CHECKING:
    from lidarsel.evaluation.base import EvaluationKey, GameSpec


class RayWorker:
    """Refusals are returned, not raised: Ray would wrap them, and a refusal is no reason to try again."""

    def __init__(self, spec: "GameSpec", threads: int) -> None:
        self._spec = spec
        self._threads = threads

    def open(self) -> int | LidarselError:
        """Make the game; the number of this process."""
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # as lidarsel.cli does, before torch is loaded
        try:
            os.chdir(self._spec.folder)
        except OSError as error:
            return self._refusal(f"{self._spec.folder}: {error.strerror}; run where all machines have this folder")
        sys.path += [entry for entry in self._spec.python_path if entry not in sys.path]
        import torch

        torch.set_num_threads(self._threads)
        try:
            self._game = self._spec.game()
            self._frames = {name: number for number, name in enumerate(self._game.frame_ids)}
        except (LidarselError, OSError) as error:
            return self._refusal(str(error))
        return os.getpid()

    def errors(
        self, frame_id: str, digest: str, key: "EvaluationKey", coalitions: NDArray[np.bool_]
    ) -> NDArray[np.float64] | LidarselError:
        """Bool (M, n_players) -> float64 (M, F), the errors on a frame of a name and content, rounded alike."""
        try:
            here = self._game.key
            for name in (field.name for field in fields(here) if getattr(here, field.name) != getattr(key, field.name)):
                there = f"{getattr(here, name)} there, not {getattr(key, name)}"
                return self._refusal(f"{name}: {there}; its errors would differ in their last bits")
            frame = self._frames.get(frame_id)
            if frame is None or self._game.digest(frame) != digest:
                there = "another content" if frame is not None else "nothing"
                return self._refusal(f"frame {frame_id} has {there} there; give all machines the same files")
            return self._game.errors(frame, coalitions)
        except (LidarselError, OSError) as error:
            return self._refusal(str(error))

    def _refusal(self, message: str) -> LidarselError:
        return LidarselError(f"worker on {socket.gethostname()}: {message}")
