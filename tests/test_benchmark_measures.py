"""What the benchmarks' own measures say, on games and pictures whose answers are known."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor

from lidarsel.frame import Frame, ImagePoints

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))  # scripts, not a package

from additions import SIZE_BINS, add_lines, chain, harm, together
from at_measurements import answers, disagreement
from frames import CROP, in_image, line_game, of_sensor, well_covered
from pixel_groups import groups_of, place, share_of_worst, steps, sums_in

N = 20
BAD = 7


def all_but_one_help(rise_mm: float) -> Callable[[NDArray[np.bool_]], NDArray[np.float64]]:
    """A game whose error falls by 10 mm for every line, but rises for one of them."""

    def errors(kept: NDArray[np.bool_]) -> NDArray[np.float64]:
        others = kept.sum(1) - kept[:, BAD]
        return 1000.0 - 10 * others + rise_mm * kept[:, BAD]

    return errors


def chains(count: int, present: NDArray[np.bool_] | None = None) -> list[NDArray[np.bool_]]:
    rng = np.random.default_rng(3)
    return [chain(rng, np.ones(N, bool) if present is None else present) for _ in range(count)]


def test_one_harmful_line_of_twenty_is_found_in_one_addition_of_twenty() -> None:
    orders = chains(12)
    found = harm(add_lines(all_but_one_help(100.0), orders))
    lines_before = np.array([kept[:, BAD].argmax() - 1 for kept in orders])  # when the harmful line came
    rises = 100 * 100 / (1000 - 10 * lines_before)
    assert found["additions"] == 12 * N
    assert found["raise"] == found["raise_noticeably"] == pytest.approx(1 / N)
    assert found["median_rise"] == pytest.approx(np.median(rises))
    assert found["p95_rise"] == pytest.approx(np.percentile(rises, 95))
    assert found["upward"] == pytest.approx(100 / (100 + 10 * (N - 1)))


def test_a_rise_within_a_hundredth_of_the_error_is_noise() -> None:
    found = harm(add_lines(all_but_one_help(5.0), chains(4)))
    assert (found["raise"], found["raise_noticeably"]) == (pytest.approx(1 / N), 0.0)


def test_where_every_line_helps_nothing_is_raised() -> None:
    found = harm(add_lines(lambda kept: 1000.0 - 10 * kept.sum(1), chains(2)))
    assert (found["raise"], found["median_rise"], found["p95_rise"], found["upward"]) == (0, 0, 0, 0)


def test_bins_of_size_hold_every_addition_once() -> None:
    frames = [add_lines(all_but_one_help(100.0), chains(1, np.arange(N) < present)) for present in (3, N)]
    every = together(frames)
    assert sum(harm(every, *limits)["additions"] for limits in SIZE_BINS) == harm(every)["additions"] == 3 + N
    assert harm(every, 0, 0)["additions"] == 2


@given(st.lists(st.booleans(), min_size=1, max_size=64), st.integers(0, 2**32))
def test_a_chain_adds_every_present_line_once(present: list[bool], seed: int) -> None:
    kept = chain(np.random.default_rng(seed), np.array(present))
    assert kept.sum(1).tolist() == list(range(sum(present) + 1))
    assert (kept[1:] >= kept[:-1]).all()
    assert kept[-1].tolist() == present


@given(st.lists(st.booleans(), min_size=1, max_size=64), st.integers(0, 64), st.integers(1, 4))
def test_lines_in_the_image_are_present_and_evenly_spaced(present: list[bool], size: int, offsets: int) -> None:
    reach = np.flatnonzero(present)
    for kept in in_image(np.array(present), size, offsets):
        rank = np.searchsorted(reach, np.flatnonzero(kept))
        assert kept.sum() == min(size, len(reach))
        assert not kept[~np.array(present)].any()
        assert len(rank) < 2 or np.ptp(np.diff(rank)) <= 1


@pytest.mark.parametrize("size", [1, 2, 4, 8, 16, 32, 64])
def test_the_offsets_of_the_sensor_share_out_its_lines(size: int) -> None:
    assert of_sensor(64, size).sum(0).tolist() == [1] * 64
    assert (of_sensor(64, size).sum(1) == size).all()


@dataclass
class Drives:
    drives: list[str]
    ground_truth: str

    def __len__(self) -> int:
        return len(self.drives)


def test_only_frames_in_the_middle_of_a_drive_are_well_covered() -> None:
    dataset = Drives(["a"] * 12 + ["b"] * 30, "accumulated")
    assert well_covered(dataset, 100) == [5, 6, *range(17, 37)]
    assert well_covered(dataset, 2) == [20, 31]
    official = Drives(dataset.drives, "official")
    assert well_covered(official, 100) == list(range(42))


def test_answers_at_measured_pixels() -> None:
    sparse = np.array([[10, 10, 10, 10, 0]], np.float32)
    dense = np.array([[10, 10.1, 10.5, 9, 77]], np.float32)
    assert answers(dense, sparse) == {"within": 0.5, "overruled": 0.75}


def test_who_is_right_where_prediction_and_measurement_differ() -> None:
    sparse = np.array([[10, 10, 20, 20, 5, 0]], np.float32)
    predicted = np.array([[10.1, 20, 10, 10, 5, 50]], np.float32)  # three far off, the measurement farther in two
    truth = np.array([[10, 10, 10, 0, 5, 10]], np.float32)
    found = disagreement(predicted, sparse, truth)
    assert found["within"] == pytest.approx(2 / 5)
    assert found["far_off"] == pytest.approx(3 / 5)
    assert found["seen_past"] == pytest.approx(2 / 3)
    assert found["prediction_wins"] == pytest.approx(1 / 2)
    assert found["measured_wrong"] == pytest.approx(1 / 4)
    assert found["measured_rmse_mm"] == pytest.approx(1000 * np.sqrt(10**2 / 4))
    assert found["predicted_rmse_mm"] == pytest.approx(1000 * np.sqrt((0.1**2 + 10**2) / 4), rel=1e-5)


def test_places_round_a_single_line() -> None:
    sparse = np.zeros((40, 32), np.float32)
    sparse[10, 3], sparse[30, 3] = 5, 5  # the first of two 16-pixel columns; the second is empty
    rows = {name: int(mask[:, :16].sum(1).astype(bool).sum()) for name, mask in place(sparse).items()}
    assert rows["above all lines"] == 10
    assert rows["below all lines"] == 9
    assert rows["measured"] == 2
    assert rows["within 2 rows"] == 6  # 10-12 and 28-30
    assert rows["3-8 rows off"] == 12
    assert rows["farther off"] == 3
    assert place(sparse)["above all lines"][:, 16:].all()


def test_the_two_sides_of_a_depth_step() -> None:
    truth = np.full((9, 40), 10, np.float32)
    truth[:, 20:] = 30
    truth[:, ::7] = 0
    sides = steps(truth)
    known = truth > 0
    column = np.arange(40)[None, :]
    assert (sides["nearer side"] == (known & (column >= 12) & (column < 20))).all()
    assert (sides["farther side"] == (known & (column >= 20) & (column < 28))).all()


def test_bins_of_every_kind_cover_every_judged_pixel_once() -> None:
    rng = np.random.default_rng(0)
    truth = np.where(rng.random((64, 96)) < 0.3, rng.uniform(1, 80, (64, 96)), 0).astype(np.float32)
    whole = np.zeros(0, np.int32)
    points = ImagePoints(whole, whole, np.zeros(0, np.float32), np.zeros(0, np.int16))
    image = rng.integers(0, 256, (64, 96, 3), dtype=np.uint8)
    sparse = np.where(rng.random((64, 96)) < 0.05, 7, 0).astype(np.float32)
    for bins in groups_of(Frame("f", (64, 96), 4, points, image, truth), sparse).values():
        assert (np.sum(list(bins.values()), axis=0)[truth > 0] == 1).all()


def test_sums_and_the_worst_pixels() -> None:
    truth = np.full((10, 20), 10, np.float32)
    truth[0, 0] = 0
    predicted = truth + 1
    predicted[0, 0], predicted[5, 5], predicted[6, 6] = 99, 13, 13
    everywhere = np.ones(truth.shape, bool)
    sums = sums_in(everywhere, predicted, truth)
    assert sums.pixels == 199
    assert sums.rmse_mm == pytest.approx(1000 * np.sqrt((197 + 18) / 199))
    assert (sums + sums).bias_mm == sums.bias_mm == pytest.approx(1000 * (197 + 6) / 199)
    assert share_of_worst(predicted, truth) == pytest.approx(18 / (197 + 18))


class TenMetres:
    """Every depth is 10 m: the errors of any frame follow from its ground truth."""

    name, sha256, uses_image, uses_intrinsics = "ten", "0" * 64, False, False

    def encode(self, image: Tensor | None, intrinsics: Tensor | None = None) -> None:
        return None

    def complete(self, features: None, sparse_depth_m: Tensor) -> Tensor:
        return torch.full_like(sparse_depth_m, 10)


def test_frames_in_memory_are_played_as_those_of_a_data_set() -> None:
    """Their ground truth judges every set of lines, though nothing says where it is from."""
    rng = np.random.default_rng(0)
    row, column = (rng.choice(side, 500).astype(np.int32) for side in CROP)
    points = ImagePoints(row, column, np.full(500, 20, np.float32), (np.arange(500) % 4).astype(np.int16))
    truth = np.where(rng.random(CROP) < 0.1, rng.uniform(8, 13, CROP), 0).astype(np.float32)
    frame = Frame("f", CROP, 4, points, None, truth)
    errors = line_game([frame, frame], TenMetres()).errors(1, np.array([[0, 0, 0, 0], [1, 0, 1, 1]], bool))
    known = truth[truth > 0].astype(float)
    assert errors[:, 0] == pytest.approx(1000 * np.sqrt(np.square(known - 10).mean()))
