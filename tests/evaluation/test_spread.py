"""The line game with a spread: one column more, the same in any batch, and nothing else changed."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from lidarsel.choices import FIGURES
from lidarsel.completion.classical import NearestCompletion
from lidarsel.completion.swept import swept
from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.errors import UsageError
from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.spread_samples import EDGES_PX, bins_of, spread_samples


class Spreading(NearestCompletion):
    """The nearest depth, and as its spread a metre, half a metre where something was measured."""

    tells_spread = True

    def complete_with_spread(self, features: object, sparse_depth_m: Tensor) -> tuple[Tensor, Tensor]:
        return self.complete(features, sparse_depth_m), torch.where(sparse_depth_m > 0, 0.5, 1.0)


@pytest.fixture(scope="module")
def game(drives: Path) -> LineGame:
    return LineGame(open_dataset(drives, ReadOptions()), [0, 1], Spreading("cpu"), (64, 128), "cpu", spread=True)


def coalitions(game: LineGame) -> np.ndarray:
    rng = np.random.default_rng(0)
    drawn: np.ndarray = rng.random((7, game.n_lines)) < rng.random((7, 1))
    drawn[0], drawn[1] = True, False
    return drawn


def test_errors_are_as_without_a_spread_and_its_mean_comes_last(game: LineGame) -> None:
    asked = coalitions(game)
    plain = LineGame(game.dataset, [0, 1], NearestCompletion("cpu"), (64, 128), "cpu")
    found = game.errors(0, asked)
    assert game.key.figures == (*FIGURES, "spread_mm")
    np.testing.assert_array_equal(found[:, :-1], plain.errors(0, asked))
    whole, sparse = (game.complete(0, lines)[0] for lines in (np.ones(game.n_lines, bool), asked[3]))
    in_sweep = swept(torch.from_numpy(whole)[None, None])[0, 0].numpy()
    expected = 1000 * (1 - 0.5 * np.mean(sparse[in_sweep] > 0))
    assert found[3, -1] == pytest.approx(expected, rel=1e-9)
    assert found[1, -1] == 1000
    for row in range(len(asked)):
        np.testing.assert_array_equal(game.errors(0, asked[row : row + 1])[0], found[row])


def test_a_network_without_a_spread_and_a_constant_are_refused(game: LineGame) -> None:
    with pytest.raises(UsageError, match="nearest does not say how far its depths may be off"):
        LineGame(game.dataset, [0], NearestCompletion("cpu"), (64, 128), "cpu", spread=True)
    with pytest.raises(UsageError, match="a constant has no spread"):
        LineGame(game.dataset, [0], Spreading("cpu"), (64, 128), "cpu", "constant", spread=True)


def test_samples_are_of_the_pixels_that_judge_and_where_lines_look(game: LineGame) -> None:
    kept = np.zeros(game.n_lines, bool)
    kept[[4, 9, 15]] = True
    of = spread_samples(game, 1, kept)
    sparse, dense = game.complete(1, kept)
    truth = game.truth_for(1, kept)
    np.testing.assert_array_equal(of.truth_m, truth[truth > 0])
    np.testing.assert_array_equal(of.depth_m, dense[truth > 0])
    rows, columns = np.nonzero(truth)
    measured = np.argwhere(sparse > 0)
    distance = np.sqrt(((np.stack([rows, columns], 1)[:, None] - measured[None]) ** 2).sum(2).min(1))
    np.testing.assert_allclose(of.distance_px, distance, rtol=1e-12)
    assert np.isinf(spread_samples(game, 1, np.zeros(game.n_lines, bool)).distance_px).all()
    points = game.frame(1).points
    known = points.keep(points.line >= 0)
    np.testing.assert_array_equal(np.bincount(of.line, minlength=game.n_lines), known.count_by_line(game.n_lines))
    assert set(of.line_spread_m[np.isin(of.line, [4, 9, 15])]) == {0.5}


def test_bins_part_distances_at_their_edges() -> None:
    assert bins_of(np.array([0.0, 1.0, 2.0, 2.1, 8.0, 16.0, 16.5, np.inf])).tolist() == [0, 1, 1, 2, 3, 4, 5, 5]
    assert len(EDGES_PX) == 5
