"""The fewest lines, the cheapest sensor and what a line buys, on cases worked out by hand."""

from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lidarsel.contracts import ReportFile
from lidarsel.errors import BadInputError, UsageError
from lidarsel.planning.curve import fit_curve
from lidarsel.planning.known import KnownErrors, known_errors
from lidarsel.planning.measured import all_lines, measured_rows, require_curve
from lidarsel.planning.plan import Plan, make_plan
from lidarsel.planning.prices import Prices, read_prices
from lidarsel.planning.purchase import cheapest, price_sensors
from lidarsel.planning.summary import answers, sensors_table, steps_table
from lidarsel.planning.uncertainty import FittedCurve
from tests.support.report_samples import report, row

ONE_DRIVE = "All judged frames are of one drive: what is said of accuracy is said of that drive."
ALL_MM = 1000.0
# RMSE = 900 + 6400 / lines: 2500, 1700, 1300 and 1100 mm at 4, 8, 16 and 32 lines; 1000 mm with all 64, by hand.
MEASURED_MM = {4: 2500.0, 8: 1700.0, 16: 1300.0, 32: 1100.0}


T = TypeVar("T")


def some(value: T | None) -> T:
    """What must be there."""
    assert value is not None
    return value


def made(errors_mm: dict[int, float] = MEASURED_MM, of_all: float = ALL_MM, **changes: Any) -> ReportFile:
    rows = [row("all", 64, of_all), *(row("interval", budget, error) for budget, error in errors_mm.items())]
    return report(rows=rows, chosen_method="interval", chosen_budget=min(errors_mm), **changes)


def plan(max_ratio: float, prices: Prices | None = None) -> Plan:
    return make_plan(made(), None, max_ratio, prices)


def known(max_ratio: float, errors_mm: dict[int, float] = MEASURED_MM) -> KnownErrors:
    """What a plan goes by, without the many refits that its intervals take."""
    content = made(errors_mm)
    rows, whole = measured_rows(content, "interval", "rmse"), all_lines(content, "rmse")
    lines = np.array([row.budget for row in rows], np.float64)
    law = fit_curve(lines, np.array([row.error for row in rows]))
    return known_errors(rows, whole, max_ratio, FittedCurve(law, [law], lines))


@pytest.mark.parametrize(
    ("ratio", "measured", "by_curve"),
    [
        (3.0, 4, None),  # already the fewest measured
        (2.0, 8, 6),  # 900 + 6400 / 6 = 1967 and / 5 = 2180 mm
        (1.5, 16, 11),  # / 11 = 1482 and / 10 = 1540 mm
        (1.15, 32, 26),  # / 26 = 1146 and / 25 = 1156 mm
        (1.05, 64, None),  # 32 lines have 1100 mm; beyond 32 the curve is not drawn
    ],
)
def test_fewest_lines_that_hold_a_bound(ratio: float, measured: int | None, by_curve: int | None) -> None:
    found = known(ratio)
    assert found.bound == ratio * ALL_MM
    fewest = some(found.fewest())
    assert (fewest.lines, fewest.basis) == (measured, "measured")
    fewer = found.fewest_by_curve()
    assert (fewer and (fewer.lines, fewer.basis)) == (by_curve and (by_curve, "curve"))


def test_fewer_lines_by_the_curve_have_an_interval() -> None:
    found = plan(1.5)
    low, high = some(found.by_curve_interval)
    assert low <= some(found.fewest_by_curve).lines <= (high or 64)
    assert plan(3.0).by_curve_interval is None


def test_a_bound_that_nothing_holds() -> None:
    found = plan(0.9)
    assert (found.fewest, found.fewest_by_curve, found.cheapest) == (None, None, None)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(
    errors=st.lists(st.floats(500, 5000), min_size=4, max_size=4),
    ratios=st.lists(st.floats(0.5, 4), min_size=2, max_size=6),
)
def test_a_looser_bound_never_needs_more_lines(errors: list[float], ratios: list[float]) -> None:
    needed = []
    for ratio in sorted(ratios):
        found = known(ratio, dict(zip(MEASURED_MM, errors, strict=True)))
        fewest, by_curve = found.fewest(), found.fewest_by_curve()
        needed.append(fewest.lines if fewest else 65)
        if by_curve is not None:
            assert some(found.failing()).lines < by_curve.lines < some(fewest).lines
            assert by_curve.error <= ratio * ALL_MM
    assert needed == sorted(needed, reverse=True)


def test_what_each_line_buys() -> None:
    steps = known(1.05).steps()
    assert [step.point.lines for step in steps] == [4, 8, 16, 32, 64]
    # 800 mm over 4 lines, 400 over 8, 200 over 16, 100 over 32
    assert [step.per_line for step in steps] == [None, 200.0, 50.0, 12.5, 3.125]
    assert [step.curve_per_line for step in steps[1:4]] == pytest.approx([200.0, 50.0, 12.5], rel=0.01)
    assert (steps[0].curve_per_line, steps[4].by_curve, steps[4].curve_per_line) == (None, None, None)


def test_the_curve_and_its_test() -> None:
    found = plan(1.05)
    law, held_out = some(found.law), some(found.held_out)
    assert law.c == pytest.approx(900, rel=0.02)
    assert law.a == pytest.approx(6400, rel=0.02)
    assert law.alpha == pytest.approx(1.0, rel=0.02)
    for key, (low, high) in found.law_interval.items():
        assert low <= getattr(law, key) <= high
    assert held_out.predicted == pytest.approx(1100, rel=0.01)
    assert held_out.measured == 1100
    assert found.notes == [
        "Nothing was measured between 32 and all 64 lines, and the curve is not drawn beyond 32: fewer than 64 may do. "
        "Measure with lidarsel run DATA --budget 43,53.",
        ONE_DRIVE,
    ]


PRICES: Prices = {16: 4000.0, 32: 9000.0, 64: 40000.0}


@pytest.mark.parametrize(("ratio", "bought"), [(1.4, 16), (1.3, 16), (1.29, 32), (1.1, 32), (1.05, 64), (0.9, None)])
def test_the_cheapest_sensor(ratio: float, bought: int | None) -> None:
    sensors = price_sensors(PRICES, known(ratio))
    found = cheapest(sensors)
    assert (found and found.lines) == bought
    assert found == cheapest(sensors, only_measured=True)


def test_money_for_error() -> None:
    # (1300 - 1100) mm for 5000 more, then (1100 - 1000) mm for 31,000 more
    gains = [sensor.per_money for sensor in price_sensors(PRICES, known(1.05))]
    assert gains == [None, pytest.approx(200 / 5000), pytest.approx(100 / 31000)]


def test_a_sensor_between_measured_ones_is_known_by_the_curve() -> None:
    found = plan(1.25, {20: 5000.0, 32: 9000.0})
    point = some(some(found.cheapest).point)
    assert point.basis == "curve"
    assert point.error == pytest.approx(900 + 6400 / 20, rel=0.005)
    assert some(found.cheapest_measured).lines == 32


def test_a_sensor_outside_of_what_was_measured_is_not_judged() -> None:
    found = plan(1.25, {2: 10.0, 40: 20.0, 128: 30.0, 32: 9000.0})
    assert [sensor.lines for sensor in found.sensors if sensor.point is None] == [2, 40, 128]
    assert some(found.cheapest).lines == 32
    assert some(found.cheapest).per_money is None
    not_judged = "Not judged, as neither measured nor between 4 and 32 lines: sensors of 2, 40, 128 lines."
    assert found.notes == [not_judged, ONE_DRIVE]


def test_of_one_price_the_better_sensor() -> None:
    sensors = price_sensors({16: 4000.0, 32: 4000.0}, known(1.4))
    assert some(cheapest(sensors)).lines == 32
    assert [sensor.per_money for sensor in sensors] == [None, None]


def test_a_measurement_overrules_the_curve() -> None:
    errors = {4: 2500.0, 8: 1700.0, 12: 1600.0, 16: 1300.0, 24: 900 + 6400 / 24, 32: 1100.0}  # the curve has 1433 at 12
    found = make_plan(made(errors), None, 1.5)
    assert some(found.fewest).lines == 16
    assert found.fewest_by_curve is None
    assert any("holds the bound at 12 lines, where the measurement does not" in note for note in found.notes)


@pytest.mark.slow
def test_a_curve_that_misses_the_largest_budget_is_told() -> None:
    errors = {4: 2500.0, 8: 1700.0, 16: 1300.0, 32: 3000.0}
    assert make_plan(made(errors), None, 1.5).notes[0].startswith("The curve missed the largest budget by 6")


def test_another_method_can_be_asked_for() -> None:
    both = made()
    rows = [*both.rows, *(row("spaced", budget, 1.2 * error) for budget, error in MEASURED_MM.items())]
    found = make_plan(msgspec.structs.replace(both, rows=rows), "spaced", 1.4)
    assert (found.method, some(found.fewest).lines) == ("spaced", 32)


@pytest.mark.parametrize("ratio", [0.0, -1.0, float("nan"), float("inf")])
def test_what_bounds_nothing(ratio: float) -> None:
    with pytest.raises(UsageError, match="bounds nothing"):
        plan(ratio)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            made({8: 1700.0, 16: 1300.0, 32: 1100.0}),
            r"8, 16, 32 lines.*4 budgets.*--budget 32,16,8,4 --method interval",
        ),
        (made(of_all=0.0), "RMSE of all lines is 0"),
        (made({**MEASURED_MM, 12: 0.0}), "interval at 12 lines"),
        (msgspec.structs.replace(made(), rows=made().rows[1:]), "no row of all lines"),
        (msgspec.structs.replace(made(), rows=[*made().rows, made().rows[1]]), "twice at one budget"),
        (msgspec.structs.replace(made(), chosen_method="greedy"), "no row of method 'greedy'; it has interval"),
    ],
)
def test_reports_that_cannot_be_planned_by(content: ReportFile, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        make_plan(content, None, 1.05)


@pytest.mark.parametrize(
    ("n_lines", "measured", "wanted"),
    [(16, {8: 1700.0}, "14,12,8,4"), (16, {8: 1700.0, 4: 2000.0}, "14,12,8,4"), (8, {6: 1.0, 4: 2.0}, "7,6,4,2")],
)
def test_the_budgets_that_a_small_sensor_is_told_to_measure_are_enough(
    n_lines: int, measured: dict[int, float], wanted: str
) -> None:
    small = made(measured, n_lines=n_lines, elevation_deg=[0.0] * n_lines)
    with pytest.raises(UsageError, match=f"--budget {wanted} "):
        require_curve(small, measured_rows(small, "interval", "rmse"))


@pytest.mark.parametrize("measured", [{16: 1300.0}, {8: 1700.0, 16: 1300.0, 32: 1100.0}])
def test_a_measured_row_that_holds_the_bound_answers_without_a_curve(measured: dict[int, float]) -> None:
    found = make_plan(made(measured), None, 1.35, {8: 100.0, 16: 200.0, 24: 250.0, 32: 300.0})
    assert some(found.fewest).lines == 16
    assert some(found.cheapest).lines == 16
    assert (found.law, found.held_out, found.law_interval, found.fewest_by_curve) == (None, None, {}, None)
    assert "4 budgets" in found.notes[0]
    assert any("Not judged, as not measured: sensors of " in note and "24" in note for note in found.notes)
    for table in (steps_table(found), sensors_table(found), answers(found)):
        assert table.row_count
    with pytest.raises(UsageError, match="4 budgets"):
        make_plan(made(measured), None, 1.05)


def test_prices_are_read(tmp_path: Path) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text("# dollars\n16: 4000\n32: 9000.50\n128: 7.5e4\n")
    assert read_prices(path) == {16: 4000.0, 32: 9000.5, 128: 75000.0}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no price list"),
        ("- 16\n", "no price list"),
        ("16: 4000\n16: 5000\n", "line 2: a second price for 16 lines"),
        ("0: 4000\n", "line 1: no number of lines"),
        ("-16: 4000\n", "line 1: no number of lines"),
        ("sixteen: 4000\n", "line 1: no product 'sixteen'"),
        ("16: 1\nOS1-33: 4000\n", "line 2: no product 'OS1-33' is in the catalogue; did you mean: OS1-32"),
        ("OS1-32: 4000\nouster os1 32: 4000\n", "line 2: a second price for OS1-32"),
        ("OS1-32: -3\n", "line 1: the price of OS1-32 is no number above 0"),
        ("[16]: 4000\n", "line 1: no number of lines"),
        ("16: -1\n", "price of 16 lines"),
        ("16: .nan\n", "price of 16 lines"),
        ("16: nan\n", "price of 16 lines"),
        ("16: inf\n", "price of 16 lines"),
        ("16: cheap\n", "price of 16 lines"),
        ("16: {price: 4000}\n", "price of 16 lines"),
        ("16: [\n", "while parsing"),
    ],
)
def test_damaged_price_lists_are_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text(text)
    with pytest.raises(BadInputError, match=said) as caught:
        read_prices(path)
    assert str(path) in str(caught.value)
