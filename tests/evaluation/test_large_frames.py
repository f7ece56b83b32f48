"""Frames larger than the network was made for: what they take is asked before it is taken."""

from pathlib import Path

import numpy as np
import pytest
import torch

from lidarsel.completion import memory
from lidarsel.completion.registry import load_network
from lidarsel.datasets.registry import open_dataset
from lidarsel.errors import BadInputError
from lidarsel.evaluation import asking
from lidarsel.evaluation.line_game import LineGame
from tests.support.street_table import StreetTable


def test_a_frame_that_memory_does_not_hold_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = StreetTable().write(tmp_path, frames=1)
    game = LineGame(open_dataset(folder), [0], load_network("lidarsel", None, "cpu"), "auto", "cpu")
    every = np.ones((1, game.n_lines), bool)
    monkeypatch.setattr(asking, "free_bytes", lambda _: 10 << 20)
    with pytest.raises(BadInputError, match=r"frame .* of 120x400 pixels takes network lidarsel some .* --crop HxW"):
        game.errors(0, every)
    monkeypatch.setattr(asking, "free_bytes", lambda _: 1 << 30)
    assert np.isfinite(game.errors(0, every)).all()


@pytest.mark.parametrize("size", [(121, 403), (90, 257), (33, 49)])
def test_sizes_that_no_stride_divides(tmp_path: Path, size: tuple[int, int]) -> None:
    folder = StreetTable(size=size, top_px=20).write(tmp_path, frames=1)
    for name in ("lidarsel", "classical", "nearest"):
        game = LineGame(open_dataset(folder), [0], load_network(name, None, "cpu"), "auto", "cpu")
        sparse, dense = game.complete(0, np.ones(game.n_lines, bool))
        assert sparse.shape == dense.shape == size
        assert (dense > 0).all()


def test_what_is_free_is_told() -> None:
    free = memory.free_bytes(torch.device("cpu"))
    assert free is None or 0 <= free < 1 << 50
