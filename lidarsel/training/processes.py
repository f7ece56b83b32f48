"""Several training processes, as ``torchrun`` starts them: who this one is, and what they say to each other."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
from torch import Tensor, distributed

PATIENCE = timedelta(days=30)  # the others wait while the first one validates, however long that takes


@dataclass(frozen=True)
class Processes:
    """rank: of this process among ``count``. local_rank: among those of its machine, the number of its GPU."""

    rank: int = 0
    count: int = 1
    local_rank: int = 0

    @property
    def first(self) -> bool:
        """Whether this is the one that writes, logs and validates."""
        return self.rank == 0

    def mean(self, value: Tensor) -> Tensor:
        """The mean over processes of a tensor, in each of them."""
        if self.count > 1:
            distributed.all_reduce(value)
            value = value / self.count
        return value

    def copy_from_first(self, tensors: Iterable[Tensor]) -> None:
        """Overwrite tensors with those of the first process."""
        if self.count > 1:
            for tensor in tensors:
                distributed.broadcast(tensor, 0)


def started() -> Processes:
    """What ``torchrun`` says of this process; without it there is one alone."""
    if not {"RANK", "WORLD_SIZE", "MASTER_ADDR"} <= os.environ.keys():
        return Processes()
    return Processes(*(int(os.environ.get(name, "0")) for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK")))


@contextmanager
def joined(processes: Processes, device: str) -> Iterator[None]:
    """Processes that can talk to each other while the block runs: NCCL between GPUs, gloo between CPUs."""
    if processes.count == 1:
        yield
        return
    if device.startswith("cuda"):
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if device.startswith("cuda") else "gloo", timeout=PATIENCE)
    yield
    distributed.barrier()
    distributed.destroy_process_group()
