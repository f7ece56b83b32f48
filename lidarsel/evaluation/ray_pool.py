"""Workers of a Ray cluster: started, waited for, and replaced when they die."""

import textwrap
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

import ray

from lidarsel.errors import LidarselError

TaskT = TypeVar("TaskT")

TRIES = 3
"""Workers that may die of one task."""
_START_S = 600.0
_LOOK_S = 5.0


@dataclass(eq=False)
class PoolWorker:
    """pid: of its process, 0 until it is ready. tasks: how many are at it now."""

    actor: Any
    pid: int = 0
    tasks: int = 0


@dataclass(frozen=True)
class WorkerDeath:
    """How many workers have died of a task by now, and of what the latest did, in a line."""

    deaths: int
    reason: str


class PoolAnswer(NamedTuple, Generic[TaskT]):
    """worker: whose it is; a dead one has been replaced. answer: what the actor returned, WorkerDeath where it died, or
    LidarselError where it failed or refused."""

    worker: PoolWorker
    task: TaskT
    answer: Any


class RayPool(Generic[TaskT]):
    """Workers of one kind, and the tasks that are at them.

    A worker that dies is replaced at once by a fresh one; what becomes of its tasks is for whoever gave them.

    Args:
        start: makes an actor whose method ``open`` answers the number of its process, or a LidarselError.
        count: how many.
    """

    def __init__(self, start: Callable[[], Any], count: int) -> None:
        self._start = start
        self._flying: dict[ray.ObjectRef[Any], tuple[PoolWorker, TaskT | None]] = {}
        self._deaths: Counter[TaskT | None] = Counter()  # None: at their start, without one that got ready
        self._alone_since_s = time.monotonic()
        self._workers: list[PoolWorker] = []
        for _ in range(count):
            self._add()

    @property
    def ready(self) -> list[PoolWorker]:
        """The workers that tasks can be given to."""
        return [worker for worker in self._workers if worker.pid]

    @property
    def n_tasks(self) -> int:
        """Those that are at workers, dead ones included until that is told."""
        return sum(task is not None for _, task in self._flying.values())

    def give(self, worker: PoolWorker, task: TaskT, answer: "ray.ObjectRef[Any]") -> None:
        """A task is at a worker from now on, and will be answered by this."""
        worker.tasks += 1
        self._flying[answer] = worker, task

    def next(self, seconds: float = _LOOK_S) -> PoolAnswer[TaskT] | None:
        """Wait for the next answer; None where there was none in so many seconds, or a worker got ready or died that
        had no task.

        Raises:
            LidarselError: a worker cannot open, or none can be had.
        """
        done, _ = ray.wait(list(self._flying), num_returns=1, timeout=seconds)
        if not done:
            if not self.ready and time.monotonic() > self._alone_since_s + _START_S:
                raise LidarselError(f"the Ray cluster gave room to no worker in {_START_S:.0f} s; see ray status")
            return None
        worker, task = self._flying.pop(done[0])
        worker.tasks -= task is not None
        answer = self._answer(done[0])
        if isinstance(answer, ray.exceptions.RayActorError):
            answer = self._replaced(worker, task, answer)
        if task is not None:
            return PoolAnswer(worker, task, answer)
        if isinstance(answer, LidarselError):
            raise answer
        if isinstance(answer, WorkerDeath):
            if answer.deaths >= TRIES:
                raise given_up(answer, "while they started")
        else:
            worker.pid = answer
            self._deaths[None] = 0
        return None

    def _answer(self, done: "ray.ObjectRef[Any]") -> Any:
        """RayActorError where the worker died, LidarselError where it failed."""
        try:
            return ray.get(done)
        except ray.exceptions.RayActorError as error:
            return error
        except ray.exceptions.RayTaskError as error:
            what = f"{type(error.cause).__name__}: {error.cause}"
            failure = LidarselError(f"a Ray worker failed ({what}); --engine process shows where in the code")
            failure.__cause__ = error
            return failure

    def _add(self) -> None:
        worker = PoolWorker(self._start())
        self._workers.append(worker)
        self._flying[worker.actor.open.remote()] = worker, None

    def _replaced(self, worker: PoolWorker, task: TaskT | None, error: Exception) -> WorkerDeath:
        """Have a fresh worker for a dead one, once."""
        self._deaths[task] += 1
        reason = textwrap.shorten(str(error).strip().splitlines()[-1], 200, placeholder=" ...")  # the cause is last
        if worker in self._workers and self._deaths[None] < TRIES:
            self._workers.remove(worker)
            ray.kill(worker.actor)  # it may be cut off rather than dead
            if not self.ready:
                self._alone_since_s = time.monotonic()
            self._add()
        return WorkerDeath(self._deaths[task], reason)


def given_up(death: WorkerDeath, where: str) -> LidarselError:
    """What to say of a task that killed too many workers. where: what they were at."""
    return LidarselError(
        f"{death.deaths} workers of the Ray cluster died {where} ({death.reason}); try fewer --workers"
    )
