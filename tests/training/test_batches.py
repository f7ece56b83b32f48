"""What a training sample is, and that a batch is a function of seed, step and image number alone."""

import os
import signal
from collections import Counter
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from lidarsel.completion.position import REFERENCE_SIZE
from lidarsel.errors import LidarselError
from lidarsel.frame import Frame
from lidarsel.training.augment import disturb_colours, disturb_points, mirror, random_window
from lidarsel.training.batches import Batch, make_batch
from lidarsel.training.loading import load_batches
from lidarsel.training.processes import Processes
from lidarsel.training.subsets import draw_lines
from tests.support.streets import SETTINGS, Streets

FOUR_IMAGES = msgspec.structs.replace(SETTINGS, images_per_step=4)


def assert_same(one: Batch, other: Batch) -> None:
    for name, a, b in zip(Batch._fields, one, other, strict=True):
        assert torch.equal(a, b), name


def test_subsets_span_every_size_and_lean_to_few() -> None:
    rng = np.random.default_rng(0)
    sizes = np.array([draw_lines(rng, 64).sum() for _ in range(4000)])
    assert set(sizes) == set(range(65))
    assert 0.06 < (sizes == 0).mean() < 0.15
    assert 0.06 < (sizes == 64).mean() < 0.15
    assert 0.22 < ((sizes > 0) & (sizes <= 8)).mean() < 0.32  # uniform sizes would give 0.1
    assert all(draw_lines(rng, 1).shape == (1,) for _ in range(50))


def test_a_window_keeps_image_truth_and_points_together() -> None:
    frame = Streets().frame(0)
    assert frame.ground_truth_m is not None
    for seed in range(5):
        cut, centre = random_window(np.random.default_rng(seed), frame, 24, 40)
        assert frame.image is not None
        assert cut.image is not None
        assert cut.ground_truth_m is not None
        left = round((64 - 1) / 2 - centre)
        wide = frame.ground_truth_m[:, left : left + 40]
        tops = [top for top in range(25) if np.array_equal(wide[top : top + 24], cut.ground_truth_m)]
        assert len(tops) == 1
        image = frame.image[tops[0] : tops[0] + 24, left : left + 40]
        assert np.array_equal(cut.image, image)
        mirrored = mirror(cut).image
        assert mirrored is not None
        assert np.array_equal(mirrored, np.fliplr(image))
        for each in (cut, mirror(cut)):
            p = each.points
            assert each.image is not None
            assert each.ground_truth_m is not None
            assert each.size == each.image.shape[:2] == each.ground_truth_m.shape == (24, 40)
            assert np.array_equal(each.ground_truth_m[p.row, p.column], p.depth_m)


def test_disturbed_points_stay_near_and_inside() -> None:
    points = Streets().frame(1).points
    for seed in range(20):
        got = disturb_points(np.random.default_rng(seed), points, (48, 64))
        assert 0.55 * len(points) < len(got) <= len(points)
        assert got.row.min() >= 0
        assert got.row.max() < 48
        assert got.column.min() >= 0
        assert got.column.max() < 64
        assert (got.depth_m > 0).all()
        assert got.depth_m.dtype == np.float32
        by_line = [
            np.median(got.depth_m[got.line == line]) / np.median(points.depth_m[points.line == line])
            for line in range(12)
        ]
        assert np.allclose(by_line, 1, atol=0.35)


@given(seed=st.integers(0, 2**32 - 1))
@examples(max_examples=25, deadline=None)
def test_disturbed_colours_are_colours_and_follow_the_generator_alone(seed: int) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (20, 30, 3)).astype(np.uint8)
    torch.manual_seed(seed)
    one = disturb_colours(np.random.default_rng(seed), image)
    other = disturb_colours(np.random.default_rng(seed), image)
    assert one.shape == (1, 3, 20, 30)
    assert one.dtype == torch.float32
    assert 0 <= one.min() <= one.max() <= 1
    assert torch.equal(one, other)
    assert torch.equal(torch.manual_seed(seed).get_state(), torch.get_rng_state())


def test_batches_are_a_function_of_seed_and_step() -> None:
    def batch(seed: int, step: int) -> Batch:
        return make_batch(Streets(), msgspec.structs.replace(SETTINGS, seed=seed, subsets_per_image=3), step)

    one, later, other = batch(0, 1), batch(0, 2), batch(1, 1)
    assert one.image.shape == (2, 3, 32, 48)
    assert one.position.shape == (2, 2, 32, 48)
    assert one.sparse_depth_m.shape == (6, 1, 32, 48)
    assert one.truth_m.shape == one.swept.shape == (2, 1, 32, 48)
    np.random.default_rng(9).random(5)
    torch.rand(5)
    assert_same(one, batch(0, 1))
    assert not torch.equal(one.image, later.image)
    assert not torch.equal(one.image, other.image)


@pytest.mark.parametrize("count", [2, 4])
def test_the_parts_of_several_processes_are_the_batch_of_one(count: int) -> None:
    for step in (0, 7):
        parts = [make_batch(Streets(), FOUR_IMAGES, step, rank, count) for rank in range(count)]
        assert_same(
            Batch(*(torch.cat(part) for part in zip(*parts, strict=True))), make_batch(Streets(), FOUR_IMAGES, step)
        )


@pytest.mark.parametrize("workers", [1, 2])
def test_loading_processes_change_nothing_wherever_a_run_begins(workers: int) -> None:
    alone = [make_batch(Streets(), SETTINGS, step) for step in range(SETTINGS.steps)]
    torch.manual_seed(1)
    for first in (0, 3):
        settings = msgspec.structs.replace(SETTINGS, workers=workers)
        loaded = list(load_batches(Streets(), settings, first, Processes()))
        assert len(loaded) == SETTINGS.steps - first
        for one, other in zip(alone[first:], loaded, strict=True):
            assert_same(one, other)
    assert torch.equal(torch.get_rng_state(), torch.manual_seed(1).get_state())


def test_every_frame_comes_once_an_epoch_in_an_order_of_its_own() -> None:
    asked: list[int] = []

    class ReadCounter(Streets):
        def frame(self, index: int) -> Frame:
            asked.append(index)
            return super().frame(index)

    for step in range(14):
        make_batch(ReadCounter(7), SETTINGS, step)
    epochs = [tuple(asked[start : start + 7]) for start in range(0, 28, 7)]
    assert all(Counter(epoch) == Counter(range(7)) for epoch in epochs)
    assert len(set(epochs)) > 1


def test_the_position_channels_follow_window_and_mirror() -> None:
    class RuledStreets(Streets):
        """Ground truth that tells the column of the whole frame: 1 m and a metre for each."""

        def frame(self, index: int) -> Frame:
            frame = super().frame(index)
            return replace(frame, ground_truth_m=np.tile(1 + np.arange(64, dtype=np.float32), (48, 1)))

    directions = set()
    for step in range(6):
        batch = make_batch(RuledStreets(), SETTINGS, step)
        for image in range(2):
            column = batch.truth_m[image, 0] - 1
            sign = float(torch.sign(column[0, 1] - column[0, 0]))
            directions.add(sign)
            expected = sign * (column - 63 / 2) / REFERENCE_SIZE[1]
            assert torch.allclose(batch.position[image, 1], expected, atol=1e-6)
            from_below = torch.arange(31, -1, -1) / REFERENCE_SIZE[0]
            assert torch.allclose(batch.position[image, 0], from_below[:, None].expand(32, 48), atol=1e-6)
    assert directions == {-1.0, 1.0}


def test_frames_that_cannot_be_trained_on_are_named() -> None:
    class Without(Streets):
        def __init__(self, what: str) -> None:
            super().__init__()
            self.what = what

        def frame(self, index: int) -> Frame:
            without: dict[str, Any] = {self.what: None}
            return replace(super().frame(index), **without)

    with pytest.raises(LidarselError, match=r"street/\d has no camera image.*--raw"):
        make_batch(Without("image"), SETTINGS, 0)
    with pytest.raises(LidarselError, match=r"street/\d has no ground truth.*--ground-truth"):
        next(iter(load_batches(Without("ground_truth_m"), SETTINGS, 0, Processes())))


def test_frames_of_two_sizes_below_the_crop_are_refused_from_loading_processes_too() -> None:
    class MixedStreets(Streets):
        def frame(self, index: int) -> Frame:
            return Streets(height=48 if index % 2 else 40).frame(index)

    settings = msgspec.structs.replace(SETTINGS, images_per_step=4, crop=(48, 48), workers=1)
    with pytest.raises(LidarselError, match="smaller crop"):
        list(load_batches(MixedStreets(), settings, 0, Processes()))


def test_a_loading_process_that_dies_is_told() -> None:
    class Deadly(Streets):
        def frame(self, index: int) -> Frame:
            os.kill(os.getpid(), signal.SIGKILL)
            raise AssertionError

    settings = msgspec.structs.replace(SETTINGS, workers=1)
    with pytest.raises(LidarselError, match="fewer --workers"):
        next(iter(load_batches(Deadly(), settings, 0, Processes())))
