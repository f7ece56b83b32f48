"""Judging against the frame's own scan: the points of the lines that are not kept judge, by plain numpy."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from lidarsel.choices import FIGURES
from lidarsel.completion.errors_at import _at_once, depth_errors
from lidarsel.datasets.base import GroundTruth
from lidarsel.errors import BadInputError
from lidarsel.evaluation.line_game import LineGame
from lidarsel.frame import Frame
from tests.evaluation.test_line_game import CROP, N_LINES, Plain, RandomFrames


class OwnScan(RandomFrames):
    """Its ground truth is each frame's scan, drawn."""

    ground_truth: GroundTruth = "scan"

    def frame(self, index: int) -> Frame:
        frame = super().frame(index)
        return replace(frame, ground_truth_m=frame.points.draw(*frame.size))


def game(dataset: RandomFrames) -> LineGame:
    return LineGame(dataset, range(len(dataset)), Plain(), CROP, "cpu")


def subsets(seed: int = 0) -> NDArray[np.bool_]:
    drawn = np.random.default_rng(seed).random((20, N_LINES)) < 0.5
    return np.concatenate([drawn, np.zeros((1, N_LINES), bool), np.ones((1, N_LINES), bool)])


def by_hand(frame: Frame, kept: NDArray[np.bool_]) -> tuple[list[float], int]:
    """The four figures of ``Plain`` point by point, and at how many pixels."""
    frame = frame.crop(*CROP)
    at: dict[tuple[int, int], list[tuple[float, int]]] = {}
    for row, column, depth, line in zip(*vars(frame.points).values(), strict=True):
        if line >= 0:
            at.setdefault((int(row), int(column)), []).append((float(depth), int(line)))
    errors, inverse = [], []
    assert frame.ground_truth_m is not None
    for pixel, points in at.items():
        truth, line = min(points)
        if kept[line] or frame.ground_truth_m[pixel] != np.float32(truth):  # a nearer point is of no known line
            continue
        said = min((depth for depth, other in points if kept[other]), default=10.0)
        errors.append(said - truth)
        inverse.append(1 / said - 1 / truth)
    if not errors:
        return [0.0] * 4, 0
    means = [mean for x in (errors, inverse) for mean in (np.sqrt(np.mean(np.square(x))), np.mean(np.abs(x)))]
    return [1000 * float(value) for value in means], len(errors)


def test_lines_are_judged_at_the_points_of_the_others() -> None:
    dataset = OwnScan(2)
    for frame in range(2):
        found = game(dataset).errors(frame, subsets())
        told = [by_hand(dataset.frame(frame), kept) for kept in subsets()]
        np.testing.assert_allclose(found, [figures for figures, _ in told], rtol=1e-6, atol=1e-9)
        unjudged = game(dataset).unjudged(frame, subsets())
        assert unjudged.tolist() == [pixels == 0 for _, pixels in told]
        assert unjudged[-1]
        assert not unjudged[-2]
        assert not found[-1].any(), "all lines: 0 by convention"


def test_a_line_that_never_reaches_the_image_changes_not_a_bit() -> None:
    without = subsets()
    without[:, -1] = False
    with_it = without.copy()
    with_it[:, -1] = True
    for found in (game(OwnScan(1)).errors(0, sets) for sets in (without, with_it)):
        np.testing.assert_array_equal(found, game(OwnScan(1)).errors(0, without))


def test_the_batch_changes_not_a_bit() -> None:
    together = game(OwnScan(1))
    together.batch = 22
    alone = [game(OwnScan(1)).errors(0, one[None])[0] for one in subsets()]
    np.testing.assert_array_equal(together.errors(0, subsets()), alone)


def test_evaluations_are_filed_apart_from_those_judged_by_every_point() -> None:
    class CalledOfficial(OwnScan):
        ground_truth: GroundTruth = "official"

    assert game(OwnScan(1)).digest(0) != game(CalledOfficial(1)).digest(0)
    every = game(CalledOfficial(1)).errors(0, subsets())
    assert (every != game(OwnScan(1)).errors(0, subsets())).any()


def test_other_ground_truth_is_filed_as_ever() -> None:
    # as lidarsel 0.2.0 filed it before sets could be judged at some of the points
    assert game(RandomFrames(1)).digest(0) == "29c0d4ea1ee1ac8a1a1568ac2a772a4d"
    assert not game(RandomFrames(1)).unjudged(0, subsets()).any()


def test_what_pictures_show_is_what_judges() -> None:
    dataset = OwnScan(1)
    for kept in subsets():
        truth = game(dataset).truth_for(0, kept)
        assert (truth > 0).sum() == by_hand(dataset.frame(0), kept)[1]
    whole = RandomFrames(1).frame(0).crop(*CROP).ground_truth_m
    assert whole is not None
    np.testing.assert_array_equal(game(RandomFrames(1)).truth_for(0, subsets()[0]), whole)


def test_a_frame_without_a_known_line_is_refused() -> None:
    class Unknown(OwnScan):
        def frame(self, index: int) -> Frame:
            frame = super().frame(index)
            return replace(frame, points=replace(frame.points, line=np.full_like(frame.points.line, -1)))

    with pytest.raises(BadInputError, match="known line"):
        game(Unknown(1)).errors(0, subsets())


def test_all_rows_at_once_are_the_rows_one_by_one() -> None:
    rng = torch.Generator().manual_seed(0)
    prediction, truth = 1 + torch.rand(5, 300, generator=rng), 1 + torch.rand(300, generator=rng)
    judged = torch.rand(5, 300, generator=rng) < 0.4
    judged[0], judged[1] = False, True
    one_by_one = depth_errors(prediction, truth, judged)
    torch.testing.assert_close(
        _at_once(prediction, truth.double(), 1 / truth.double(), judged), one_by_one, rtol=1e-12, atol=1e-12
    )
    assert not one_by_one[0].any()
    torch.testing.assert_close(one_by_one[1], depth_errors(prediction[1:2], truth)[0], rtol=0, atol=0)
    assert one_by_one.shape == (5, len(FIGURES))
