"""Every method has its own look, with colour and without, and keeps it whatever else is drawn."""

import pytest

from lidarsel.report.figures.error_chart import error_chart
from lidarsel.report.figures.style import LOOKS, look_of
from lidarsel.selection.registry import NAMES
from tests.support.report_samples import report, row


def test_every_selector_has_its_own_look() -> None:
    assert tuple(LOOKS) == NAMES, "a selector needs a row in LOOKS (report/figures/style.py)"
    assert len({look.marker for look in LOOKS.values()}) == len(NAMES), "told apart without colour"
    assert len({(look.colour, look.dash) for look in LOOKS.values()}) == len(NAMES), "told apart without markers"


@pytest.mark.parametrize("methods", [("spaced", "interval"), ("interval", "greedy", "by hand"), ("by hand", "spaced")])
@pytest.mark.parametrize("budgets", [(32,), (32, 16)])
def test_a_method_looks_the_same_in_every_figure(methods: tuple[str, ...], budgets: tuple[int, ...]) -> None:
    rows = [row("all", 64, 1187.4), *(row(method, budget, 1500.0) for method in methods for budget in budgets)]
    chart = error_chart(report(rows=rows, chosen_method=methods[0]))
    found = {series.name.removesuffix(" (chosen)"): series.look for series in chart.series}
    assert found == {method: look_of(method) for method in methods}


def test_a_name_that_lidarsel_does_not_know_has_a_look_that_no_selector_has() -> None:
    unknown = {look_of(f"by hand {number}") for number in range(40)}
    assert not unknown & set(LOOKS.values())
    assert len(unknown) > 20
