"""The classical completers: nearest neighbour against a search, morphology on scenes whose answer is known."""

from typing import Any

import numpy as np
import pytest
import torch

from lidarsel.completion.base import CompletionNetwork
from lidarsel.completion.classical import EMPTY_DEPTH_M, MorphologicalCompletion, NearestCompletion

BOTH = (NearestCompletion, MorphologicalCompletion)


def points(seed: int, height: int = 40, width: int = 60, share: float = 0.05) -> torch.Tensor:
    rng = np.random.default_rng(seed)
    depth = np.where(rng.random((height, width)) < share, rng.uniform(3, 70, (height, width)), 0)
    return torch.from_numpy(depth.astype(np.float32))


def test_nearest_against_a_search_of_all_points() -> None:
    depth = points(0, 20, 30)
    filled = NearestCompletion().complete(None, depth[None, None])[0, 0].numpy()
    row, column = np.nonzero(depth.numpy())
    for i in range(20):
        for j in range(30):
            distance = (row - i) ** 2 + (column - j) ** 2
            nearest = depth.numpy()[row, column][distance == distance.min()]
            assert filled[i, j] in nearest


@pytest.mark.parametrize("kind", BOTH)
def test_above_zero_everywhere_however_little_is_measured(kind: Any) -> None:
    network = kind()
    assert isinstance(network, CompletionNetwork)
    assert not network.uses_image
    one = torch.zeros(40, 60)
    one[20, 5] = 99.9
    cases = torch.stack([torch.zeros(40, 60), one, points(1), points(2, share=0.9) * 2])[:, None]
    depth = network.complete(network.encode(None), cases)
    assert depth.shape == cases.shape
    assert bool((torch.isfinite(depth) & (depth > 0)).all())
    assert torch.equal(depth[0], torch.full((1, 40, 60), EMPTY_DEPTH_M))


@pytest.mark.parametrize("kind", BOTH)
def test_the_batch_does_not_matter(kind: Any) -> None:
    network, cases = kind(), torch.stack([points(seed) for seed in range(4)])[:, None]
    together = network.complete(None, cases)
    assert torch.equal(together, torch.cat([network.complete(None, case[None]) for case in cases]))


def test_morphology_keeps_a_wall_and_puts_near_before_far() -> None:
    lines = torch.zeros(1, 1, 60, 80)
    lines[..., ::6, ::2] = 25.0
    wall = MorphologicalCompletion().complete(None, lines)
    assert torch.allclose(wall, torch.tensor(25.0), atol=1e-3)
    lines[..., 24:37, 30:50] = torch.where(lines[..., 24:37, 30:50] > 0, 8.0, 0.0)
    box = MorphologicalCompletion().complete(None, lines)
    assert torch.allclose(box[..., 27:33, 34:46], torch.tensor(8.0), atol=0.5)
    assert torch.allclose(box[..., :, :20], torch.tensor(25.0), atol=0.5)


def test_identities_differ() -> None:
    assert NearestCompletion().sha256 != MorphologicalCompletion().sha256
