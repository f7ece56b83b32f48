"""What runs evaluations, and the plain kind: this process."""

from collections import deque
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lidarsel.evaluation.base import EvaluationKey, Game

_AHEAD = 2


@dataclass(frozen=True, eq=False)
class Job:
    """Coalitions of one frame, to be evaluated together.

    Args:
        frame: its number in the game that asks.
        frame_id: its name, the same wherever the game is played.
        digest: its content; whoever evaluates must have the same.
        key: what the errors are filed under; likewise.
        coalitions: bool (M, n_players).
    """

    frame: int
    frame_id: str
    digest: str
    key: EvaluationKey
    coalitions: NDArray[np.bool_]


class Engine(Protocol):
    """Takes jobs and gives their errors, in any order. Whatever engine: the same bytes on the same kind of device."""

    def submit(self, job: Job) -> None:
        """Take a job; more than there is room for only make it wait."""
        ...

    def has_room(self) -> bool:
        """Whether another job would keep the engine busier than it is."""
        ...

    def collect(self) -> tuple[Job, NDArray[np.float64]]:
        """Wait for a submitted job to be done; there must be one.

        Returns:
            The job, and its errors, float64 (M, F) by the figures of the game's key.

        Raises:
            LidarselError: the job cannot be done, or whoever does it is lost.
        """
        ...


class ProcessEngine:
    """An engine that evaluates in this process, one job at a time, when asked to collect.

    It takes the next job too, so that its frame is read meanwhile.
    """

    def __init__(self, game: Game) -> None:
        self._game = game
        self._jobs: deque[Job] = deque()

    def submit(self, job: Job) -> None:
        self._game.read_ahead(job.frame)
        self._jobs.append(job)

    def has_room(self) -> bool:
        return len(self._jobs) < _AHEAD

    def collect(self) -> tuple[Job, NDArray[np.float64]]:
        job = self._jobs.popleft()
        return job, self._game.errors(job.frame, job.coalitions)
