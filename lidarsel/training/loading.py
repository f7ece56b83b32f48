"""Batches in order, made ahead of use by loading processes or, without any, when asked for."""

import sys
from collections.abc import Iterator

import torch
from torch.utils.data import DataLoader, Dataset

from lidarsel.errors import LidarselError
from lidarsel.training.batches import Batch, FrameSource, make_batch
from lidarsel.training.processes import Processes
from lidarsel.training.settings import TrainSettings

PREFETCHED = 2  # batches waiting in each loading process


def load_batches(
    frames: FrameSource, settings: TrainSettings, first_step: int, processes: Processes
) -> Iterator[Batch]:
    """This process's batches of the steps from ``first_step`` on, the same for any number of workers.

    Raises LidarselError for a frame that cannot be trained on, or where a loading process dies.
    """
    workers = settings.workers
    loader = DataLoader(
        _StepBatches(frames, settings, processes),
        batch_size=None,
        sampler=range(first_step, settings.steps),
        num_workers=workers,
        prefetch_factor=PREFETCHED if workers else None,
        # Forked processes share the frames held in memory instead of copying them.
        multiprocessing_context="fork" if workers and sys.platform.startswith("linux") else None,
        pin_memory=settings.device.startswith("cuda"),
        generator=torch.Generator(),  # it draws a number; the global generator is left as it was
    )
    try:
        for batch in loader:
            if isinstance(batch, str):
                raise LidarselError(batch)
            yield batch
    except RuntimeError as error:
        if "DataLoader worker" not in str(error):
            raise
        reason = " ".join(str(error).split())
        raise LidarselError(
            f"a loading process died ({reason}); use fewer --workers, or give them more memory"
        ) from None


class _StepBatches(Dataset[Batch | str]):
    """Step -> batch, or what is wrong with it: errors with arguments of their own do not survive the way between
    processes."""

    def __init__(self, frames: FrameSource, settings: TrainSettings, processes: Processes) -> None:
        self.frames, self.settings, self.processes = frames, settings, processes

    def __getitem__(self, step: int) -> Batch | str:
        try:
            return make_batch(self.frames, self.settings, step, self.processes.rank, self.processes.count)
        except LidarselError as error:
            return str(error)
