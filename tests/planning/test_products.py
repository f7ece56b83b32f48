"""Price lists of products: which are judged, which are worth their price, and what a reader must be told."""

import io
from pathlib import Path

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from lidarsel.contracts import ReportFile
from lidarsel.errors import BadInputError, UsageError
from lidarsel.planning.cost_chart import cost_chart
from lidarsel.planning.entries import sensor_entries
from lidarsel.planning.findings import findings
from lidarsel.planning.known import KnownErrors
from lidarsel.planning.measured import MeasuredRow
from lidarsel.planning.plan import make_plan
from lidarsel.planning.prices import Prices, read_prices
from lidarsel.planning.products import product_notes
from lidarsel.planning.purchase import price_sensors
from lidarsel.planning.summary import answers, sensors_table
from tests.planning.test_plan import made, some
from tests.support.report_samples import row

UNTOLD = {"OS1-32": 0.1875, "VLP-16": 0.4375, "XT32": 0.0}
OF_PRODUCT = {"OS1-32": (26, 1200.0), "VLP-16": (9, 2000.0), "XT32": (32, 1150.0)}


def with_products(report: ReportFile) -> ReportFile:
    """The report with rows of three products: 26 lines of 32, 9 of 16 and 32 of 32."""
    imitated = [
        msgspec.structs.replace(row(model, budget, error_mm), untold=UNTOLD[model])
        for model, (budget, error_mm) in OF_PRODUCT.items()
    ]
    return msgspec.structs.replace(report, rows=[*report.rows, *imitated])


def products_alone() -> ReportFile:
    """As ``lidarsel evaluate --sensor-model`` writes it."""
    content = with_products(made())
    rows = [row for row in content.rows if row.method != "interval"]
    return msgspec.structs.replace(content, rows=rows, chosen_method="OS1-32", chosen_budget=26)


PRICES: Prices = {16: 4000.0, 32: 9000.0, "OS1-32": 6500.0, "VLP-16": 3500.0, "XT32": 8000.0}


def test_two_products_of_32_lines_differ_and_so_do_32_lines_of_the_log() -> None:
    found = make_plan(with_products(made()), None, 1.25, PRICES)
    errors = {each.model or each.lines: some(each.point).error for each in found.sensors}
    assert errors == {16: 1300, 32: 1100, "OS1-32": 1200, "VLP-16": 2000, "XT32": 1150}
    bought = some(found.cheapest)
    assert (bought.model, bought.lines, bought.product_lines, some(bought.point).lines) == ("OS1-32", None, 32, 26)
    assert found.cheapest == found.cheapest_measured  # judged on a log, though by imitation
    assert some(found.fewest).lines == 32


def test_the_efficient_are_those_that_no_other_beats() -> None:
    prices: Prices = {**PRICES, 8: 5000.0, "OS1-64": 100.0}  # dearer than 16 lines and worse; unknown
    found = make_plan(with_products(made()), None, 1.25, prices)
    assert [each.model or each.lines for each in found.sensors if each.efficient] == [
        "VLP-16",
        16,
        "OS1-32",
        "XT32",
        32,
    ]
    said = dict(findings(found))["efficient"]
    assert said.startswith("VLP-16 (3,500), 16 lines (4,000), OS1-32 (6,500), ")
    assert "OS1-64" not in said


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=1, max_size=8))
def test_efficiency_by_its_definition(drawn: list[tuple[int, int]]) -> None:
    prices: Prices = {f"P{place}": float(price) for place, (price, _) in enumerate(drawn)}
    errors = {f"P{place}": 100.0 * error for place, (_, error) in enumerate(drawn)}
    rows = {
        model: MeasuredRow(model, 8, error, 0.9 * error, 1.1 * error, untold=0.0) for model, error in errors.items()
    }
    for sensor in price_sensors(prices, KnownErrors({}, None, 1000.0, 1000.0), rows):
        price, error = drawn[int(some(sensor.model)[1:])]
        beaten = any(p <= price and e <= error and (p, e) != (price, error) for p, e in drawn)
        assert sensor.efficient is not beaten


@pytest.mark.slow
def test_a_gain_is_over_the_best_of_the_next_cheaper_price() -> None:
    prices: Prices = {"VLP-16": 3000.0, "OS1-32": 3000.0, "XT32": 4000.0}
    found = make_plan(with_products(made()), None, 1.25, prices)
    assert [(each.model, each.per_money) for each in found.sensors] == [
        ("OS1-32", None),
        ("VLP-16", None),
        ("XT32", (1200 - 1150) / 1000),
    ]


def test_a_product_without_a_row_is_unknown_and_told_how_to_make_one() -> None:
    found = make_plan(with_products(made()), None, 1.25, {"OS1-32": 6500.0, "VLP-16 Hi-Res": 100.0})
    assert [(each.model, each.point is None) for each in found.sensors] == [("VLP-16 Hi-Res", True), ("OS1-32", False)]
    assert some(found.cheapest).model == "OS1-32"
    (note,) = (note for note in found.notes if "no row of it" in note)
    assert "lidarsel evaluate /data/kitti_raw/2011_09_26 --sensor-model 'OS1-32,VLP-16 Hi-Res'." in note
    assert sensor_entries(found)[0][1:] == ["VLP-16 Hi-Res", "", "", "", "unknown", "", ""]


def test_the_cautions_stand_with_the_answer() -> None:
    found = make_plan(with_products(made()), None, 1.25, PRICES)
    assert found.notes[0].startswith("The price of a product is that of the whole sensor")
    assert "cannot tell 44 % of VLP-16, 19 % of OS1-32:" in found.notes[1]
    file = io.StringIO()
    Console(file=file, width=80, color_system=None).print(sensors_table(found), answers(found))
    said = " ".join(file.getvalue().split())
    assert "The price of a product is that of the whole sensor" in said
    bought = (
        "cheapest OS1-32 for 6,500, 26 of its 32 lines imitated, as this log cannot tell the others: 1200 mm, 1.200"
    )
    assert bought in said
    assert max(map(len, file.getvalue().splitlines())) <= 80
    assert product_notes(made(), make_plan(made(), None, 1.25, {32: 1.0}).sensors) == []


def test_products_alone_are_planned_without_rows_of_lines() -> None:
    content = products_alone()
    found = make_plan(content, None, 1.25, {"OS1-32": 6500.0, "VLP-16": 3500.0, 64: 40000.0, 20: 1.0})
    assert (found.method, found.steps, found.fewest, found.law) == (None, [], None, None)
    assert [name for name, _ in findings(found)] == ["bound", "efficient", "cheapest"]
    assert some(found.cheapest).model == "OS1-32"
    assert any("sensors of 20 lines" in note for note in found.notes)
    with pytest.raises(UsageError, match=r"OS1-32, VLP-16, XT32: give --price"):
        make_plan(content, None, 1.25)
    with pytest.raises(UsageError, match="no row of method 'OS1-32'; it has none"):
        make_plan(content, "OS1-32", 1.25)


def test_a_product_answers_where_rows_of_lines_allow_no_curve() -> None:
    few = with_products(made({8: 1700.0}))
    found = make_plan(few, None, 1.25, {"OS1-32": 6500.0})
    assert (some(found.fewest).lines, some(found.cheapest).model) == (64, "OS1-32")
    assert any("4 budgets" in note for note in found.notes)
    with pytest.raises(UsageError, match="4 budgets"):
        make_plan(few, None, 1.25, {"OS1-64": 6500.0})


def test_names_of_products_are_read_as_people_type_them(tmp_path: Path) -> None:
    own = {
        "maker": "Own",
        "model": "ROOF",
        "lines": 2,
        "elevation": {"by": "design", "source": "me", "deg": [1.0, 0.0]},
    }
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(own))
    path = tmp_path / "prices.yaml"
    path.write_text("Ouster OS1 32: 6500\nvlp16: 3500\nown.yaml: 10\n16: 1\nmine: 3\n")
    assert read_prices(path, ["Mine"]) == {"OS1-32": 6500, "VLP-16": 3500, "ROOF": 10, 16: 1, "Mine": 3}
    with pytest.raises(BadInputError, match="line 5: no product 'mine'"):
        read_prices(path)
    path.write_text("gone.yaml: 10\n")
    with pytest.raises(BadInputError, match=str(tmp_path / "gone.yaml")):
        read_prices(path)


@pytest.mark.slow
def test_the_figure_names_every_known_sensor_and_marks_the_efficient() -> None:
    found = make_plan(with_products(made()), None, 1.25, {**PRICES, 8: 5000.0, "OS1-64": 100.0})
    cheapest, efficient, others = cost_chart(found).series
    assert (list(cheapest.labels), list(cheapest.x), list(cheapest.y)) == (["OS1-32"], [6500], [1200])
    assert cheapest.strong
    assert list(efficient.labels) == ["VLP-16", "16 lines", "XT32", "32 lines"]
    assert list(efficient.x) == [3500, 4000, 8000, 9000]
    assert list(efficient.y) == [2000, 1300, 1150, 1100]
    assert (list(others.labels), list(others.y)) == (["8 lines"], [1700])
    assert [level.y for level in cost_chart(found).levels] == [1250, 1000]
    names = [series.name for series in cost_chart(make_plan(with_products(made()), None, 1.01, PRICES)).series]
    assert "cheapest that holds the bound" not in names  # no sensor of the list does
