"""Which frames a ladder's networks are trained, validated and judged on: the same split for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lidarsel.cautions import Caution
from lidarsel.datasets.base import Dataset
from lidarsel.datasets.split import thin_frames, valuing_and_held_out
from lidarsel.errors import BadInputError, UsageError
from lidarsel.scale_settings import ScaleSettings
from lidarsel.workflow.training_frames import HELD_OUT_SHARE


@dataclass(frozen=True)
class LadderFrames:
    """Indices into the data set. to_train: those that trainings take theirs of. validating: by which each training
    chooses its best weights. judging: whole drives where there are several, which nothing else sees."""

    to_train: Sequence[int]
    validating: Sequence[int]
    judging: Sequence[int]

    def training(self, count: int) -> list[int]:
        """So many of ``to_train``, evenly spaced."""
        return [self.to_train[place] for place in thin_frames(len(self.to_train), count)]


def ladder_frames(dataset: Dataset, data: Path, settings: ScaleSettings) -> LadderFrames:
    """Split a data set.

    Raises:
        BadInputError: it has too few frames.
        UsageError: more frames to train on are asked for than there are.
    """
    few = BadInputError(data, "has too few frames to train on some and judge on others", "give more")
    others, held_out = valuing_and_held_out(dataset.drives, range(len(dataset)), refusal=few)
    to_train, validating = valuing_and_held_out(dataset.drives, others, held_out_share=HELD_OUT_SHARE, refusal=few)
    if max(settings.frames) > len(to_train):
        raise UsageError(
            f"--frames {max(settings.frames)}: {data} has {len(to_train)} to train on, "
            f"{len(validating)} tell which weights are best and {len(held_out)} judge networks; give "
            f"{len(to_train)} at most, or more data"
        )
    judging = [held_out[place] for place in thin_frames(len(held_out), settings.held_out)]
    return LadderFrames(to_train, validating, judging)


def drive_cautions(dataset: Dataset, frames: LadderFrames) -> list[Caution]:
    """What weakens a law that is judged on few drives."""
    drives = {dataset.drives[frame] for frame in frames.judging}
    if len(drives) > 1:
        return []
    same = drives & {dataset.drives[frame] for frame in frames.to_train}
    what = "the end of the drive that networks are trained on" if same else "one drive"
    return [Caution("one-drive", f"Networks are judged on {what}: the law speaks of it.")]
