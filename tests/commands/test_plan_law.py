"""``lidarsel plan law.json`` as a user runs it."""

import json
from pathlib import Path

import pytest

from lidarsel.contracts import write_contract
from lidarsel.planning.law_file import SHIPPED_LAW, read_law, write_law
from tests.planning.test_chosen_worth import chosen_by
from tests.planning.test_plan import made
from tests.planning.test_product_worth import content, law_mm, of_product
from tests.support.commands import ROOT, assert_refused, lidarsel, succeeded
from tests.support.ladders import ladder, network_at_few_lines


@pytest.fixture(scope="module")
def law(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of runs alone."""
    path = tmp_path_factory.mktemp("law") / "law.json"
    write_law(path, ladder(network_at_few_lines, frames=(60,)))
    return path


def test_answers_as_text_page_and_json(law: Path, tmp_path: Path) -> None:
    asked = ("plan", law, "--memory", "4MB", "--macs", "2G", "--lines", 16)
    out = " ".join(succeeded(lidarsel(*asked, "-o", tmp_path / "plan.html")).split())
    assert "and 0.25 GMAC are as good as 16 lines and 2 GMAC" in out
    assert "MACs are of images of 352 x 1216 pixels" in out
    assert (tmp_path / "plan.html").read_text().startswith("<!doctype html>")
    found = json.loads(succeeded(lidarsel(*asked, "--json")))
    assert found["options"][0]["macs"] == 2e9
    assert found["trade"]["sized"]


def test_the_cheapest_whole(law: Path, tmp_path: Path) -> None:
    (tmp_path / "prices.yaml").write_text("8: 1000\n24: 5000\n32: 8000\n")
    said = succeeded(lidarsel("plan", law, "--price", tmp_path / "prices.yaml", "--at-most", "rmse=1.4"))
    assert "best 24 lines for 5,000 with " in " ".join(said.split())


def test_the_shipped_law_answers_at_once_and_is_that_of_its_recipe(tmp_path: Path) -> None:
    found = json.loads(succeeded(lidarsel("plan", "shipped", "--lines", 16, "--memory", "4MB", "--json", cwd=tmp_path)))
    assert [caution["kind"] for caution in found["cautions"]] == ["simulated"]
    (option,) = found["options"]
    assert option["lines"] == 16
    assert 4 * option["parameters"] <= 4e6
    content = read_law(SHIPPED_LAW)
    assert content.fit_of(found["split"]) is not None, "nothing is left to fit"
    assert content.image == (96, 320)
    assert content.command.removeprefix("lidarsel ") in (ROOT / "scripts" / "make_law.sh").read_text()
    assert len(content.runs) == 12


def test_a_file_called_shipped_comes_first(law: Path, tmp_path: Path) -> None:
    (tmp_path / "shipped").write_text("{}")
    assert_refused(lidarsel("plan", "shipped", cwd=tmp_path), "shipped: ")


def test_products_by_what_a_report_says_they_are_worth(law: Path, tmp_path: Path) -> None:
    (tmp_path / "prices.yaml").write_text("OS1-32: 1000\n24: 5000\n")
    asked = ("plan", law, "--price", "prices.yaml", "--at-most", "rmse=1.6")
    assert_refused(lidarsel(*asked, cwd=tmp_path), "--price: OS1-32 is a product", "give --report")
    write_contract(tmp_path / "report.json", content(of_product(law_mm(20))))
    said = succeeded(lidarsel(*asked, "--report", "report.json", cwd=tmp_path))
    assert "best OS1-32, worth 20 lines, for 1,000 with " in " ".join(said.split())


def test_lines_that_a_report_chose_by_the_spaced_ones_they_are_worth(law: Path, tmp_path: Path) -> None:
    write_contract(tmp_path / "report.json", chosen_by("interval", (8, law_mm(12)), (16, law_mm(20))))
    asked = ("plan", law, "--lines", 16, "--report", "report.json")
    said = " ".join(succeeded(lidarsel(*asked, cwd=tmp_path)).split())
    assert "16 lines chosen by interval are worth 20 spaced lines on the report's log" in said
    assert "8 lines chosen" not in said
    (told,) = json.loads(succeeded(lidarsel(*asked, "--json", cwd=tmp_path)))["chosen"]
    assert (told["budget"], told["lines"]) == (16, 20)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--macs", "fast"), "--macs fast: no number of MACs above 0"),
        (("--macs", "0G"), "--macs 0G: no number of MACs above 0"),
        (("--memory", "4"), "--memory 4: no size above 0, as 4MB"),
        (("--at-most", "mae=1.1"), "--at-most mae=1.1: a law is of RMSE"),
        (("--at-most", "rmse"), "--at-most rmse: a law is of RMSE"),
        (("--split", "night"), "--split: 'night' is none of streets"),
        (("--lines", "64"), "--lines 64: the law was fitted to 4 to 48 lines"),
        (("--max-rmse-ratio", "1.1"), "is a law: --max-ratio, --max-rmse-ratio and --method are of reports"),
    ],
)
def test_refusals_are_one_line(law: Path, options: tuple[str, ...], problem: str) -> None:
    assert_refused(lidarsel("plan", law, *options), problem)


def test_a_report_has_no_use_for_the_options_of_laws(tmp_path: Path) -> None:
    write_contract(tmp_path / "report.json", made())
    done = lidarsel("plan", tmp_path / "report.json", "--macs", "2G", "--at-most", "rmse=1.1")
    assert_refused(done, "is no law.json: --macs, --at-most has no use")


def test_a_short_ladder_says_which_runs_it_lacks(tmp_path: Path) -> None:
    write_law(tmp_path / "law.json", ladder(network_at_few_lines, frames=(60,), lines=(4, 8, 16)))
    assert_refused(lidarsel("plan", tmp_path / "law.json"), "with 4, 8, 16 lines, a law needs 4 numbers of lines")
