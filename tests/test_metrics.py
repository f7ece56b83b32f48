"""Depth errors against the formulas written out as loops, and against numbers worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lidarsel.errors import LidarselError
from lidarsel.metrics import ErrorSums, error_sums, frame_figures


def by_loops(prediction: np.ndarray, truth: np.ndarray) -> tuple[float, float, float, float]:
    """KITTI's definitions, a pixel at a time."""
    n = square = absolute = inverse_square = inverse_absolute = 0
    for p, t in zip(prediction.ravel().tolist(), truth.ravel().tolist(), strict=True):
        if t <= 0:
            continue
        error_mm = 1000 * (p - t)
        inverse_per_km = 1 / (p / 1000) - 1 / (t / 1000)
        n += 1
        square += error_mm**2
        absolute += abs(error_mm)
        inverse_square += inverse_per_km**2
        inverse_absolute += abs(inverse_per_km)
    return math.sqrt(square / n), absolute / n, math.sqrt(inverse_square / n), inverse_absolute / n


shapes = hnp.array_shapes(min_dims=2, max_dims=2, max_side=12)


@given(data=st.data(), shape=shapes)
@settings(max_examples=60, deadline=None)
def test_figures_equal_the_plain_loops(data: st.DataObject, shape: tuple[int, ...]) -> None:
    depth = st.floats(0.5, 120, width=32)
    prediction = data.draw(hnp.arrays(np.float32, shape, elements=depth))
    truth = data.draw(hnp.arrays(np.float32, shape, elements=st.one_of(st.just(0.0), depth)))
    truth[0, 0] = 7.0
    got = frame_figures(prediction, truth)
    expected = by_loops(prediction.astype(np.float64), truth.astype(np.float64))
    assert (got.rmse_mm, got.mae_mm, got.irmse_per_km, got.imae_per_km) == pytest.approx(expected, rel=1e-9, abs=1e-6)


def test_a_case_worked_by_hand() -> None:
    # 10 m where there are 8: 2000 mm and 1/km = 100 - 125 = -25. 5 m where there are 5: nothing. The third: no truth.
    figures = frame_figures(np.array([[10.0, 5.0, 3.0]]), np.array([[8.0, 5.0, 0.0]]))
    assert figures.rmse_mm == pytest.approx(2000 / math.sqrt(2))
    assert figures.mae_mm == pytest.approx(1000)
    assert figures.irmse_per_km == pytest.approx(25 / math.sqrt(2))
    assert figures.imae_per_km == pytest.approx(12.5)


def test_sums_of_two_halves_are_the_sums_of_the_whole() -> None:
    rng = np.random.default_rng(0)
    prediction, truth = rng.uniform(1, 80, (2, 20, 30))
    truth[rng.random(truth.shape) < 0.7] = 0
    halves = error_sums(prediction[:7], truth[:7]) + error_sums(prediction[7:], truth[7:])
    whole = error_sums(prediction, truth).figures()
    assert halves.figures().rmse_mm == pytest.approx(whole.rmse_mm, rel=1e-12)
    assert halves.figures().imae_per_km == pytest.approx(whole.imae_per_km, rel=1e-12)
    assert ErrorSums() + halves == halves


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf])
def test_an_invalid_prediction_is_refused_only_where_it_is_judged(bad: float) -> None:
    prediction, truth = np.full((2, 2), 5.0), np.array([[4.0, 0.0], [0.0, 0.0]])
    prediction[1, 1] = bad
    assert frame_figures(prediction, truth).mae_mm == pytest.approx(1000)
    prediction[0, 0] = bad
    with pytest.raises(LidarselError, match="1 of 1 pixels"):
        frame_figures(prediction, truth)


def test_nothing_to_judge_is_refused() -> None:
    with pytest.raises(LidarselError, match="no pixel"):
        frame_figures(np.ones((2, 2)), np.zeros((2, 2)))
    with pytest.raises(LidarselError, match="ground truth"):
        error_sums(np.ones((2, 2)), np.ones((2, 3)))
