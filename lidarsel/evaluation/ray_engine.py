"""The driver's side of the Ray engine: hands jobs to workers, and hands those of a dead worker to a fresh one."""

from collections import defaultdict, deque
from typing import Any

import numpy as np
import ray
from numpy.typing import NDArray

from lidarsel.errors import LidarselError
from lidarsel.evaluation.base import GameSpec
from lidarsel.evaluation.engine import Job
from lidarsel.evaluation.ray_cluster import Slots
from lidarsel.evaluation.ray_pool import TRIES, PoolWorker, RayPool, WorkerDeath, given_up
from lidarsel.evaluation.ray_worker import RayWorker

_AHEAD = 2  # jobs at a worker: one it is at, and the next, so that it need not wait for this process
_WINDOW = 16  # jobs known for each worker: enough that those waiting are of several frames


class RayEngine:
    """Evaluates on the workers of a Ray cluster (see ``Engine``).

    A frame stays with the worker that has prepared it, unless another worker would have nothing to do. A worker that
    dies is replaced, and its jobs are given out again. LidarselError comes where three workers died of one job, where
    a worker refuses, as for a damaged frame or other data than here, and where one fails.

    Args:
        spec: what each worker makes its game from.
        slots: how many workers there are, and what each of them has.
    """

    def __init__(self, spec: GameSpec, slots: Slots) -> None:
        actor: Any = ray.remote(num_cpus=slots.cpus, num_gpus=slots.gpus, max_restarts=0)(RayWorker)
        self._pool: RayPool[Job] = RayPool(lambda: actor.remote(spec, slots.threads), slots.count)
        self._waiting: deque[Job] = deque()
        self._window = _WINDOW * slots.count
        self._frames: dict[PoolWorker, set[str]] = defaultdict(set)
        """Names of those that a worker has prepared."""

    @property
    def pids(self) -> list[int]:
        """Processes of the workers that are ready."""
        return [worker.pid for worker in self._pool.ready]

    def submit(self, job: Job) -> None:
        self._waiting.append(job)
        self._give_out()

    def has_room(self) -> bool:
        return len(self._waiting) + self._pool.n_tasks < self._window

    def collect(self) -> tuple[Job, NDArray[np.float64]]:
        while True:
            self._give_out()
            found = self._pool.next()
            if found is None:
                continue
            job, answer = found.task, found.answer
            if isinstance(answer, LidarselError):
                raise answer
            if not isinstance(answer, WorkerDeath):
                return job, answer
            self._frames.pop(found.worker, None)
            if answer.deaths >= TRIES:
                raise given_up(answer, f"at frame {job.frame_id}")
            self._waiting.appendleft(job)

    def _give_out(self) -> None:
        """Give waiting jobs to the workers that have room for them."""
        for worker in self._pool.ready:
            while self._waiting and worker.tasks < _AHEAD:
                job = self._best_for(worker)
                self._waiting.remove(job)
                self._frames[worker].add(job.frame_id)
                answer = worker.actor.errors.remote(job.frame_id, job.digest, job.key, job.coalitions)
                self._pool.give(worker, job, answer)

    def _best_for(self, worker: PoolWorker) -> Job:
        """The first waiting job of a frame that the worker has; else of a frame that no worker has; else of any."""
        taken = set().union(*self._frames.values())
        own = (job for job in self._waiting if job.frame_id in self._frames[worker])
        new = (job for job in self._waiting if job.frame_id not in taken)
        return next(own, None) or next(new, None) or self._waiting[0]
