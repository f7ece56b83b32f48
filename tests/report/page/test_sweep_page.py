"""The page of a sweep: its table is the terminal's, its figure the table's means, and it opens alone."""

import json
import re
from html import unescape
from math import log10

import msgspec
import pytest

from lidarsel.report.figures.sweep_chart import sweep_chart
from lidarsel.report.page.sweep_page import sweep_page
from lidarsel.report.sweep import sweep_grid
from lidarsel.report.sweep_means import SweepRow
from tests.support.report_samples import report, row

ERRORS_MM = {("spaced", 8): (2000.0, 2100.0), ("spaced", 16): (1500.0, 1500.0)}
ERRORS_MM |= {("interval", 8): (1800.0, 1900.0), ("interval", 16): (1600.0, 1660.0)}
HOSTILE = '<img src=x onerror="alert(1)">'


def swept(metric: str = "rmse") -> list[SweepRow]:
    return [
        SweepRow(metric=metric, seed=seed, row=row(*one))
        for seed in range(2)
        for one in [("all", 64, 1187.4), *((*key, of[seed]) for key, of in ERRORS_MM.items()), ("none", 0, 6140.0)]
    ]


def tables(page: str) -> list[list[list[str]]]:
    """The texts of each table's cells."""
    return [
        [[unescape(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", line)] for line in body.split("</tr>")[:-1]]
        for body in re.findall(r"<tbody>(.*?)</tbody>", page, re.DOTALL)
    ]


def test_a_section_for_each_metric_has_the_very_entries_of_the_terminal() -> None:
    rows = [*swept(), *swept("mae")]
    page = sweep_page(report(), rows)
    assert tables(page)[:2] == [sweep_grid(rows, metric)[1] for metric in ("rmse", "mae")]
    assert re.findall(r"<h2[^>]*>(Mean \w+)</h2>", page) == ["Mean RMSE", "Mean MAE"]
    assert "interval has the least RMSE at 1 of 2" in page or "have the least RMSE at 1 of 2" in page


def test_the_figure_draws_the_means_and_their_spread() -> None:
    chart = sweep_chart(swept(), "rmse", "interval")
    assert chart is not None
    spaced, interval = chart.series
    assert (list(spaced.x), list(spaced.y)) == ([16, 8], [1500, 2050])
    assert (list(interval.x), list(interval.y)) == ([16, 8], [1630, 1850])
    assert (interval.has_band, spaced.has_band) == (True, False)
    assert spaced.low[1] == pytest.approx(2050 - 100 / 2**0.5)  # n - 1 = 1
    assert spaced.high[1] == pytest.approx(2050 + 100 / 2**0.5)
    assert {label.text: label.end for label in chart.labels} == {"spaced": (8, 2050), "interval (chosen)": (8, 1850)}
    assert [level.y for level in chart.levels] == [1187.4, 6140.0]
    assert chart.y.ends is not None
    assert chart.y.ends[0] < 1187.4
    assert chart.y.ends[1] < 6140.0  # no line at all does not squeeze the others
    (data,) = re.findall(r'id="means-0-figure">(.*?)</script>', sweep_page(report(), swept()))
    names = {name["text"]: name["y"] for name in json.loads(data)["layout"]["annotations"]}
    assert set(names) == {"spaced", "interval"}
    # Plotly takes a place on a logarithmic axis as its logarithm, of annotations alone
    assert all(log10(chart.y.ends[0]) <= place <= log10(chart.y.ends[1]) for place in names.values())
    drawn = {trace["name"]: trace["y"] for trace in json.loads(data)["data"] if trace.get("name")}
    assert drawn["spaced"] == [1500, 2050]


def test_one_seed_has_no_spread_and_one_number_of_lines_no_figure() -> None:
    one_seed = [one for one in swept() if one.seed == 0]
    chart = sweep_chart(one_seed, "rmse", "interval")
    assert chart is not None
    assert all(end is None for series in chart.series for end in (*series.low, *series.high))
    one_budget = [one for one in swept() if one.row.budget in (0, 8, 64)]
    assert sweep_chart(one_budget, "rmse", "interval") is None
    assert 'data-figure="' not in sweep_page(report(), one_budget)


def test_names_bring_no_markup_and_nothing_is_loaded() -> None:
    named = [
        msgspec.structs.replace(one, row=msgspec.structs.replace(one.row, method=HOSTILE))
        if one.row.method == "spaced"
        else one
        for one in swept()
    ]
    page = sweep_page(msgspec.structs.replace(report(), data=HOSTILE), named)
    assert "<img src=x" not in page
    assert HOSTILE in unescape(page)
    outside = re.findall(r'(?:src|href)="(?!#|data:)([^"]*)"', page.split("<script")[0])
    assert outside == ["report.html"]
