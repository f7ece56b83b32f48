"""The units of private data: the frames of each drive, or each frame by itself."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lidarsel.choices import PrivacyUnit
from lidarsel.completion.threads import one_thread
from lidarsel.privacy.ledger import NOTHING_SPENT, Ledger
from lidarsel.training.batches import Batch, FrameSource, make_sample
from lidarsel.training.settings import TrainSettings

_PRIVATE_SAMPLES = 2  # a stream of random numbers of its own


@dataclass(frozen=True)
class PrivateUnits:
    """frames: all of the private data. of_unit: for each unit, its frames as indices. spent: what the weights to start
    from have cost already, counted as if it had been of the same units."""

    frames: FrameSource
    of_unit: Sequence[Sequence[int]]
    spent: Ledger = NOTHING_SPENT

    def __len__(self) -> int:
        return len(self.of_unit)

    def sample(self, unit: int, settings: TrainSettings, step: int) -> Batch:
        """One image of a unit, by chance, with its subsets of lines: a function of this unit and of no other.

        Raises LidarselError where the frame lacks its image or ground truth.
        """
        rng = np.random.default_rng([settings.seed, _PRIVATE_SAMPLES, step, unit])
        frame = self.frames.frame(int(rng.choice(self.of_unit[unit])))
        with one_thread():
            return make_sample(frame, settings, rng)


def units_of(
    frames: FrameSource, drives: Sequence[str], unit: PrivacyUnit, spent: Ledger = NOTHING_SPENT
) -> PrivateUnits:
    """The frames in units. drives: the drive of each frame; those of one name are one drive."""
    if unit == "frame":
        return PrivateUnits(frames, [[index] for index in range(len(drives))], spent)
    by_drive: dict[str, list[int]] = {}
    for index, name in enumerate(drives):
        by_drive.setdefault(name, []).append(index)
    return PrivateUnits(frames, list(by_drive.values()), spent)
