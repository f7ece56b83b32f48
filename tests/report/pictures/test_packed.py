"""What the page reads out: sampled pixels are ones that were there, packed numbers are read back by their levels."""

import zlib
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lidarsel.frame import ImagePoints
from lidarsel.report.pictures.frame_maps import Scales
from lidarsel.report.pictures.packed import DEPTH_LEVELS, ERROR_LEVELS, depth_levels, error_levels, packed_frames
from lidarsel.report.pictures.pictured_set import PicturedSet, SampledFrame
from lidarsel.report.pictures.sampling import Sampling
from tests.support.report_samples import frame

SCALES = Scales(2.0, 80.0, 5.0)


@given(
    height=st.integers(1, 14),
    width=st.integers(1, 14),
    across=st.integers(1, 16),
    seed=st.integers(0, 99),
)
@settings(max_examples=60, deadline=None)
def test_a_block_is_its_first_pixel_with_ground_truth(height: int, width: int, across: int, seed: int) -> None:
    """Oracle: block by block, in loops."""
    rng = np.random.default_rng(seed)
    truth = np.where(rng.random((height, width)) < 0.2, 7.0, 0).astype(np.float32)
    image = np.arange(height * width, dtype=np.float32).reshape(height, width)
    sampling = Sampling(truth, across)
    found = sampling.of(image)
    h, w = sampling.shape
    assert w == min(across, width)
    for block in range(h * w):
        inside = [
            (row, column)
            for row in range(height)
            for column in range(width)
            if row * h // height * w + column * w // width == block
        ]
        first = next((place for place in inside if truth[place]), inside[0])
        assert found.reshape(-1)[block] == image[first]


def test_a_block_has_the_line_of_its_nearest_point() -> None:
    rows, columns = np.array([0, 1, 0, 3]), np.array([0, 1, 1, 3])
    points = ImagePoints(rows, columns, np.array([9.0, 4, 6, 5], np.float32), np.array([3, 8, 1, -1], np.int16))
    assert Sampling(np.zeros((4, 4), np.float32), 2).lines_of(points).tolist() == [[8, -1], [-1, -1]]


def read_back(content: bytes, height: int, width: int, n_sets: int) -> tuple[NDArray[np.integer], ...]:
    """Line, truth, and the depths and errors of all sets, as frame_browser.js reads them."""
    raw, n = np.frombuffer(zlib.decompress(content), np.uint8), height * width
    line = raw[: 2 * n].view("<u2").astype(int).reshape(height, width) - 1
    truth = raw[2 * n : 3 * n].reshape(height, width)
    known, at, depths, errors = truth > 0, 3 * n, [], []
    for _ in range(n_sets):
        depths.append(np.cumsum(raw[at : at + n].reshape(height, width), axis=0, dtype=np.uint8))
        error = np.zeros((height, width), np.uint8)
        error[known] = raw[at + n : at + n + known.sum()]
        errors.append(error)
        at += n + int(known.sum())
    assert at == len(raw)
    return line, truth, np.array(depths), np.array(errors)


def test_packed_numbers_are_read_back_within_their_levels() -> None:
    content = frame(60, 200).sampled
    ((shown, packed),) = packed_frames([content], SCALES, 10**7)
    assert shown is content
    line, truth, depths, errors = read_back(packed, 60, 200, len(content.sets))
    np.testing.assert_array_equal(line, content.line)
    near, far, most = SCALES.near_m, SCALES.far_m, SCALES.most_m
    for level, depth_m in (
        (truth, content.truth_m),
        *((a, b.depth_m) for a, b in zip(depths, content.sets, strict=True)),
    ):
        told = near * (far / near) ** ((level.astype(float) - 1) / (DEPTH_LEVELS - 1))
        there = (depth_m >= near) & (depth_m <= far)
        np.testing.assert_allclose(told[there], depth_m[there], rtol=0.015)
        np.testing.assert_array_equal(level == 0, depth_m == 0)
    for level, one in zip(errors, content.sets, strict=True):
        told = most * ((level.astype(float) - 1) / ERROR_LEVELS) ** 2
        small = np.nan_to_num(one.error_m, nan=np.inf) <= SCALES.cap_m
        np.testing.assert_allclose(told[small], one.error_m[small], atol=0.05 * SCALES.cap_m, rtol=0)
        np.testing.assert_array_equal(level == 0, np.isnan(one.error_m))


def test_what_lies_beyond_is_told_as_such() -> None:
    assert depth_levels(np.array([0, 0.5, 2, 80, 500]), SCALES).tolist() == [0, 1, 1, DEPTH_LEVELS, DEPTH_LEVELS]
    errors = np.array([np.nan, 0, SCALES.most_m, 1e6])
    assert error_levels(errors, SCALES).tolist() == [0, 1, 1 + ERROR_LEVELS, 1 + ERROR_LEVELS]


def test_frames_that_do_not_fit_are_shown_by_fewer_pixels_all_alike() -> None:
    rng = np.random.default_rng(0)
    truth = rng.uniform(2, 60, (176, 608)).astype(np.float32)
    truth[rng.random(truth.shape) < 0.6] = 0
    line = np.where(rng.random(truth.shape) < 0.05, 7, -1).astype(np.int16)
    noise = [rng.uniform(2, 60, truth.shape).astype(np.float32) for _ in range(3)]
    sets = [
        PicturedSet([number], 1.0, depth_m, np.where(truth > 0, np.abs(depth_m - truth), np.float32(np.nan)))
        for number, depth_m in enumerate(noise)
    ]
    whole = SampledFrame(truth, line, sets)
    found = packed_frames([whole, replace(whole, sets=sets[:1])], SCALES, 300_000)
    assert 200_000 < sum(len(packed) for _, packed in found) <= 300_000
    assert len({shown.truth_m.shape for shown, _ in found}) == 1
    shown, packed = found[0]
    height, width = shown.truth_m.shape
    assert width < 608
    assert (shown.truth_m > 0).mean() > (truth > 0).mean(), "ground truth first"
    assert (shown.line == 7).any()
    _, levels, _, errors = read_back(packed, height, width, 3)
    np.testing.assert_array_equal(levels == 0, shown.truth_m == 0)
    known = shown.truth_m > 0
    for one, level in zip(shown.sets, errors, strict=True):
        np.testing.assert_allclose(one.error_m[known], np.abs(one.depth_m - shown.truth_m)[known], rtol=1e-6)
        assert (level[known] > 0).all()
    assert shown.set_of([9]) is None
    assert shown.set_of((1,)) is shown.sets[1]


def test_the_fewest_pixels_are_kept_whatever_the_bytes() -> None:
    ((shown, _),) = packed_frames([frame(60, 200).sampled], SCALES, 1)
    assert shown.truth_m.shape == (19, 64)
