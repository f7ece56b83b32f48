"""Frames for valuing and for judging: never the same, drives whole, time in order."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lidarsel.datasets.split import split_frames, thin_frames

DRIVE_LENGTHS = st.lists(st.integers(1, 40), min_size=1, max_size=6)


@given(DRIVE_LENGTHS)
def test_every_frame_stands_on_one_side_and_no_drive_on_both(lengths: list[int]) -> None:
    drives = [f"drive{number}" for number, length in enumerate(lengths) for _ in range(length)]
    frames = list(range(len(drives)))
    halves = split_frames(drives, frames)
    if len(frames) < 2:
        assert halves is None
        return
    assert halves is not None
    valuing, held_out = halves
    assert valuing
    assert held_out
    assert sorted(valuing + held_out) == frames
    if len(lengths) > 1:
        assert not {drives[frame] for frame in valuing} & {drives[frame] for frame in held_out}
    else:
        assert max(valuing) < min(held_out)


def test_one_drive_gives_its_last_third() -> None:
    assert split_frames(["a"] * 6, range(6)) == ([0, 1, 2, 3], [4, 5])
    assert split_frames(["a"] * 2, range(2)) == ([0], [1])


@given(st.integers(1, 500), st.integers(1, 60))
def test_thinned_frames_are_spread(n_frames: int, most: int) -> None:
    frames = thin_frames(n_frames, most)
    assert len(frames) == min(n_frames, most) == len(set(frames))
    assert frames == sorted(frames)
    assert frames[0] >= 0
    assert frames[-1] < n_frames
    gaps = {b - a for a, b in pairwise(frames)}
    assert not gaps or max(gaps) - min(gaps) <= 1
