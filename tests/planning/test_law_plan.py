"""Planning by a law: the answers are those of the closed form that made the runs, and what cannot be is refused."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from scipy.optimize import brentq

from lidarsel.errors import BadInputError, UsageError
from lidarsel.planning.iso_chart import iso_chart
from lidarsel.planning.law_file import LawFile
from lidarsel.planning.law_findings import law_findings, option_entries, option_headings
from lidarsel.planning.law_fit import fit_law
from lidarsel.planning.law_options import LawLimits
from lidarsel.planning.law_page import law_page
from lidarsel.planning.law_plan import LawPlan, make_law_plan
from tests.planning.test_page import HOSTILE, read
from tests.support.ladders import ladder, lines_only, network_at_few_lines

PATH = Path("law.json")


def with_law(content: LawFile) -> LawFile:
    return msgspec.structs.replace(content, fits=[fit_law(content, "streets", PATH)])


@pytest.fixture(scope="module")
def sized() -> LawFile:
    return with_law(ladder(network_at_few_lines, frames=(60,)))


@pytest.fixture(scope="module")
def unsized() -> LawFile:
    return with_law(ladder(lines_only, noise=0.01, frames=(60,)))


def plan(content: LawFile, lines: int | None = None, prices: Any = None, **limits: Any) -> LawPlan:
    return make_law_plan(content, PATH, None, lines, LawLimits(**limits), prices)


def as_good(lines: float, macs: float, smaller: float) -> float:
    """By the closed form: the lines at which the smaller network errs as the larger one with ``lines``."""
    wanted = network_at_few_lines(lines, macs, 60)
    return float(brentq(lambda more: network_at_few_lines(more, smaller, 60) - wanted, 1, 200))


def test_lines_that_make_up_for_a_smaller_network(sized: LawFile) -> None:
    found = plan(sized, lines=16, macs=2e9)
    assert found.trade is not None
    assert (found.trade.lines, found.trade.macs, found.trade.smaller_macs) == (16, 2e9, 0.25e9)
    truth = as_good(16, 2e9, 0.25e9)
    assert found.trade.more_lines == pytest.approx(truth, rel=0.03)
    assert found.trade.low is not None
    assert found.trade.high is not None
    assert found.trade.low < truth < found.trade.high
    said = dict(law_findings(found))
    assert "and 0.25 GMAC are as good as 16 lines and 2 GMAC" in said["trade"]
    for sentence in (said["trade"], said["law"]):
        assert re.search(r"\(95 % CI [\d.]+ to [\d.]+\)", sentence)
        assert "95 %" not in sentence.replace("95 % CI", "")


def test_too_many_lines_are_not_made_up(sized: LawFile) -> None:
    found = plan(sized, lines=48)
    assert found.trade is not None
    assert found.trade.more_lines is None
    assert dict(law_findings(found))["trade"].startswith("no number of lines that was run makes 0.25 GMAC")


def test_a_law_of_lines_alone_says_so(unsized: LawFile) -> None:
    said = dict(law_findings(plan(unsized, lines=16)))["trade"]
    assert said.startswith("16 lines and 0.25 GMAC are as good as 16 lines and 4 GMAC by the law: no size")
    terms = [sentence for name, sentence in law_findings(plan(unsized)) if name == "term"]
    assert any(re.match(r"lines by macs: left out; networks left out of the fit are told", each) for each in terms)
    assert "frames: not tried, as 1 size was run and 3 are needed" in terms


@pytest.mark.parametrize(
    ("limits", "best"), [({"macs": 2e9}, "2 GMAC"), ({"memory_bytes": 0.5e6}, "0.5 GMAC"), ({}, "4 GMAC")]
)
def test_the_best_network_within_the_limits(sized: LawFile, limits: dict[str, float], best: str) -> None:
    (option,) = plan(sized, lines=8, **limits).options
    assert option.network == f"{best}, 60 frames"
    assert option.basis == "measured"
    assert option.rmse_mm == pytest.approx(network_at_few_lines(8, float(best.split()[0]) * 1e9, 60), rel=0.03)


def test_the_cheapest_whole_holds_the_bound(sized: LawFile) -> None:
    prices = {8: 1000.0, 24: 5000.0, 32: 8000.0, 64: 20000.0}
    found = plan(sized, prices=prices, max_ratio=1.4)
    reference = network_at_few_lines(48, 4e9, 60)
    holding = [macs for macs in (0.25e9, 0.5e9, 1e9, 2e9, 4e9) if network_at_few_lines(24, macs, 60) <= 1.4 * reference]
    assert network_at_few_lines(8, 4e9, 60) > 1.4 * reference
    assert found.best is not None
    assert (found.best.lines, found.best.price, found.best.macs) == (24, 5000.0, min(holding))
    assert found.best.basis == "law"
    assert found.best.low_mm is not None
    assert found.best.high_mm is not None
    assert found.best.low_mm < found.best.rmse_mm < found.best.high_mm
    assert found.best.rmse_mm == pytest.approx(network_at_few_lines(24, found.best.macs, 60), rel=0.03)
    assert found.unknown == [64]
    assert [option.holds for option in found.options] == [False, True, True]
    assert dict(law_findings(found))["best"].startswith("24 lines for 5,000 with ")
    assert "Not judged, as beyond what was run: sensors of 64 lines." in [said for _, said in law_findings(found)]
    assert [len(row) for row in option_entries(found)] == [len(option_headings(found))] * 3


def test_an_interval_is_told_as_in_every_table(sized: LawFile) -> None:
    found = plan(sized, lines=24)
    place = option_headings(found).index("95 % CI\nmm")
    (option,) = found.options

    def cell(low_mm: float | None, high_mm: float | None) -> str:
        told = replace(found, options=[replace(option, low_mm=low_mm, high_mm=high_mm)])
        return option_entries(told)[0][place]

    assert [cell(700, 810), cell(752.9, 753.1), cell(753, 753), cell(None, None)] == ["700–810", "±0.1", "–", ""]


def test_a_network_is_told_by_its_own_errors_between_numbers_of_lines(unsized: LawFile) -> None:
    """One that is 10 % off the law wherever it was judged is so between, too."""
    first, *others = unsized.runs
    errors = [msgspec.structs.replace(each, rmse_mm=1.1 * each.rmse_mm) for each in first.errors]
    odd = with_law(
        msgspec.structs.replace(unsized, fits=[], runs=[msgspec.structs.replace(first, errors=errors), *others])
    )
    (option,) = plan(odd, lines=24, macs=first.macs).options
    assert option.rmse_mm == pytest.approx(1.1 * lines_only(24, 0, 0), rel=0.03)


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"lines": 64}, "--lines 64: the law was fitted to 4 to 48 lines"),
        ({"lines": 2}, "--lines 2: the law was fitted to"),
        ({"max_ratio": 1.0, "lines": 4}, "--at-most rmse=1: no lines and network asked for hold it; the least is 3"),
        ({"prices": {64: 1.0}}, "--price: no sensor of the list is within the 4 to 48 lines"),
        ({"prices": {"OS1-32": 1.0}}, "--price: OS1-32 is a product"),
        ({"prices": {16: 1.0}, "lines": 8}, "--lines 8: the price list has no sensor"),
    ],
)
def test_what_nothing_meets_is_refused(sized: LawFile, asked: dict[str, Any], problem: str) -> None:
    with pytest.raises(UsageError, match=re.escape(problem)):
        plan(sized, **asked)


@pytest.mark.parametrize("limits", [{"macs": 1e8}, {"memory_bytes": 1e4}])
def test_limits_below_the_smallest_network_say_what_there_is(sized: LawFile, limits: dict[str, Any]) -> None:
    with pytest.raises(BadInputError, match=re.escape("the least are 0.25G and 0.2MB")):
        plan(sized, **limits)


def test_curves_of_equal_error_are_those_of_the_closed_form(sized: LawFile) -> None:
    found = plan(sized)
    assert len(found.equal) == 4
    for lines, curve in zip((4, 8, 16, 32), found.equal, strict=True):
        assert curve.points[-1] == (pytest.approx(lines), 4e9)
        for needed, macs in curve.points:
            assert needed == pytest.approx(as_good(lines, 4e9, macs), rel=0.05)
    chart = iso_chart(found)
    assert chart.series[0].y == [0.25, 0.5, 1.0, 2.0, 4.0]
    assert np.all(np.diff(chart.series[0].x) < 0)


def test_one_network_has_nothing_to_trade(sized: LawFile) -> None:
    found = plan(sized, lines=16, macs=0.25e9)
    assert found.trade is None
    assert found.equal == []
    assert "iso-figure" not in law_page(found, sized)


def test_the_page_opens_alone_and_no_name_becomes_markup(sized: LawFile) -> None:
    first, *others = sized.runs
    runs = [msgspec.structs.replace(first, name=HOSTILE), *others]
    content = msgspec.structs.replace(sized, runs=runs, method=HOSTILE, fits=[])
    found = plan(content, lines=16)
    page = law_page(found, content)
    said, tags = read(page)
    assert "img" not in tags
    assert said.index("Lines against computing") < said.index("Lines and the network to take") < said.index("The law")
    figure = json.loads(re.findall(r'<script type="application/json" id="iso-figure">(.*?)</script>', page, re.S)[0])
    assert len(figure["data"]) == 4
    assert "://" not in re.sub(r"<script.*?</script>", "", page, flags=re.S)


def test_no_run_lies_more_than_wholly_below_a_law(unsized: LawFile) -> None:
    # log errors of 1.1 below and of 0.5 above: e^-1.1 = 0.3329 and e^0.5 = 1.6487 times the law
    fit = msgspec.structs.replace(unsized.fits[0], off=0.5, off_at_lines=[(4, -1.1), (8, 0.5)])
    said = law_findings(replace(plan(unsized), fit=fit))
    notes = [sentence for name, sentence in said if name == "note"]
    assert notes[0].startswith("With 4 lines runs lie 67 % below the law")
    assert notes[1].startswith("With 8 lines runs lie 65 % above the law")
    assert dict(said)["law"].endswith("runs lie 64.9 % off it")
