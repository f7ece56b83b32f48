"""The fitted curve: recovers what made the data, shrugs off an odd row, never rises, and says how far to trust it."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import huber

from lidarsel.errors import UsageError
from lidarsel.planning.curve import HUBER_LOG_ERROR, fit_curve
from lidarsel.planning.holdout import hold_out_largest
from lidarsel.planning.measured import MeasuredRow, all_lines
from lidarsel.planning.uncertainty import fit_rows
from tests.support.report_samples import of_one_frame, report, row

LINES = np.array([2.0, 4, 6, 8, 12, 16, 24, 32, 48])
C_MM, A_MM, ALPHA = 1000.0, 9000.0, 0.9


def closed_form(lines: np.ndarray | float) -> np.ndarray:
    return C_MM + A_MM / lines**ALPHA


def rows(lines: np.ndarray, errors: np.ndarray, half_width: float = 0.0) -> list[MeasuredRow]:
    """Rows with a 95 % interval of a share to either side, in the logarithm."""
    width = np.exp(half_width)
    return [
        MeasuredRow("interval", int(budget), float(error), float(error / width), float(error * width))
        for budget, error in zip(lines, errors, strict=True)
    ]


@pytest.mark.parametrize("alpha", [0.2, 0.9, 2.5])
@pytest.mark.parametrize("floor", [0.0, 100.0, 3000.0])
def test_recovers_the_closed_form(alpha: float, floor: float) -> None:
    law = fit_curve(LINES, floor + A_MM / LINES**alpha)
    assert law.error(LINES) == pytest.approx(floor + A_MM / LINES**alpha, rel=1e-4)
    assert law.alpha == pytest.approx(alpha, rel=0.01)
    assert law.a == pytest.approx(A_MM, rel=0.01)
    assert law.c == pytest.approx(floor, rel=0.01, abs=0.01 * A_MM / 48**alpha)


def test_recovers_the_closed_form_under_noise() -> None:
    noise = np.exp(0.01 * np.random.default_rng(0).standard_normal((20, len(LINES))))
    laws = [fit_curve(LINES, closed_form(LINES) * draw) for draw in noise]
    assert np.median([law.alpha for law in laws]) == pytest.approx(ALPHA, rel=0.05)
    assert np.median([law.c for law in laws]) == pytest.approx(C_MM, rel=0.05)
    for law in laws:
        assert law.error(20.0) == pytest.approx(closed_form(20.0), rel=0.02)


def test_one_odd_row_does_not_bend_the_curve() -> None:
    odd = closed_form(LINES)
    odd[4] *= 1.5
    law = fit_curve(LINES, odd)
    rest = np.delete(LINES, 4)
    assert law.error(rest) == pytest.approx(closed_form(rest), rel=0.02)


def loss(point: np.ndarray, lines: np.ndarray, error_mm: np.ndarray) -> float:
    """The Huber loss by scipy.special, of parameters as logarithms."""
    floor, falling, alpha = np.exp(np.clip(point, -50, 50))
    fitted = floor + falling * lines ** -np.clip(alpha, 0.05, 6)
    return float(huber(HUBER_LOG_ERROR, np.log(fitted) - np.log(error_mm)).sum())


@pytest.mark.parametrize("seed", range(5))
def test_no_other_optimiser_finds_a_better_curve(seed: int) -> None:
    rng = np.random.default_rng(seed)
    error_mm = closed_form(LINES) * np.exp(0.05 * rng.standard_normal(len(LINES)))
    law = fit_curve(LINES, error_mm)
    mine = loss(np.log([max(law.c, 1e-9), law.a, law.alpha]), LINES, error_mm)
    starts = [np.log([floor, 5000.0, alpha]) for floor in (10.0, 1000.0) for alpha in (0.3, 1.0, 2.0)]
    options = {"maxiter": 5000, "maxfev": 5000, "xatol": 1e-9, "fatol": 1e-12}
    nelder_mead: Any = {"method": "Nelder-Mead", "options": options}
    theirs = min(float(minimize(loss, start, (LINES, error_mm), **nelder_mead).fun) for start in starts)
    assert mine <= theirs * 1.01 + 1e-9


ERRORS = st.lists(st.floats(1, 1e5), min_size=4, max_size=8)


@settings(max_examples=40, deadline=None)
@given(errors=ERRORS)
def test_the_curve_never_rises_and_is_finite_whatever_the_data(errors: list[float]) -> None:
    law = fit_curve(LINES[: len(errors)], np.array(errors))
    curve = law.error(np.arange(2.0, 65.0))
    assert np.isfinite(curve).all()
    assert (curve > 0).all()
    assert (np.diff(curve) <= 1e-9 * curve[0]).all()
    assert min(law.c, law.a, law.alpha) >= 0


@settings(max_examples=20, deadline=None)
@given(scale=st.floats(1e-3, 1e3))
def test_the_unit_of_the_error_does_not_matter(scale: float) -> None:
    plain, scaled = fit_curve(LINES, closed_form(LINES)), fit_curve(LINES, scale * closed_form(LINES))
    assert scaled.error(LINES) == pytest.approx(scale * plain.error(LINES), rel=1e-6)


@pytest.mark.slow
def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    lines, rng = np.array([4.0, 8, 16, 24, 32]), np.random.default_rng(1)
    deviation, held = 0.02, 0
    for seed in range(20):
        drawn = closed_form(lines) * np.exp(deviation * rng.standard_normal(len(lines)))
        low, high = fit_rows(rows(lines, drawn, 1.96 * deviation), seed).interval(lambda law: float(law.error(12.0)))
        held += bool(low <= closed_form(12.0) <= high)
    assert held >= 17  # 19 of 20 expected; fewer than 17 has a chance of 1.6 %, and the seed is fixed


def test_wider_intervals_by_frames_make_a_less_certain_curve() -> None:
    lines = np.array([4.0, 8, 16, 32])
    widths = []
    for half_width in (0.0, 0.02, 0.1):
        low, high = fit_rows(rows(lines, closed_form(lines), half_width), 0).interval(
            lambda law: float(law.error(20.0))
        )
        widths.append(high - low)
    assert widths[0] == pytest.approx(0, abs=1)
    assert widths[0] < widths[1] < widths[2]


def test_the_same_seed_gives_the_same_draws() -> None:
    lines = np.array([4.0, 8, 16, 32])
    first, second, other = (fit_rows(rows(lines, closed_form(lines), 0.1), seed) for seed in (3, 3, 4))
    assert first.draws == second.draws
    assert first.draws != other.draws


def test_the_largest_budget_is_predicted_from_the_others() -> None:
    lines = np.array([4.0, 8, 16, 32])
    found = hold_out_largest(rows(lines, closed_form(lines), 0.02), 0)
    assert (found.lines, found.fitted_to) == (32, [4, 8, 16])
    assert found.predicted == pytest.approx(closed_form(32.0), rel=0.001)
    assert found.within
    assert found.low < found.predicted < found.high


def test_a_largest_budget_off_the_curve_is_told() -> None:
    lines = np.array([4.0, 8, 12, 16, 32])
    errors = closed_form(lines)
    errors[-1] *= 1.3
    found = hold_out_largest(rows(lines, errors, 0.005), 0)
    assert not found.within
    assert found.off == pytest.approx(1 / 1.3 - 1, abs=0.005)


def test_intervals_as_wide_as_those_of_two_frames_are_drawn_from() -> None:
    of_two_frames = rows(LINES, closed_form(LINES), half_width=4.0)
    curve = fit_rows(of_two_frames, seed=0)
    low, high = curve.interval(lambda law: float(law.error(16)))
    assert 0 < low < 0.5 * closed_form(16)
    assert 2 * closed_form(16) < high < np.inf


def test_rows_of_one_frame_have_no_interval_to_plan_with() -> None:
    one_frame = report(rows=[of_one_frame(row("all", 64, 1300.0))], chosen_method="all", chosen_budget=64)
    with pytest.raises(UsageError, match="one frame, which says nothing of others; judge on 2 frames or more"):
        all_lines(one_frame, "rmse")
