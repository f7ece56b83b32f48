"""Units: whole drives or single frames, and samples that depend on their own unit alone."""

import pytest
import torch

from lidarsel.training.private.units import units_of
from tests.support.streets import Streets
from tests.training.private.tiny import private

DRIVES = ("a", "b", "a", "c")


def test_frames_of_one_drive_are_one_unit_wherever_they_stand() -> None:
    assert units_of(Streets(4), DRIVES, "drive").of_unit == [[0, 2], [1], [3]]
    assert units_of(Streets(4), DRIVES, "frame").of_unit == [[0], [1], [2], [3]]


@pytest.mark.parametrize("step", range(4))
def test_a_sample_is_of_its_unit_alone(step: int) -> None:
    """The frames of other units may be anything: here they cannot be read at all."""

    class OneDrive(Streets):
        def frame(self, index: int):  # type: ignore[no-untyped-def]
            assert DRIVES[index] == "a"
            return super().frame(index)

    settings = private()
    one = units_of(OneDrive(4), DRIVES, "drive").sample(0, settings, step)
    other = units_of(Streets(4), DRIVES, "drive").sample(0, settings, step)
    assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_every_frame_of_a_unit_comes_and_each_step_has_a_sample_of_its_own() -> None:
    asked: list[int] = []

    class Told(Streets):
        def frame(self, index: int):  # type: ignore[no-untyped-def]
            asked.append(index)
            return super().frame(index)

    units = units_of(Told(4), DRIVES, "drive")
    first = [units.sample(0, private(), step).image for step in range(20)]
    assert set(asked) == {0, 2}
    assert not any(torch.equal(first[0], image) for image in first[1:])
