"""What a product is worth in spaced lines, by closed forms, and what a law then says of it."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lidarsel.contracts import ReportFile
from lidarsel.errors import BadInputError
from lidarsel.planning.law_findings import law_findings, option_entries
from lidarsel.planning.law_options import LawLimits
from lidarsel.planning.law_plan import make_law_plan
from lidarsel.planning.product_worth import ProductWorth, product_worth
from lidarsel.report_rows import ReportRow
from tests.support.ladders import ladder, network_at_few_lines
from tests.support.report_samples import report, row

PATH = Path("report.json")
MODEL = "OS1-32"


def law_mm(lines: float) -> float:
    """Straight over logarithms."""
    return 9000 * lines**-0.6


def of_product(error_mm: float, untold: float = 0.25) -> ReportRow:
    return msgspec.structs.replace(row(MODEL, 30, error_mm), untold=untold)


def content(*rows: ReportRow, spaced: tuple[int, ...] = (4, 8, 16, 32)) -> ReportFile:
    lines = [row("spaced", number, law_mm(number)) for number in spaced]
    return report(rows=[row("all", 64, law_mm(64)), *lines, *rows], chosen_method="all", chosen_budget=64)


def worth_of(error_mm: float) -> ProductWorth:
    return product_worth(content(of_product(error_mm)), PATH, [MODEL, "XT32"])[MODEL]


@settings(max_examples=40, deadline=None)
@given(lines=st.integers(4, 64))
def test_a_product_is_worth_the_lines_of_equal_error(lines: int) -> None:
    found = worth_of(law_mm(lines))
    assert (found.lines, found.untold) == (lines, 0.25)
    assert found.low is None or found.low <= lines
    assert found.high is None or found.high >= lines


def test_better_than_all_lines_is_worth_all_and_a_report_without_it_tells_nothing() -> None:
    found = worth_of(0.5 * law_mm(64))
    assert (found.lines, found.high) == (64, None)
    assert product_worth(content(), PATH, [MODEL]) == {}


def test_where_more_lines_measured_worse_the_fewest_count() -> None:
    lines = [row("spaced", number, error) for number, error in ((4, 4000.0), (8, 3000.0), (16, 3300.0), (32, 2000.0))]
    rows = [row("all", 64, 1500.0), *lines, of_product(3000.0)]
    uneven = report(rows=rows, chosen_method="spaced", chosen_budget=4)
    assert product_worth(uneven, PATH, [MODEL])[MODEL].lines == 8


def test_what_says_nothing_is_refused_by_the_reports_name() -> None:
    with pytest.raises(BadInputError, match=r"report\.json: its OS1-32 is worth fewer than 4 spaced lines"):
        worth_of(1.1 * law_mm(4))
    with pytest.raises(BadInputError, match=r"report\.json: the report has no row of method 'spaced'"):
        product_worth(content(of_product(1000.0), spaced=()), PATH, [MODEL])


def test_a_law_speaks_of_a_product_as_of_the_lines_that_it_is_worth() -> None:
    law = ladder(network_at_few_lines, frames=(60,))
    worth = product_worth(content(of_product(law_mm(20))), PATH, [MODEL])
    limits = LawLimits(max_ratio=3.0)
    found = make_law_plan(law, Path("law.json"), None, None, limits, {16: 5000.0, MODEL: 4000.0, 32: 9000.0}, worth)
    lines = make_law_plan(law, Path("law.json"), None, 20, limits)
    (product,) = [option for option in found.options if option.product == MODEL]
    assert (product.lines, product.price) == (20, 4000)
    assert (product.rmse_mm, product.network) == (lines.options[0].rmse_mm, lines.options[0].network)
    assert found.best == product, "the cheapest that holds"
    told = dict(law_findings(found))
    assert told["best"].startswith("OS1-32, worth 20 lines, for 4,000 with ")
    assert any("OS1-32 is worth 20 spaced lines" in said for _, said in law_findings(found))
    assert any(entry[1] == "OS1-32\n(as 20)" for entry in option_entries(found))


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [
        (8.0, 12.5, "95 % CI 8 to 12.5"),
        (None, 12.5, "95 % CI fewer than were measured to 12.5"),
        (8.0, None, "95 % CI 8 to more than were measured"),
        (None, None, "95 % CI wider than what was measured"),
    ],
)
def test_ends_beyond_what_was_measured_are_told_as_such(low: float | None, high: float | None, told: str) -> None:
    found = make_law_plan(ladder(network_at_few_lines, frames=(60,)), Path("law.json"), None, None, LawLimits())
    worth = ProductWorth(MODEL, 10, low, high, 0.0)
    said = [sentence for _, sentence in law_findings(replace(found, worth=[worth])) if MODEL in sentence]
    assert said == [
        f"OS1-32 is worth 10 spaced lines on the report's log ({told}); with other networks it is taken to be worth as "
        "many."
    ]
