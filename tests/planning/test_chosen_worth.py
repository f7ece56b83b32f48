"""What chosen lines are worth in spaced ones, by closed forms, and how a law's plan says it."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lidarsel.contracts import ReportFile
from lidarsel.errors import BadInputError
from lidarsel.planning.chosen_worth import ChosenWorth, chosen_worth
from lidarsel.planning.law_findings import law_findings
from lidarsel.planning.law_options import LawLimits
from lidarsel.planning.law_plan import make_law_plan
from lidarsel.report_rows import ReportRow
from tests.planning.test_product_worth import PATH, law_mm
from tests.support.ladders import ladder, network_at_few_lines
from tests.support.report_samples import report, row

NARROW = 0.01


def within(made: ReportRow, share: float = NARROW) -> ReportRow:
    """A row whose 95 % CI ends so much below and above its error."""
    ends = ((1 - share) * made.rmse_mm, (1 + share) * made.rmse_mm)
    return msgspec.structs.replace(made, rmse_low_mm=ends[0], rmse_high_mm=ends[1])


def chosen_by(method: str, *errors: tuple[int, float]) -> ReportFile:
    spaced = [row("spaced", number, law_mm(number)) for number in (4, 8, 16, 32)]
    rows = [within(row(method, number, error)) for number, error in errors]
    others = rows if method != "spaced" else []
    return report(rows=[row("all", 64, law_mm(64)), *spaced, *others], chosen_method=method, chosen_budget=errors[0][0])


@settings(max_examples=40, deadline=None)
@given(lines=st.integers(5, 60))
def test_chosen_lines_are_worth_the_spaced_ones_of_equal_error(lines: int) -> None:
    (found,) = chosen_worth(chosen_by("interval", (16, law_mm(lines))), PATH)
    assert (found.method, found.budget, found.lines) == ("interval", 16, lines)
    ends = [lines * (1 + sign * NARROW) ** (-1 / 0.6) for sign in (1, -1)]  # law_mm solved for its lines
    assert [found.low, found.high] == pytest.approx(ends, rel=1e-6)


def test_every_budget_is_told_or_the_one_that_is_asked_for() -> None:
    content = chosen_by("interval", (8, law_mm(12)), (16, law_mm(20)))
    assert [(each.budget, each.lines) for each in chosen_worth(content, PATH)] == [(8, 12), (16, 20)]
    assert [each.budget for each in chosen_worth(content, PATH, 16)] == [16]
    assert chosen_worth(content, PATH, 24) == []


@pytest.mark.parametrize("method", ["all", "spaced"])
def test_all_and_spaced_lines_are_worth_themselves(method: str) -> None:
    number = 64 if method == "all" else 16
    assert chosen_worth(chosen_by(method, (number, law_mm(number))), PATH) == []


def test_a_report_without_rows_of_either_is_refused_by_name() -> None:
    content = chosen_by("interval", (16, law_mm(20)))
    bare = msgspec.structs.replace(content, rows=[each for each in content.rows if each.method != "spaced"])
    with pytest.raises(BadInputError, match=r"report\.json: the report has no row of method 'spaced'"):
        chosen_worth(bare, PATH)
    bare = msgspec.structs.replace(content, rows=[each for each in content.rows if each.method != "interval"])
    with pytest.raises(BadInputError, match=r"report\.json: the report has no row of method 'interval'"):
        chosen_worth(bare, PATH)


@pytest.mark.parametrize(
    ("worth", "said"),
    [
        (
            ChosenWorth("interval", 16, 22, 18.2, None),
            "16 lines chosen by interval are worth 22 spaced lines on the report's log (95 % CI 18.2 to more than were "
            "measured).",
        ),
        (
            ChosenWorth("sas", 4, None, None, 4.5),
            "4 lines chosen by sas are worth fewer spaced lines than were measured on the report's log (95 % CI fewer "
            "than were measured to 4.5).",
        ),
    ],
)
def test_the_plan_says_it(worth: ChosenWorth, said: str) -> None:
    law = ladder(network_at_few_lines, frames=(60,))
    found = make_law_plan(law, Path("law.json"), None, 16, LawLimits(), chosen=[worth])
    assert ("note", said) in law_findings(found)
