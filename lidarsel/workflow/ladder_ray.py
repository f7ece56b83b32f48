"""A ladder's networks on the workers of a Ray cluster."""

from collections import deque
from collections.abc import Mapping
from typing import Any

import ray

from lidarsel.errors import LidarselError
from lidarsel.evaluation.ray_cluster import Slots
from lidarsel.evaluation.ray_pool import TRIES, PoolWorker, RayPool, WorkerDeath, given_up
from lidarsel.listening import StepProgress
from lidarsel.planning.ladder_files import LadderRunFile
from lidarsel.workflow.ladder_rungs import Rung
from lidarsel.workflow.ladder_worker import LadderSpec, LadderWorker

_LOOK_S = 1.0
_AT_ONCE = 2
"""Calls of a worker: one trains, one tells how far that is."""


class RayTrainers:
    """``LadderTrainers`` on Ray. A worker that dies is replaced, and its rung goes on from the last checkpoint.

    Args:
        spec: what each worker makes everything from.
        slots: how many workers there are, and what each of them has.
    """

    def __init__(self, spec: LadderSpec, slots: Slots) -> None:
        of_worker: Any = {
            "num_cpus": slots.cpus,
            "num_gpus": slots.gpus,
            "max_restarts": 0,
            "max_concurrency": _AT_ONCE,
        }
        actor: Any = ray.remote(**of_worker)(LadderWorker)
        self.count = slots.count
        self._pool: RayPool[str] = RayPool(lambda: actor.remote(spec, slots.threads), slots.count)
        self._rungs: dict[str, Rung] = {}
        self._again: deque[Rung] = deque()
        self._asked: dict[PoolWorker, ray.ObjectRef[Any]] = {}

    def has_room(self) -> bool:
        return len(self._idle()) > len(self._again)

    def begin(self, rung: Rung) -> None:
        worker = self._idle()[0]
        self._rungs[rung.name] = rung
        self._pool.give(worker, rung.name, worker.actor.make.remote(rung))

    def ended(self) -> tuple[Rung, LadderRunFile | LidarselError] | None:
        while self._again and self._idle():
            self.begin(self._again.popleft())
        found = self._pool.next(_LOOK_S)
        if found is None:
            return None
        rung, answer = self._rungs[found.task], found.answer
        if isinstance(answer, WorkerDeath):
            self._asked.pop(found.worker, None)
            if answer.deaths < TRIES:
                self._again.append(rung)
                return None
            answer = given_up(answer, "at it")
        return rung, answer

    def heard(self) -> Mapping[str, StepProgress]:
        for worker in self._pool.ready:
            if worker.tasks and worker not in self._asked:
                self._asked[worker] = worker.actor.heard.remote()
        asked = {answer: worker for worker, answer in self._asked.items()}
        if not asked:
            return {}
        found = {}
        for answer in ray.wait(list(asked), num_returns=len(asked), timeout=0)[0]:
            del self._asked[asked[answer]]
            try:
                told = ray.get(answer)
            except ray.exceptions.RayActorError:  # it has died, which its rung's answer tells
                continue
            if told is not None:
                found[told[0]] = told[1]
        return found

    def _idle(self) -> list[PoolWorker]:
        return [worker for worker in self._pool.ready if not worker.tasks]
