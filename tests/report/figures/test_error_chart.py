"""Error against lines: per cent above all lines, on an axis that no outlier squeezes, curves named at their ends."""

import json
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lidarsel.report.figures.chart import Chart, Series
from lidarsel.report.figures.end_labels import LABEL_GAP, spread
from lidarsel.report.figures.error_chart import error_chart, error_explained
from lidarsel.report.figures.matplotlib_painter import svg_figure
from lidarsel.report.figures.plotly_painter import plotly_json
from lidarsel.report_rows import ReportRow
from tests.support.report_samples import BUDGETS, METHODS, of_one_frame, report, row

ALL_MM = 1187.4


def above(error_mm: float) -> float:
    return 100 * (error_mm / ALL_MM - 1)


def by_name(chart: Chart) -> dict[str, Series]:
    return {series.name: series for series in chart.series}


def test_error_against_budget_is_the_report_in_per_cent_above_all_lines() -> None:
    content = report()
    chart = error_chart(content)
    found = by_name(chart)
    for method in METHODS:
        series = found[method + (" (chosen)" if method == content.chosen_method else "")]
        rows = [one for budget in BUDGETS if (one := content.row(method, budget))]
        assert series.x == list(BUDGETS), "fewer lines to the right"
        assert series.y == pytest.approx([above(one.rmse_mm) for one in rows])
        assert series.low == pytest.approx([above(0.88 * one.rmse_mm) for one in rows])
        assert series.high == pytest.approx([above(1.14 * one.rmse_mm) for one in rows])
        for one, said in zip(rows, series.hover, strict=True):
            assert f"{one.rmse_mm:.0f} mm" in said
            assert "95 % CI" in said
    assert [series.name for series in chart.series if series.strong] == ["sas-region (chosen)"]
    assert not chart.y.log
    assert chart.y.title == "RMSE above all lines in %"
    assert [(level.name, level.y) for level in chart.levels] == [
        ("all lines (1187 mm)", 0.0),
        ("no lines (6140 mm, +417 %, above the axis)", pytest.approx(above(6140))),
    ]


def test_what_is_far_beyond_is_named_at_the_edge_and_squeezes_nothing() -> None:
    errors = {"sas-region": 1250.0, "spaced": 1300.0, "random": 1350.0, "densest": 5000.0}
    rows = [row("all", 64, ALL_MM)]
    rows += [row(method, k, error + 20 * (32 - k)) for k in BUDGETS for method, error in errors.items()]
    chart = error_chart(report(rows=rows))
    assert chart.y.ends is not None
    assert chart.y.ends[1] < 110, "what three methods need"
    labels = {label.text: label for label in chart.labels}
    assert set(labels) == {"sas-region (chosen)", "spaced", "random", f"densest ↑ +{above(5480):.0f} %"}
    beyond = labels.pop(f"densest ↑ +{above(5480):.0f} %")
    assert beyond.end is None
    assert beyond.y == max(label.y for label in (*labels.values(), beyond)), "on top"
    for label in labels.values():
        series = by_name(chart)[label.text]
        assert label.end == (series.x[-1], series.y[-1])
    single = error_chart(report((32,), rows=[one for one in rows if one.budget in (64, 32)]))
    assert single.y.ends is not None
    assert single.y.ends[1] < 30
    ticks = [text for _, text in single.x.ticks or ()]
    assert ticks[0] == f"sas-region (chosen)\n+{above(1250):.1f} %"
    assert ticks[-1] == f"densest\n↑ +{above(5000):.0f} %"


def test_the_chosen_and_the_best_method_alone_have_bands() -> None:
    chart = error_chart(report(chosen_method="spaced"))
    assert {series.name for series in chart.series if series.has_band} == {"spaced (chosen)", "sas-region (best)"}
    assert "Bands, of the chosen method and the best one" in error_explained(report())
    assert error_explained(report((32,))).startswith("Bars: the 95 % CI")


def test_names_at_the_ends_are_apart_and_in_the_legend_stands_what_has_none() -> None:
    rows = [*report().rows, row("XT32", 19, 1500.0)]
    chart = error_chart(report(rows=rows))
    assert chart.y.ends is not None
    gap = LABEL_GAP * (chart.y.ends[1] - chart.y.ends[0])
    places = sorted(label.y for label in chart.labels)
    assert len(places) == len(METHODS)
    assert all(high - low > 0.999 * gap for low, high in pairwise(places))
    assert [series.name for series in chart.series if series.in_legend] == ["XT32"]
    budgets = [text for _, text in chart.x.ticks or ()]
    assert budgets == ["32", "19", "16", "8"]


@given(
    wanted=st.lists(st.floats(-5, 15), max_size=8),
    gap=st.floats(0.01, 1.2),
)
def test_names_stand_as_near_as_they_can(wanted: list[float], gap: float) -> None:
    """Oracle: the same problem by cyclic projections is only neared; here, no place moves alone to a better one."""
    found = spread(wanted, gap, 0, 10)
    assert len(found) == len(wanted)
    order = sorted(range(len(wanted)), key=lambda place: wanted[place])
    placed = [found[place] for place in order]
    room = min(gap, 10 / (len(wanted) - 1)) if len(wanted) > 1 else gap
    assert all(high - low > room - 1e-9 for low, high in pairwise(placed))
    assert all(-1e-9 <= place <= 10 + 1e-9 for place in placed)
    for rank, place in enumerate(order):
        least = placed[rank - 1] + room if rank else 0
        most = placed[rank + 1] - room if rank + 1 < len(order) else 10
        nearest = min(max(wanted[place], least), most)
        alone = abs(placed[rank] - wanted[place])
        assert alone <= abs(nearest - wanted[place]) + 1e-9 or alone < 1e-9


def test_names_with_room_stand_where_their_curves_end() -> None:
    assert spread([3, 1, 8], 1, 0, 10) == pytest.approx([3, 1, 8])
    assert spread([5, 5], 1, 0, 10) == pytest.approx([4.5, 5.5])
    assert spread([0, 0, 20], 1, 0, 10) == pytest.approx([0, 1, 10])


def test_one_budget_stands_by_method_with_bars() -> None:
    content = report((32,))
    chart = error_chart(content)
    series, expected = by_name(chart)["spaced"], content.row("spaced", 32)
    assert expected is not None
    assert (series.y, series.joined) == ([pytest.approx(above(expected.rmse_mm))], False)
    names = {place: text.split("\n")[0] for place, text in chart.x.ticks or ()}
    assert {names[each.x[0]]: each.y[0] for each in chart.series} == {each.name: each.y[0] for each in chart.series}
    assert "sas-region (chosen)" in names.values()
    assert [each.y[0] for each in chart.series] == sorted(each.y[0] for each in chart.series)


@pytest.mark.parametrize("budgets", [BUDGETS, (32,), (4, 64)])
def test_the_axis_holds_what_is_near_and_its_bands(budgets: tuple[int, ...]) -> None:
    chart = error_chart(report(budgets))
    assert chart.y.ends is not None
    for series in chart.series:
        assert all(chart.y.ends[0] < y < chart.y.ends[1] for y in series.y)
        if series.has_band:
            assert all(chart.y.ends[0] < low and high < chart.y.ends[1] for _, low, high in series.intervals())


def test_intervals_of_two_frames_leave_most_of_the_axis_to_the_errors() -> None:
    wide = [msgspec.structs.replace(one, rmse_low_mm=1.0, rmse_high_mm=1e8) for one in report().rows]
    ends = error_chart(report(rows=wide)).y.ends
    assert ends is not None
    errors = [above(one.rmse_mm) for one in wide if one.method != "none"]
    assert ends[0] < min(errors)
    assert max(errors) < ends[1]
    assert ends[1] - ends[0] < 2 * (max(errors) - min(errors))


@pytest.mark.parametrize("budgets", [BUDGETS, (32,)])
def test_rows_of_one_frame_have_no_interval_in_the_figure(budgets: tuple[int, ...]) -> None:
    chart = error_chart(report(budgets, rows=[of_one_frame(each) for each in report(budgets).rows]))
    assert chart.series
    for series in chart.series:
        assert series.intervals() == []
        assert all("one frame: no 95 % CI" in said for said in series.hover)


@pytest.mark.parametrize("budgets", [BUDGETS, (32,)])
@pytest.mark.parametrize("errors", [(0.0,), (7.5,), (0.0, 3.0), (1e-12, 2.0), (1e12,), (0.0, 1e12)])
def test_any_errors_can_be_drawn(errors: tuple[float, ...], budgets: tuple[int, ...]) -> None:
    content = report(budgets)
    changed = [
        msgspec.structs.replace(one, rmse_mm=errors[place % len(errors)], rmse_low_mm=None, rmse_high_mm=None)
        for place, one in enumerate(content.rows)
    ]
    for rows in (changed, [*changed[:2], changed[-1]]):
        chart = error_chart(report(budgets, rows=rows, chosen_method=rows[1].method, chosen_budget=rows[1].budget))
        assert "<svg" in svg_figure(chart)
        ends = json.loads(plotly_json(chart))["layout"]["yaxis"]["range"]
        assert ends[0] < ends[1]
        unit = "RMSE in mm" if rows[0].rmse_mm == 0 else "RMSE above all lines in %"
        assert chart.y.title == unit


def test_without_all_lines_errors_stand_on_nought_in_their_unit() -> None:
    whole, *kept, none = (msgspec.structs.replace(one, rmse_low_mm=None, rmse_high_mm=None) for one in report().rows)

    def unjudged(one: ReportRow) -> ReportRow:
        return msgspec.structs.replace(one, rmse_mm=0.0, unjudged_frames=one.n_frames)

    chart = error_chart(report(rows=[unjudged(whole), *kept, none]))
    assert (chart.y.title, chart.y.log) == ("RMSE in mm", False)
    assert chart.y.ends is not None
    assert chart.y.ends[0] == 0
    assert np.concatenate([series.y for series in chart.series]).max() == max(one.rmse_mm for one in kept)
    assert [level.name for level in chart.levels] == ["no lines (6140 mm, above the axis)"]
    chart = error_chart(report(rows=[unjudged(whole), *map(unjudged, kept), none]))
    assert not chart.series
    assert "<svg" in svg_figure(chart)


def test_a_method_that_no_selector_has_has_its_name() -> None:
    rows = [row("all", 64, ALL_MM), row("sas-region", 32, 1300.0), row("by hand", 32, 1310.0)]
    assert "by hand" in by_name(error_chart(report(rows=rows)))
