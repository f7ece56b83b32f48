"""Stereo matching against closed forms: planes, a box before a wall, things narrower than the window."""

import numpy as np
import pytest
from numpy.typing import NDArray

from lidarsel.simulation.sensing import stereo
from lidarsel.simulation.sensing.stereo import BASELINE_M, UNMATCHED_SHARE, agree, matched_disparity

FOCAL_PX = 721.54
SIZE = (120, 300)
Depth = NDArray[np.float32]


@pytest.fixture
def all_matched(monkeypatch: pytest.MonkeyPatch) -> None:
    """No blotches."""
    monkeypatch.setattr(stereo, "UNMATCHED_SHARE", 0.0)


def wall(depth_m: float) -> Depth:
    return np.full(SIZE, depth_m, np.float32)


def match(depth_m: Depth) -> NDArray[np.float32]:
    return matched_disparity(np.random.default_rng(0), depth_m, FOCAL_PX)


def disparity_of(depth_m: float) -> float:
    return FOCAL_PX * BASELINE_M / depth_m


@pytest.mark.usefixtures("all_matched")
def test_planes_are_matched_exactly_but_beyond_the_right_cameras_edge() -> None:
    row, column = np.indices(SIZE)
    disparity = 20 + 0.05 * row + 0.02 * column  # affine in the pixels: a plane
    found = match((FOCAL_PX * BASELINE_M / disparity).astype(np.float32))
    inner = np.s_[10:-10, 40:-10]
    np.testing.assert_allclose(found[inner], disparity[inner], rtol=1e-4)
    np.testing.assert_array_equal(found == 0, column < disparity)


@pytest.mark.usefixtures("all_matched")
def test_a_box_hides_a_strip_as_wide_as_the_disparities_differ() -> None:
    depth = wall(30.0)
    depth[:, 150:200] = 10.0
    row = match(depth)[60]
    hidden = np.flatnonzero(row[60:150] == 0) + 60
    assert hidden.min() == int(150 - (disparity_of(10) - disparity_of(30))) + 1
    assert hidden.max() == 149
    assert (row[150:] > 0).all()


@pytest.mark.usefixtures("all_matched")
def test_edges_and_narrow_things_agree_with_nothing() -> None:
    depth = wall(30.0)
    depth[:, 150:152] = 10.0  # a pole two pixels wide
    depth[:, 220:] = 15.0
    found = match(depth)
    kept = agree(depth, found, FOCAL_PX)
    assert not kept[:, 147:155].any()
    assert not kept[:, 219:221].any()
    assert kept[:, 160:190].all()
    assert kept[:, 230:].all()


def test_sky_and_what_is_not_there_agree_with_nothing() -> None:
    depth = wall(20.0)
    depth[:50] = 0
    found = match(depth)
    assert (found[:50] == 0).all()
    scanned = np.where(depth > 0, depth, np.float32(30))
    scanned[80:] = np.inf
    kept = agree(scanned, found, FOCAL_PX)
    assert not kept[:50].any()
    assert not kept[80:].any()
    assert kept[60:80].any()


def test_how_far_a_depth_may_be_off() -> None:
    found = np.full((1, 2), disparity_of(20), np.float32)
    allowed_px = 0.5 + 0.03 * disparity_of(20)
    depths = FOCAL_PX * BASELINE_M / (disparity_of(20) + np.array([[0.99, 1.01]]) * allowed_px)
    assert agree(depths.astype(np.float32), found, FOCAL_PX).tolist() == [[True, False]]


def test_blotches_cover_their_share_and_follow_the_generator() -> None:
    found = match(wall(1000.0))[:, 1:]
    assert (found == 0).mean() == pytest.approx(UNMATCHED_SHARE, abs=0.01)
    np.testing.assert_array_equal(found, match(wall(1000.0))[:, 1:])
    other = matched_disparity(np.random.default_rng(1), wall(1000.0), FOCAL_PX)[:, 1:]
    assert (found != other).any()
    lacking = (found == 0).astype(int)
    assert np.abs(np.diff(lacking, axis=1)).mean() < 0.2  # blotches, not single pixels


def test_a_smaller_picture_lacks_as_much_of_the_street() -> None:
    """Half the focal length: the window covers the same angle, so half as many pixels beside an edge lack."""
    depth = wall(30.0)
    depth[:, 150:] = 15.0

    def lacking(focal_px: float) -> int:
        found = matched_disparity(np.random.default_rng(0), depth, focal_px)
        return int((~agree(depth, found, focal_px))[:, 150:170].all(axis=0).sum())

    assert 0 < lacking(FOCAL_PX / 2) <= lacking(FOCAL_PX) / 2 + 1
