"""The line game against plain numpy: what is drawn, what is measured, what is remembered."""

import gc
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from lidarsel.cautions import Caution
from lidarsel.choices import METRICS, ElevationKind
from lidarsel.completion.classical import NearestCompletion
from lidarsel.datasets.base import FileProblem, GroundTruth, ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.errors import BadInputError
from lidarsel.evaluation.byte_cache import tensor_bytes
from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.prepared import PreparedFrames, kept_bytes
from lidarsel.evaluation.store import EvaluationStore
from lidarsel.evaluation.stored import StoredGame
from lidarsel.frame import Calibration, Frame, ImagePoints
from tests.support.commands import ROOT

N_LINES = 6
CROP = (32, 48)


class Plain:
    """A network that a line of numpy can repeat: the measured depth, 10 m elsewhere; it counts what it completes."""

    name, sha256, uses_image, uses_intrinsics = "plain", "00" * 32, False, False

    def __init__(self) -> None:
        self.completed = 0

    def encode(self, image: Tensor | None, intrinsics: Tensor | None = None) -> None:
        self.intrinsics = intrinsics

    def complete(self, features: None, sparse_depth_m: Tensor) -> Tensor:
        self.completed += len(sparse_depth_m)
        return torch.where(sparse_depth_m > 0, sparse_depth_m, 10.0)


class RandomFrames:
    """A data set of random frames; lines 0..N_LINES - 2 have points, the last has none."""

    layout = sensor = "made"
    ground_truth: GroundTruth = "official"
    notes: Sequence[str] = ()
    cautions: Sequence[Caution] = ()
    problems: Sequence[FileProblem] = ()
    doubts: Sequence[str] = ()
    root = Path("made")
    n_lines = N_LINES
    elevation_deg = -np.arange(N_LINES, dtype=float)
    elevation_kind: ElevationKind = "cone"
    fingerprint = "11" * 32

    def __init__(self, frames: int, seed: int = 0) -> None:
        self.frame_ids: Sequence[str] = [f"frame{number}" for number in range(frames)]
        self.drives: Sequence[str] = ["drive"] * frames
        self._seed = seed

    def __len__(self) -> int:
        return len(self.frame_ids)

    def frame(self, index: int) -> Frame:
        rng = np.random.default_rng([self._seed, index])
        count, height, width = 400, CROP[0] + 5, CROP[1] + 6
        points = ImagePoints(
            row=rng.integers(0, height, count).astype(np.int32),
            column=rng.integers(0, width, count).astype(np.int32),
            depth_m=rng.uniform(2, 60, count).astype(np.float32),
            line=rng.integers(-1, N_LINES - 1, count).astype(np.int16),
        )
        truth = np.where(rng.random((height, width)) < 0.4, rng.uniform(2, 60, (height, width)), 0).astype(np.float32)
        return Frame(self.frame_ids[index], (height, width), N_LINES, points, ground_truth_m=truth)

    def scan(self, index: int) -> None:
        return None


def coalitions(count: int, seed: int = 1) -> NDArray[np.bool_]:
    chosen = np.random.default_rng(seed).random((count, N_LINES)) < 0.5
    chosen[0], chosen[-1] = False, True
    return chosen


def by_hand(frame: Frame, coalition: NDArray[np.bool_]) -> list[float]:
    """KITTI's four errors of the plain network, pixel by pixel."""
    nearest: dict[tuple[int, int], float] = {}
    p = frame.points
    for row, column, depth, line in zip(p.row, p.column, p.depth_m, p.line, strict=True):
        if line >= 0 and coalition[line]:
            nearest[row, column] = min(float(depth), nearest.get((row, column), np.inf))
    assert frame.ground_truth_m is not None
    errors, inverse = [], []
    for row, column in np.argwhere(frame.ground_truth_m > 0):
        truth = float(frame.ground_truth_m[row, column])
        depth = nearest.get((row, column), 10.0)
        errors.append(1000 * (depth - truth))
        inverse.append(1000 * (1 / depth - 1 / truth))
    root = [float(np.sqrt(np.mean(np.square(values)))) for values in (errors, inverse)]
    mean = [float(np.mean(np.abs(values))) for values in (errors, inverse)]
    return [root[0], mean[0], root[1], mean[1]]


def test_errors_are_those_of_the_kept_lines() -> None:
    game = LineGame(RandomFrames(2), [0, 1], Plain(), CROP, "cpu")
    for frame in (0, 1):
        chosen = coalitions(9)
        expected = [by_hand(game.frame(frame), coalition) for coalition in chosen]
        np.testing.assert_allclose(game.errors(frame, chosen), expected, rtol=1e-5)


def test_points_per_line_leave_unknown_lines_and_the_rest_of_the_image_out() -> None:
    game = LineGame(RandomFrames(3), [0, 2], Plain(), CROP, "cpu")
    expected = np.zeros(N_LINES)
    for index in (0, 2):
        points = RandomFrames(3).frame(index).crop(*CROP).points
        expected += [(points.line == line).sum() / 2 for line in range(N_LINES)]
    np.testing.assert_array_equal(game.points_per_line(), expected)
    assert expected[-1] == 0


def test_prepared_frames_are_given_back_and_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many frames: those kept stay below the bound in bytes, and the figures are the same."""
    reads: list[int] = []

    class ReadCounter(RandomFrames):
        def frame(self, index: int) -> Frame:
            reads.append(index)
            return super().frame(index)

    whole = LineGame(RandomFrames(6), range(6), Plain(), CROP, "cpu")
    expected = [whole.errors(frame, coalitions(3)) for frame in range(6)]
    one_frame = max(
        tensor_bytes(PreparedFrames(RandomFrames(6), range(6), Plain(), CROP, torch.device("cpu")).get(frame))
        for frame in range(6)
    )
    monkeypatch.setattr("lidarsel.evaluation.prepared._CACHE._most_bytes", 3 * one_frame)
    game = LineGame(ReadCounter(6), range(6), Plain(), CROP, "cpu")
    for frame in [*range(6), 5, *range(6)]:
        np.testing.assert_array_equal(game.errors(frame, coalitions(3)), expected[frame])
        assert kept_bytes() <= 3 * one_frame
    assert reads == [*range(6), *range(6)], "the last one was still there, the first ones are read anew"


def test_games_share_one_bound_and_leave_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run has a game on the frames that choose and one on those that judge: each kept its own half a gigabyte."""
    games = [LineGame(RandomFrames(4), range(4), Plain(), CROP, "cpu") for _ in range(2)]
    before = kept_bytes()
    for frame in range(4):
        for game in games:
            game.errors(frame, coalitions(1))
    both = kept_bytes() - before
    monkeypatch.setattr("lidarsel.evaluation.prepared._CACHE._most_bytes", before + both // 2)
    games[0].errors(0, coalitions(1))
    another = LineGame(RandomFrames(4), range(4), Plain(), CROP, "cpu")
    for frame in range(4):
        another.errors(frame, coalitions(1))
    assert kept_bytes() <= before + both // 2
    del game, games, another
    gc.collect()
    assert kept_bytes() <= before


def test_the_next_frame_is_read_while_this_one_is_at_work(tmp_path: Path) -> None:
    """Each evaluation waits for the reading of the next frame, which nobody would begin without reading ahead."""
    begun = [threading.Event() for _ in range(4)]

    class Telling(RandomFrames):
        def frame(self, index: int) -> Frame:
            begun[index].set()
            return super().frame(index)

    class Waiting(Plain):
        def complete(self, features: None, sparse_depth_m: Tensor) -> Tensor:
            self.completed += 1
            assert begun[min(self.completed, 3)].wait(60), "the next frame was not read meanwhile"
            return torch.where(sparse_depth_m > 0, sparse_depth_m, 10.0)

    asked = [(frame, coalitions(3)) for frame in range(4)]
    found = []
    for number, network in enumerate((Waiting(), Plain())):
        game = LineGame((Telling if number == 0 else RandomFrames)(4), range(4), network, CROP, "cpu")
        with EvaluationStore.open(tmp_path / f"{number}.sqlite") as store:
            found.append(list(StoredGame(game, store).errors_many(asked)))
    np.testing.assert_array_equal(found[0], found[1])


def test_what_is_wrong_with_a_frame_read_ahead_is_told_when_it_is_asked_for() -> None:
    class DamagedFrames(RandomFrames):
        def frame(self, index: int) -> Frame:
            if index == 1:
                raise BadInputError("scan.bin", "is cut short", "copy it anew")
            return super().frame(index)

    game = LineGame(DamagedFrames(2), range(2), Plain(), CROP, "cpu")
    game.read_ahead(1)
    game.errors(0, coalitions(3))
    with pytest.raises(BadInputError, match=r"scan\.bin"):
        game.errors(1, coalitions(3))


@pytest.mark.parametrize("batch", [1, 3, 64])
def test_the_batch_changes_no_bit(batch: int) -> None:
    games = [LineGame(RandomFrames(1), [0], NearestCompletion("cpu"), CROP, "cpu") for _ in range(2)]
    games[1].batch = batch
    one, other = (game.errors(0, coalitions(11)) for game in games)
    np.testing.assert_array_equal(one, other)


def test_the_shipped_network_gives_the_same_bytes_in_any_batch() -> None:
    from lidarsel.completion.registry import load_network

    dataset = open_dataset(ROOT / "datasets" / "sample", ReadOptions())
    network = load_network("lidarsel")
    chosen = np.random.default_rng(0).random((7, 64)) < 0.4
    errors = []
    for batch in (1, 4):
        game = LineGame(dataset, [1], network, (352, 1216), "cpu")
        game.batch = batch
        errors.append(game.errors(0, chosen))
    np.testing.assert_array_equal(errors[0], errors[1])
    everything, nothing = game.errors(0, np.array([[True] * 64, [False] * 64]))[:, 0]
    assert everything < errors[0][:, 0].min()
    assert nothing > errors[0][:, 0].max()


def test_a_stored_game_evaluates_nothing_twice(tmp_path: Path) -> None:
    chosen = coalitions(20)
    network = Plain()
    with EvaluationStore.open(tmp_path / "store.sqlite") as store:
        first = StoredGame(LineGame(RandomFrames(1), [0], network, CROP, "cpu"), store).errors(
            0, np.vstack([chosen, chosen])
        )
    distinct = len(np.unique(chosen[:, :-1], axis=0))
    assert network.completed == distinct, "repeated coalitions, and those that differ in an unseen line, cost once"
    again = Plain()
    with EvaluationStore.open(tmp_path / "store.sqlite") as store:
        game = StoredGame(LineGame(RandomFrames(1), [0], again, CROP, "cpu"), store)
        np.testing.assert_array_equal(game.errors(0, chosen), first[:20])
        for number, metric in enumerate(METRICS):
            game.metric = metric
            np.testing.assert_array_equal(game.values(0, chosen), -first[:20, number])
    assert again.completed == 0


def test_mean_errors_are_means_of_frames(tmp_path: Path) -> None:
    with EvaluationStore.open(tmp_path / "store.sqlite") as store:
        game = StoredGame(LineGame(RandomFrames(3), [0, 1, 2], Plain(), CROP, "cpu"), store, "mae")
        chosen = coalitions(5)
        expected = np.mean([game.errors(frame, chosen)[:, 1] for frame in range(3)], axis=0)
        np.testing.assert_allclose(game.mean_errors(chosen), expected)


def test_a_frame_without_ground_truth_is_refused_by_name() -> None:
    class Blank(RandomFrames):
        def frame(self, index: int) -> Frame:
            frame = super().frame(index)
            assert frame.ground_truth_m is not None
            frame.ground_truth_m[:] = 0
            return frame

    with pytest.raises(BadInputError, match="frame0"):
        LineGame(Blank(1), [0], Plain(), CROP, "cpu").errors(0, coalitions(2))


def test_a_network_that_needs_the_image_is_refused_without() -> None:
    network = Plain()
    network.uses_image = True
    with pytest.raises(BadInputError, match="camera image"):
        LineGame(RandomFrames(1), [0], network, CROP, "cpu").errors(0, coalitions(2))


def test_a_network_that_needs_intrinsics_gets_those_of_the_crop() -> None:
    class CalibratedFrames(RandomFrames):
        def frame(self, index: int) -> Frame:
            matrix = np.array([[700.0, 0, 30, 45], [0, 710, 20, -0.2], [0, 0, 1, 0]])
            return replace(super().frame(index), calibration=Calibration(np.eye(4), matrix))

    network = Plain()
    network.uses_intrinsics = True
    LineGame(CalibratedFrames(1), [0], network, CROP, "cpu").errors(0, coalitions(2))
    expected = [[[700, 0, 27], [0, 710, 15], [0, 0, 1]]]  # 6 columns less, half of them on the left; 5 rows on top
    assert network.intrinsics is not None
    assert network.intrinsics.dtype == torch.float32
    np.testing.assert_array_equal(network.intrinsics, expected)
    with pytest.raises(BadInputError, match=r"frame0.*no calibration, which network plain needs"):
        LineGame(RandomFrames(1), [0], network, CROP, "cpu").errors(0, coalitions(2))
