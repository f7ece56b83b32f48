"""What stands in for a network where no kept line has a point in the image, against plain numpy."""

import numpy as np
import pytest
import torch
from torch import Tensor

from lidarsel.completion.base import NoDepthError
from lidarsel.errors import BadInputError
from lidarsel.evaluation.line_game import LineGame
from tests.evaluation.test_line_game import CROP, N_LINES, Plain, RandomFrames, by_hand, coalitions


class NeedsLines(Plain):
    """As a network that divides by the median depth: no answer without a measured pixel."""

    def complete(self, features: None, sparse_depth_m: Tensor) -> Tensor:
        for row, sparse in enumerate(sparse_depth_m):
            if not sparse.any():
                raise NoDepthError("needs", "returned NaN", "mend it", row)
        return super().complete(features, sparse_depth_m)


def test_the_constant_is_the_mean_of_what_all_lines_measured() -> None:
    game = LineGame(RandomFrames(1), [0], NeedsLines(), CROP, "cpu", "constant")
    frame = game.frame(0)
    asked = coalitions(9)
    asked[4] = np.arange(N_LINES) == N_LINES - 1  # a line that has no point in the image
    got = game.errors(0, asked)
    nearest = np.full(frame.size, np.inf)
    known = frame.points.line >= 0
    place = frame.points.row[known], frame.points.column[known]
    np.minimum.at(nearest, place, frame.points.depth_m[known].astype(float))
    constant = nearest[np.isfinite(nearest)].mean()
    assert frame.ground_truth_m is not None
    truth = frame.ground_truth_m[frame.ground_truth_m > 0].astype(float)
    rmse_mm = 1000 * np.sqrt(np.mean((constant - truth) ** 2))
    for number, coalition in enumerate(asked):
        if number in (0, 4):
            assert got[number][0] == pytest.approx(rmse_mm, rel=1e-5)
        else:
            np.testing.assert_allclose(got[number], by_hand(frame, coalition), rtol=1e-4)
    _, dense = game.complete(0, asked[4])
    np.testing.assert_allclose(dense, constant, rtol=1e-6)


def test_lines_and_frame_are_named_where_a_network_fails() -> None:
    game = LineGame(RandomFrames(1), [0], NeedsLines(), CROP, "cpu")
    asked = np.ones((6, N_LINES), bool)
    asked[5] = False
    said = "with 0 of 6 lines kept, on frame frame0, it returned NaN; --empty-coalition constant"
    with pytest.raises(BadInputError, match=said):
        game.errors(0, asked)
    with pytest.raises(BadInputError, match=said):
        game.complete(0, asked[5])


class NeedsThree(Plain):
    def complete(self, features: None, sparse_depth_m: Tensor) -> Tensor:
        counts = [len(torch.unique(sparse)) for sparse in sparse_depth_m]
        if min(counts) < 200:
            raise NoDepthError("needs", "returned NaN", "mend it", int(np.argmin(counts)))
        return super().complete(features, sparse_depth_m)


@pytest.mark.parametrize("place", [0, 1, 3])
def test_the_coalition_that_failed_is_the_one_named(place: int) -> None:
    """Empty ones are not asked, so that rows of what the network sees are not those of what is asked."""
    game = LineGame(RandomFrames(1), [0], NeedsThree(), CROP, "cpu", "constant")
    asked = np.ones((4, N_LINES), bool)
    asked[place] = np.arange(N_LINES) < 2
    asked[(place + 1) % 4] = False
    with pytest.raises(BadInputError, match=r"with 2 of 6 lines kept.*NaN; mend it"):
        game.errors(0, asked)


class WrongShape(Plain):
    def complete(self, features: None, sparse_depth_m: Tensor) -> Tensor:
        raise NoDepthError("halves", "returned half the size", "mend it", 0, whatever_lines=True)


def test_a_constant_is_not_offered_where_any_lines_would_come_to_the_same() -> None:
    game = LineGame(RandomFrames(1), [0], WrongShape(), CROP, "cpu")
    with pytest.raises(BadInputError, match=r"with 0 of 6 lines kept.*half the size; mend it"):
        game.errors(0, np.zeros((1, N_LINES), bool))


def test_evaluations_with_and_without_it_are_never_mixed() -> None:
    by_rule = [LineGame(RandomFrames(1), [0], Plain(), CROP, "cpu", rule) for rule in ("network", "constant")]
    assert by_rule[0].key != by_rule[1].key
    assert by_rule[0].key.network_sha256 == Plain.sha256
