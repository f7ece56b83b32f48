"""A small network, frames with images, and games of the network's channels on them, for tests."""

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.datasets.base import Dataset
from lidarsel.evaluation.channel_game import ChannelChoice, ChannelGame
from lidarsel.evaluation.line_game import LineGame
from tests.completion.lidarsel_net.networks import random_network
from tests.evaluation.test_line_game import CROP
from tests.evaluation.test_line_game_at_pixels import PicturedFrames

DESIGN = Design(image_channels=(8, 16, 16, 24, 16), depth_channels=(5, 8, 8))


def whole_network(seed: int = 0) -> LidarselNet:
    return random_network(DESIGN, seed)


def frozen(network: LidarselNet | None = None) -> FrozenLidarselNet:
    return FrozenLidarselNet(network or whole_network(), "cpu")


def pictured(frames: int = 2) -> Dataset:
    return cast(Dataset, PicturedFrames(frames, 1500))


def channel_game(
    *layers: str, frames: int = 2, dataset: Dataset | None = None, network: Any = None, **choice: Any
) -> ChannelGame:
    """Of all layers where none is named."""
    data = dataset or pictured(frames)
    chosen = ChannelChoice(layers or None, **{"budgets": (2, "all"), **choice})
    return ChannelGame(data, range(len(data)), network or frozen(), chosen, CROP, "cpu")


def line_game(network: Any = None, frames: int = 2) -> LineGame:
    return LineGame(pictured(frames), range(frames), network or frozen(), CROP, "cpu")


def some_sets(n: int, count: int, seed: int = 1) -> NDArray[np.bool_]:
    """Of n players, none and all among them."""
    chosen = np.random.default_rng(seed).random((count, n)) < 0.5
    chosen[0], chosen[-1] = False, True
    return chosen
