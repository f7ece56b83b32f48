"""The split of a ladder: the same held-out frames for all networks, which none of them is trained or chosen on."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lidarsel.errors import BadInputError, UsageError
from lidarsel.scale_settings import ScaleSettings
from lidarsel.workflow.ladder_frames import LadderFrames, drive_cautions, ladder_frames
from lidarsel.workflow.ladder_run import judged_numbers


class Drives(SimpleNamespace):
    """What of a data set the split looks at: the drive of each frame."""

    drives: list[str]

    def __len__(self) -> int:
        return len(self.drives)


def split(drives: list[str], **given: Any) -> tuple[Any, LadderFrames]:
    dataset: Any = Drives(drives=drives)
    return dataset, ladder_frames(dataset, Path("DATA"), ScaleSettings(**{"frames": (1,), **given}))


def test_whole_drives_are_held_out_and_only_so_many_frames_of_them_judge() -> None:
    dataset, frames = split([drive for drive in "abcdef" for _ in range(10)], held_out=4)
    assert {dataset.drives[frame] for frame in frames.judging} == {"e", "f"}
    assert len(frames.judging) == 4
    assert {dataset.drives[frame] for frame in frames.validating} == {"d"}
    assert {dataset.drives[frame] for frame in frames.to_train} == {"a", "b", "c"}
    assert drive_cautions(dataset, frames) == []


def test_each_number_of_frames_is_spread_over_the_drives() -> None:
    dataset, frames = split([drive for drive in "abcdef" for _ in range(10)])
    assert len(frames.training(6)) == len(set(frames.training(6))) == 6
    assert {dataset.drives[frame] for frame in frames.training(3)} == {"a", "b", "c"}
    assert frames.training(30) == list(frames.to_train)


def test_the_end_of_a_single_drive_judges_and_a_caution_says_so() -> None:
    dataset, frames = split(["a"] * 30)
    assert list(frames.judging) == list(range(20, 30))
    assert max(frames.to_train) < min(frames.validating) < min(frames.judging)
    (caution,) = drive_cautions(dataset, frames)
    assert "the end of the drive that networks are trained on" in caution.text


def test_too_few_frames_say_how_many_there_are() -> None:
    with pytest.raises(UsageError, match=r"--frames 19: DATA has 18 to train on, 2 tell which .* and 10 judge"):
        split(["a"] * 30, frames=(2, 19))
    for count in (1, 2):
        with pytest.raises(BadInputError, match="DATA: has too few frames"):
            split(["a"] * count)


@pytest.mark.parametrize(
    ("n_lines", "n_in_image", "numbers"),
    [
        (64, 46, (0, 4, 8, 16, 32, 46)),
        (64, 32, (0, 4, 8, 16, 32)),
        (32, 32, (0, 4, 8, 16, 32)),
        (64, 20, (0, 4, 8, 16, 20)),
        (16, 12, (0, 4, 8, 12)),
    ],
)
def test_all_lines_count_as_those_in_the_images(n_lines: int, n_in_image: int, numbers: tuple[int, ...]) -> None:
    assert judged_numbers(n_lines, n_in_image) == numbers
