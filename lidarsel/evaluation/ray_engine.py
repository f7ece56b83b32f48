"""The driver's side of the Ray engine: hands jobs to workers, and hands those of a dead worker to a fresh one."""

import textwrap
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import ray
from numpy.typing import NDArray

from lidarsel.errors import LidarselError
from lidarsel.evaluation.base import GameSpec
from lidarsel.evaluation.engine import Job
from lidarsel.evaluation.ray_cluster import Slots
from lidarsel.evaluation.ray_worker import RayWorker

_AHEAD = 2  # jobs at a worker: one it is at, and the next, so that it need not wait for this process
_WINDOW = 16  # jobs known for each worker: enough that those waiting are of several frames
_TRIES = 3
_START_S = 600.0


@dataclass(eq=False)
class _Worker:
    """pid: of its process, 0 until it is ready. frames: names of those it has prepared. jobs: at it now."""

    actor: Any
    pid: int = 0
    frames: set[str] = field(default_factory=set)
    jobs: int = 0


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
        self._start: Callable[[], Any] = lambda: actor.remote(spec, slots.threads)
        self._waiting: deque[Job] = deque()
        self._flying: dict[ray.ObjectRef[Any], tuple[_Worker, Job | None]] = {}
        self._deaths: Counter[Job | None] = Counter()  # at each job; None: at their start, without one that got ready
        self._window = _WINDOW * slots.count
        self._workers: list[_Worker] = []
        for _ in range(slots.count):
            self._add_worker()

    @property
    def pids(self) -> list[int]:
        """Processes of the workers that are ready."""
        return [worker.pid for worker in self._workers if worker.pid]

    def submit(self, job: Job) -> None:
        self._waiting.append(job)
        self._give_out()

    def has_room(self) -> bool:
        return len(self._waiting) + sum(worker.jobs for worker in self._workers) < self._window

    def collect(self) -> tuple[Job, NDArray[np.float64]]:
        while True:
            self._give_out()
            worker, job, answer = self._next()
            if isinstance(answer, ray.exceptions.RayActorError):
                self._replace(worker, job, answer)
            elif isinstance(answer, LidarselError):
                raise answer
            elif job is None:
                worker.pid = answer
                self._deaths[None] = 0
            else:
                return job, answer

    def _next(self) -> tuple[_Worker, Job | None, Any]:
        """Wait for the next answer of any worker; RayActorError where the worker died."""
        deadline = time.monotonic() + _START_S
        while not (done := ray.wait(list(self._flying), num_returns=1, timeout=5.0)[0]):
            if not self.pids and time.monotonic() > deadline:
                raise LidarselError(f"the Ray cluster gave room to no worker in {_START_S:.0f} s; see ray status")
        worker, job = self._flying.pop(done[0])
        worker.jobs -= job is not None
        try:
            return worker, job, ray.get(done[0])
        except ray.exceptions.RayActorError as error:
            return worker, job, error
        except ray.exceptions.RayTaskError as error:
            what = f"{type(error.cause).__name__}: {error.cause}"
            raise LidarselError(f"a Ray worker failed ({what}); --engine process shows where in the code") from error

    def _give_out(self) -> None:
        """Give waiting jobs to the workers that have room for them."""
        for worker in self._workers:
            while self._waiting and worker.pid and worker.jobs < _AHEAD:
                job = self._best_for(worker)
                self._waiting.remove(job)
                worker.frames.add(job.frame_id)
                worker.jobs += 1
                answer = worker.actor.errors.remote(job.frame_id, job.digest, job.key, job.coalitions)
                self._flying[answer] = worker, job

    def _best_for(self, worker: _Worker) -> Job:
        """The first waiting job of a frame that the worker has; else of a frame that no worker has; else of any."""
        taken = set().union(*(other.frames for other in self._workers))
        own = (job for job in self._waiting if job.frame_id in worker.frames)
        new = (job for job in self._waiting if job.frame_id not in taken)
        return next(own, None) or next(new, None) or self._waiting[0]

    def _add_worker(self) -> None:
        worker = _Worker(self._start())
        self._workers.append(worker)
        self._flying[worker.actor.open.remote()] = worker, None

    def _replace(self, worker: _Worker, job: Job | None, error: Exception) -> None:
        """Have a fresh worker for a dead one, once, and its job wait again."""
        self._deaths[job] += 1
        if self._deaths[job] == _TRIES:
            what = "while they started" if job is None else f"at frame {job.frame_id}"
            reason = textwrap.shorten(str(error).strip().splitlines()[-1], 200, placeholder=" ...")  # the cause is last
            raise LidarselError(f"{_TRIES} workers of the Ray cluster died {what} ({reason}); try fewer --workers")
        if job is not None:
            self._waiting.appendleft(job)
        if worker in self._workers:
            self._workers.remove(worker)
            ray.kill(worker.actor)  # it may be cut off rather than dead
            self._add_worker()
