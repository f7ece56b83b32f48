"""The worker's side of the Ray engine: an actor with a line game of its own. It never sees the store."""

import os
import socket
import sys
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lidarsel.errors import LidarselError

if TYPE_CHECKING:
    from lidarsel.evaluation.recipe import Recipe


class RayWorker:
    """Refusals are returned, not raised: Ray would wrap them, and a refusal is no reason to try again."""

    def __init__(self, recipe: "Recipe", threads: int) -> None:
        self._recipe = recipe
        self._threads = threads

    def open(self) -> int | LidarselError:
        """Open data and network; the number of this process."""
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # as lidarsel.cli does, before torch is loaded
        try:
            os.chdir(self._recipe.folder)
        except OSError as error:
            return self._refusal(f"{self._recipe.folder}: {error.strerror}; run where all machines have this folder")
        sys.path += [entry for entry in self._recipe.python_path if entry not in sys.path]
        import torch

        torch.set_num_threads(self._threads)
        try:
            self._game = self._recipe.game()
        except (LidarselError, OSError) as error:
            return self._refusal(str(error))
        return os.getpid()

    def errors(self, index: int, coalitions: NDArray[np.bool_]) -> NDArray[np.float64] | LidarselError:
        """Bool (M, n_lines) -> float64 (M, 4) of the data set's frame ``index``."""
        try:
            return self._game.errors(index, coalitions)
        except (LidarselError, OSError) as error:
            return self._refusal(str(error))

    def _refusal(self, message: str) -> LidarselError:
        return LidarselError(f"worker on {socket.gethostname()}: {message}")
