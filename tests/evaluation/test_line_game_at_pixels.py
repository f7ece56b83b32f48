"""The line game with a network that answers at ground truth alone, against the same network on whole canvases."""

from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from lidarsel.completion.base import CompletesAtPixels, CompletionNetwork
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.datasets.base import Dataset, ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.evaluation import asking
from lidarsel.evaluation.byte_cache import tensor_bytes
from lidarsel.evaluation.line_game import LineGame
from lidarsel.frame import Frame, ImagePoints
from tests.completion.lidarsel_net.mixtures import network as mixture_network
from tests.completion.lidarsel_net.test_network import small_network
from tests.evaluation.test_line_game import CROP, RandomFrames, coalitions
from tests.support.commands import ROOT

SAME_MM = 1e-4


class Whole:
    """A network that can do nothing but complete."""

    uses_image, uses_intrinsics = True, False

    def __init__(self, network: CompletionNetwork) -> None:
        self._network = network
        self.name, self.sha256 = network.name, network.sha256

    def encode(self, image: Tensor | None, intrinsics: Tensor | None = None) -> Any:
        return self._network.encode(image, intrinsics)

    def complete(self, features: Any, sparse_depth_m: Tensor) -> Tensor:
        return self._network.complete(features, sparse_depth_m)


class PicturedFrames(RandomFrames):
    """Frames with an image, of which every point is at one of few pixels, so that several lines share them."""

    def __init__(self, frames: int, pixels: int, share: float = 0.4) -> None:
        super().__init__(frames)
        self._pixels, self._share = pixels, share

    def frame(self, index: int) -> Frame:
        frame = super().frame(index)
        rng = np.random.default_rng(index)
        height, width = frame.size
        row = rng.integers(5, height, self._pixels).astype(np.int32)  # the crop takes five rows off the top
        column = rng.integers(3, width - 3, self._pixels).astype(np.int32)
        edge = rng.random(self._pixels) < 0.3
        row[edge] = rng.choice([5, height - 1], edge.sum())
        chosen = rng.integers(0, self._pixels, 400 if self._pixels else 0)
        points = frame.points
        some = ImagePoints(row[chosen], column[chosen], points.depth_m[: len(chosen)], points.line[: len(chosen)])
        truth = rng.uniform(2, 60, frame.size) * (rng.random(frame.size) < self._share)
        image = rng.integers(0, 256, (height, width, 3)).astype(np.uint8)
        return replace(frame, points=some, ground_truth_m=truth.astype(np.float32), image=image)


def both_ways(data: Dataset, network: FrozenLidarselNet, crop: tuple[int, int], chosen: NDArray[np.bool_]) -> None:
    assert isinstance(network, CompletesAtPixels)
    assert not isinstance(Whole(network), CompletesAtPixels)
    at_truth, whole = (LineGame(data, [0], one, crop, "cpu") for one in (network, Whole(network)))
    np.testing.assert_allclose(at_truth.errors(0, chosen), whole.errors(0, chosen), rtol=0, atol=SAME_MM)


@pytest.mark.parametrize("pixels", [0, 1, 3, 40, 1500])
@pytest.mark.parametrize("share", [0.05, 0.4, 1.0])
def test_errors_are_those_of_whole_canvases(pixels: int, share: float) -> None:
    both_ways(cast(Dataset, PicturedFrames(1, pixels, share)), small_network(), CROP, coalitions(12))


@pytest.mark.parametrize("share", [0.05, 1.0])
def test_errors_of_a_mixture_are_those_of_whole_canvases(share: float) -> None:
    mixture = FrozenLidarselNet(mixture_network(), "cpu")
    both_ways(cast(Dataset, PicturedFrames(1, 40, share)), mixture, CROP, coalitions(12))


def test_errors_of_the_shipped_network_are_those_of_whole_canvases() -> None:
    from lidarsel.completion.registry import load_network

    chosen = np.random.default_rng(0).random((4, 64)) < [[0], [0.1], [0.5], [1]]
    data = open_dataset(ROOT / "datasets" / "sample", ReadOptions())
    both_ways(data, cast(FrozenLidarselNet, load_network("lidarsel")), (352, 1216), chosen)


def test_plans_are_kept_by_bytes_and_those_made_again_give_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    network, planned = small_network(), []
    plan = network.plan

    def counted(*given: Any) -> Any:
        planned.append(plan(*given))
        return planned[-1]

    monkeypatch.setattr(network, "plan", counted)
    data = cast(Dataset, PicturedFrames(5, 40))
    LineGame(data, [0], network, CROP, "cpu").errors(0, coalitions(3))
    monkeypatch.setattr(asking, "_KEPT_BYTES", int(2.5 * tensor_bytes(planned.pop())))
    game = LineGame(data, range(5), network, CROP, "cpu")
    first = [game.errors(frame, coalitions(3)) for frame in range(5)]
    assert len(planned) == 5
    for frame in (4, 3, 4, 0):
        np.testing.assert_array_equal(game.errors(frame, coalitions(3)), first[frame])
    assert len(planned) == 6, "the last two were still there, the first one is made anew"


def test_threads_and_batches_change_no_bit() -> None:
    data = cast(Dataset, PicturedFrames(1, 1500))
    threads, found = torch.get_num_threads(), []
    try:
        for count, batch in ((1, 1), (2, 3), (2, 64)):
            torch.set_num_threads(count)
            game = LineGame(data, [0], small_network(), CROP, "cpu")
            game.batch = batch
            found.append(game.errors(0, coalitions(11)))
    finally:
        torch.set_num_threads(threads)
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])
