"""The line game with parts: errors and pixels of each against plain numpy, and multiples of all lines' errors."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lidarsel.criterion import criterion
from lidarsel.errors import BadInputError
from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.store import EvaluationStore
from lidarsel.evaluation.stored import StoredGame
from lidarsel.frame import Frame
from lidarsel.parts import CLASS_PARTS, DistanceBand, TruthPart
from tests.evaluation.test_line_game import CROP, Plain, RandomFrames, by_hand, coalitions
from tests.evaluation.test_own_scan import OwnScan, subsets

BANDS = (DistanceBand(0, 15), DistanceBand(10, 30), DistanceBand(100, 200))


def only(frame: Frame, band: DistanceBand) -> Frame:
    assert frame.ground_truth_m is not None
    return replace(frame, ground_truth_m=frame.ground_truth_m * band.holds(frame.ground_truth_m))


def test_errors_and_pixels_of_each_part() -> None:
    game = LineGame(RandomFrames(2), [0, 1], Plain(), CROP, "cpu", parts=BANDS)
    sets = coalitions(5)
    for frame in range(2):
        found = game.errors(frame, sets)
        np.testing.assert_array_equal(
            found[:, :4], LineGame(RandomFrames(2), [0, 1], Plain(), CROP, "cpu").errors(frame, sets)
        )
        assert not found[:, -4:].any(), "no pixel is so far"
        for number, band in enumerate(BANDS[:2]):
            part = only(game.frame(frame), band)
            expected = [by_hand(part, kept) for kept in sets]
            np.testing.assert_allclose(found[:, 4 + 4 * number : 8 + 4 * number], expected, rtol=1e-6)
            assert part.ground_truth_m is not None
            pixels = [int((part.ground_truth_m > 0).sum())] * len(sets)
            assert game.part_pixels(frame, sets)[:, number].tolist() == pixels
    assert game.key.figures[4:8] == ("rmse_mm@0-15", "mae_mm@0-15", "irmse_per_km@0-15", "imae_per_km@0-15")


class LabelledFrames(RandomFrames):
    """Every second frame has labels."""

    def frame(self, index: int) -> Frame:
        frame = super().frame(index)
        classes = np.random.default_rng(index).integers(0, 3, frame.size).astype(np.uint8)
        return replace(frame, truth_class=None if index % 2 else classes)


def test_errors_and_pixels_of_each_class() -> None:
    parts: list[TruthPart] = [BANDS[0], *CLASS_PARTS]
    game = LineGame(LabelledFrames(2), [0, 1], Plain(), CROP, "cpu", parts=parts)
    sets = coalitions(4)
    for number, value in enumerate((1, 2, 3), start=1):  # vehicles, persons; no cyclist is there
        frame = game.frame(0)
        assert frame.truth_class is not None
        assert frame.ground_truth_m is not None
        truth_m = frame.ground_truth_m * (frame.truth_class == value)
        n_pixels = int((truth_m > 0).sum())
        assert game.part_pixels(0, sets)[:, number].tolist() == [n_pixels] * len(sets)
        found = game.errors(0, sets)[:, 4 + 4 * number : 8 + 4 * number]
        expected = [by_hand(replace(frame, ground_truth_m=truth_m), kept) for kept in sets] if n_pixels else 0
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert not game.part_pixels(1, sets)[:, 1:].any(), "no labels, no pixel of any class"
    np.testing.assert_array_equal(
        game.errors(0, sets)[:, :4], LineGame(RandomFrames(2), [0, 1], Plain(), CROP, "cpu").errors(0, sets)
    )
    plain = LineGame(RandomFrames(2), [0, 1], Plain(), CROP, "cpu", parts=parts)
    assert [game.digest(n) == plain.digest(n) for n in (0, 1)] == [False, True], "labels are part of what is filed"


def test_of_the_own_scan_each_set_has_pixels_of_its_own() -> None:
    game = LineGame(OwnScan(1), [0], Plain(), CROP, "cpu", parts=BANDS)
    whole = LineGame(OwnScan(1), [0], Plain(), CROP, "cpu", parts=[DistanceBand(0, 9000)])
    found, every = game.part_pixels(0, subsets()), whole.part_pixels(0, subsets())
    assert not found[-1].any(), "all lines leave none"
    assert (found[:, 0] > 0).any()
    np.testing.assert_array_equal(every[:, 0] == 0, whole.unjudged(0, subsets()))
    errors = game.errors(0, subsets()).reshape(len(subsets()), 1 + len(BANDS), 4)
    np.testing.assert_array_equal(errors[:, 1:].any(2), found > 0)


@pytest.mark.parametrize("metric", ["balanced", "rmse:3,imae@0-15:1"])
def test_multiples_of_all_lines_are_of_each_frame(metric: str, tmp_path: Path) -> None:
    game = LineGame(RandomFrames(3), range(3), Plain(), CROP, "cpu", parts=BANDS)
    sets = coalitions(6)
    with EvaluationStore.open(tmp_path / "store.sqlite") as store:
        stored = StoredGame(game, store, metric)
        values = np.array(list(stored.values_many((frame, sets) for frame in range(3))))
        np.testing.assert_allclose(stored.mean_errors(sets), -values.mean(0), rtol=1e-15)
        again = StoredGame(game, store, metric).values(1, sets[:2])
    for frame in range(3):
        errors, whole = game.errors(frame, sets), game.errors(frame, np.ones((1, game.n_lines), bool))[0]
        expected = criterion(metric).of(errors, game.key.figures, whole)
        np.testing.assert_array_equal(values[frame], -expected)
    assert values[:, -1].tolist() == [-1.0] * 3, "all lines"
    np.testing.assert_array_equal(again, values[1, :2])


class Exact(RandomFrames):
    """Every pixel with ground truth is measured, by line 0: all lines have no error."""

    def frame(self, index: int) -> Frame:
        frame = super().frame(index)
        points = frame.points
        first: NDArray[np.bool_] = points.line == 0
        kept = points.keep(first)
        truth = np.zeros(frame.size, np.float32)
        order = np.argsort(-kept.depth_m)
        truth[kept.row[order], kept.column[order]] = kept.depth_m[order]
        return replace(frame, points=kept, ground_truth_m=truth)


def test_no_error_with_all_lines_is_refused(tmp_path: Path) -> None:
    game = LineGame(Exact(1), [0], Plain(), CROP, "cpu")
    with (
        EvaluationStore.open(tmp_path / "store.sqlite") as store,
        pytest.raises(BadInputError, match="frame0: all lines have no RMSE to be a multiple of; give --metric rmse"),
    ):
        StoredGame(game, store, "balanced").values(0, coalitions(3))
    every = np.zeros((1, len(game.key.figures)))
    with (
        EvaluationStore.open(tmp_path / "store.sqlite") as store,
        pytest.raises(BadInputError, match=r"no RMSE to be a multiple of; leave balanced out of --at-most"),
    ):
        StoredGame(game, store, "rmse").told_by(criterion("balanced"), 0, every)
