"""``lidarsel plan`` as a buyer runs it."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from lidarsel.contracts import write_contract
from lidarsel.planning.plan import make_plan
from lidarsel.planning.summary import answers, sensors_table, steps_table
from tests.planning.test_plan import made
from tests.planning.test_products import with_products
from tests.support.commands import assert_refused, lidarsel, succeeded
from tests.support.quick import slow_but
from tests.support.report_samples import decided_by

PRICES = "4: 900\n16: 4000\n20: 5000\n32: 9000\n64: 40000\n128: 75000\n"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    write_contract(tmp_path / "report.json", made())
    (tmp_path / "prices.yaml").write_text(PRICES)
    return tmp_path / "report.json", tmp_path / "prices.yaml"


def test_answers_as_text_and_as_json(files: tuple[Path, Path]) -> None:
    path, prices = files
    out = " ".join(succeeded(lidarsel("plan", path, "--max-rmse-ratio", 1.25, "--price", prices)).split())
    assert "RMSE at most 1.25 times that of all 64 lines: 1250 mm" in out
    assert "fewest 32 of 64 lines, measured: 1100 mm, 1.100 of all. Perhaps 19 " in out
    assert "cheapest 20 lines for 5,000, by the curve only: 1220 mm" in out
    assert "the measured one is 32 for 9,000" in out
    assert "sensors of 128 lines" in out
    found = json.loads(succeeded(lidarsel("plan", path, "--max-rmse-ratio", 1.25, "--price", prices, "--json")))
    assert (found["fewest"]["lines"], found["fewest_by_curve"]["lines"], found["cheapest"]["lines"]) == (32, 19, 20)
    assert found["held_out"]["measured"] == 1100


def test_the_bound_is_by_what_decided_or_by_rmse_and_by_one_of_them(files: tuple[Path, Path]) -> None:
    write_contract(files[0], decided_by(made(), "mae"))
    by_mae, by_rmse = (
        json.loads(succeeded(lidarsel("plan", files[0], option, 1.5, "--json")))
        for option in ("--max-ratio", "--max-rmse-ratio")
    )
    assert (by_mae["metric"], by_rmse["metric"]) == ("mae", "rmse")
    assert by_mae["bound"] == pytest.approx(0.31 * by_rmse["bound"])
    assert_refused(lidarsel("plan", files[0], "--max-ratio", 1.5, "--max-rmse-ratio", 1.5), "give one of them")


def test_too_few_budgets_name_the_remedy(tmp_path: Path) -> None:
    write_contract(tmp_path / "report.json", made({8: 1700.0, 16: 1300.0}))
    done = lidarsel("plan", tmp_path / "report.json")
    assert_refused(done, "4 budgets", "lidarsel run DATA --budget 32,16,8,4 --method interval")


def test_files_that_are_not_there_are_named(files: tuple[Path, Path], tmp_path: Path) -> None:
    assert_refused(lidarsel("plan", tmp_path / "none.json"), tmp_path / "none.json")
    assert_refused(lidarsel("plan", files[0], "--price", tmp_path / "none.yaml"), tmp_path / "none.yaml")


@pytest.mark.parametrize("width", slow_but([80], [80, 100]))
def test_all_of_it_fits(width: int) -> None:
    found = make_plan(made(), None, 1.25, {4: 900.0, 20: 5000.0, 64: 1_234_567.5, 128: 9e6})
    file = io.StringIO()
    console = Console(file=file, width=width, color_system=None)
    for part in (steps_table(found), sensors_table(found), answers(found)):
        console.print(part)
    lines = [line.rstrip() for line in file.getvalue().splitlines()]
    assert max(map(len, lines)) <= width
    assert "…" not in file.getvalue()
    assert sum(line.endswith("cheapest") for line in lines) == 1
    assert any("1,234,567.50" in line for line in lines)


def test_products_of_a_price_list_are_planned_and_a_page_is_written(tmp_path: Path) -> None:
    write_contract(tmp_path / "report.json", with_products(made()))
    (tmp_path / "prices.yaml").write_text("ouster os1 32: 6500\nVLP-16: 3500\n16: 9000\nOS1-64: 100\n")
    asked = ("plan", tmp_path / "report.json", "--max-rmse-ratio", 1.25, "--price", tmp_path / "prices.yaml")
    out = " ".join(succeeded(lidarsel(*asked, "-o", tmp_path / "plan.html")).split())
    assert "cheapest OS1-32 for 6,500" in out
    assert "The price of a product is that of the whole sensor" in out
    assert f"page: {tmp_path / 'plan.html'}" in out.replace("\n", "")
    assert "OS1-32 for 6,500" in (tmp_path / "plan.html").read_text()
    found = json.loads(succeeded(lidarsel(*asked, "--json")))
    assert (found["cheapest"]["model"], found["cheapest"]["lines"]) == ("OS1-32", None)
    assert [each["model"] for each in found["sensors"] if each["point"] is None] == ["OS1-64"]


def test_products_that_cannot_be_are_refused_in_a_line(files: tuple[Path, Path], tmp_path: Path) -> None:
    for text, said in (
        ("OS1-33: 1\n", "OS1-32"),
        ("OS1-32: -1\n", "no number above 0"),
        ("gone.yaml: 1\n", "gone.yaml"),
    ):
        files[1].write_text(text)
        assert_refused(lidarsel("plan", files[0], "--price", files[1], "-o", tmp_path / "plan.html"), said)
    assert not (tmp_path / "plan.html").exists()
