"""Which engine a user asks for. It decides no figure, so it is none of the settings of a run."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lidarsel.errors import UsageError
from lidarsel.spelling import none_of

if TYPE_CHECKING:  # a wrong choice is told before torch is loaded
    from lidarsel.evaluation.base import GameSpec
    from lidarsel.evaluation.engine import Engine
    from lidarsel.evaluation.ray_cluster import Slots

ENGINES = ("process", "ray")


@dataclass(frozen=True)
class EngineChoice:
    """Where evaluations shall run.

    Args:
        kind: one of ENGINES.
        address: of a Ray cluster; None is one on this machine, started for the command.
        workers: how many; None is one for every GPU, or for every CPU where the device is the CPU.

    Raises:
        UsageError: an unknown kind, or options that the kind does not have.
    """

    kind: str = "process"
    address: str | None = None
    workers: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in ENGINES:
            raise UsageError(f"--engine {none_of(self.kind, ENGINES)}")
        if self.kind != "ray" and (self.address is not None or self.workers is not None):
            raise UsageError("--address and --workers are for --engine ray; add it or leave them out")
        if self.workers is not None and self.workers < 1:
            raise UsageError(f"--workers {self.workers} evaluates nothing; give at least 1")

    @contextmanager
    def open(self, spec: "GameSpec") -> "Iterator[Engine | None]":
        """The engine, closed when the block ends; None is this process.

        Args:
            spec: what a worker makes its game from.

        Raises:
            UsageError: Ray cannot be used.
        """
        with self.slots(spec.device) as slots:
            if slots is None:
                yield None
                return
            if not slots.gpus:
                import torch

                torch.set_num_threads(slots.threads)  # as many as each worker has: a user's network may round by it
            from lidarsel.evaluation.ray_engine import RayEngine  # needs Ray, which is known to be there by now

            yield RayEngine(spec, slots)

    @contextmanager
    def slots(self, device: str) -> "Iterator[Slots | None]":
        """What workers are given, for whatever they do, while the block runs; None where all is done in this process.

        Args:
            device: what each computes on, a torch device by name.

        Raises:
            UsageError: Ray cannot be used.
        """
        if self.kind == "process":
            yield None
            return
        from lidarsel.evaluation.ray_cluster import ray_cluster

        with ray_cluster(self.address, self.workers, device.startswith("cuda")) as slots:
            yield slots


IN_PROCESS = EngineChoice()
