"""The figures show the report's numbers, every one at its place."""

import json

import pytest

from lidarsel.report.figures import VERMILLION, error_figure, value_figure
from tests.report_samples import BUDGETS, METHODS, N_LINES, report, row, values


def traces(figure) -> dict[str, dict]:
    return {trace["name"]: trace for trace in json.loads(figure.to_json())["data"] if trace.get("name")}


def test_error_against_budget_is_the_report():
    content = report()
    found = traces(error_figure(content))
    for method in METHODS:
        trace = found[method + (" (chosen)" if method == content.chosen_method else "")]
        rows = [content.row(method, budget) for budget in sorted(BUDGETS)]
        assert trace["x"] == sorted(BUDGETS)
        assert trace["y"] == [row.rmse_mm for row in rows]
        assert [entry[:2] for entry in trace["customdata"]] == [[row.rmse_low_mm, row.rmse_high_mm] for row in rows]
    assert found["all lines (1187 mm)"]["y"] == [1187.4, 1187.4]
    assert found["no lines (6140 mm, above)"]["y"] == [6140.0, 6140.0]


def test_bands_are_the_intervals():
    content = report()
    bands = [trace for trace in json.loads(error_figure(content).to_json())["data"] if trace.get("fill")]
    assert len(bands) == len(METHODS)
    band = next(trace for trace in bands if trace["legendgroup"] == "spaced")
    rows = [content.row("spaced", budget) for budget in sorted(BUDGETS)]
    assert band["y"] == [*(row.rmse_low_mm for row in rows), *(row.rmse_high_mm for row in reversed(rows))]
    assert band["x"] == [*sorted(BUDGETS), *sorted(BUDGETS, reverse=True)]


def test_the_chosen_method_alone_is_vermillion_and_no_two_look_alike():
    found = traces(error_figure(report()))
    looks = {
        name: (found[name]["line"]["color"], found[name]["marker"]["symbol"]) for name in found if "mm" not in name
    }
    assert len(set(looks.values())) == len(METHODS)
    assert [name for name, (colour, _) in looks.items() if colour == VERMILLION] == ["sas-region (chosen)"]


def test_one_budget_stands_by_method_with_bars():
    content = report((32,))
    found = traces(error_figure(content))
    trace, expected = found["spaced"], content.row("spaced", 32)
    assert trace["y"] == [expected.rmse_mm]
    assert trace["error_y"]["array"] == pytest.approx([expected.rmse_high_mm - expected.rmse_mm])
    assert trace["error_y"]["arrayminus"] == pytest.approx([expected.rmse_mm - expected.rmse_low_mm])
    assert "sas-region (chosen)" in found


def test_axis_holds_all_intervals_and_has_some_ticks():
    for budgets in (BUDGETS, (32,), (4, 64)):
        content = report(budgets)
        axis = json.loads(error_figure(content).to_json())["layout"]["yaxis"]
        low, high = (10**end for end in axis["range"])
        shown = [row for row in content.rows if row.method != "none"]
        assert low < min(row.rmse_low_mm for row in shown)
        assert high > max(row.rmse_high_mm for row in shown)
        assert 3 <= len(axis["tickvals"]) <= 7
        assert all(low <= tick <= high for tick in axis["tickvals"])


def test_an_error_of_nothing_has_no_logarithm_but_a_figure():
    rows = [row("all", 64, 0.0), row("sas-region", 32, 0.0), row("spaced", 32, 10.0)]
    assert error_figure(report(rows=rows)).to_json()


def test_values_are_told_apart_by_chosen_and_seen():
    content = values()
    lines = [0, 9, 12, 40]  # line 0 never reaches the image
    found = traces(value_figure(content, lines))
    names = {name.split(":")[0]: trace for name, trace in found.items()}
    assert sorted(names) == ["chosen", "never in the image", "not chosen"]
    assert [entry[0] for entry in names["chosen"]["customdata"]] == [9, 12, 40]
    assert names["chosen"]["y"] == [content.mean[line] for line in (9, 12, 40)]
    assert names["chosen"]["x"] == [content.elevation_deg[line] for line in (9, 12, 40)]
    assert names["chosen"]["error_y"]["array"] == pytest.approx([1.96 * content.standard_error[i] for i in (9, 12, 40)])
    assert any("1 of them chosen" in name for name in found)
    assert sum(len(trace["x"]) for trace in found.values()) == N_LINES


def test_names_bring_no_markup():
    name = '<a href="https://example.org">x</a>'
    rows = [row("all", 64, 1187.4), row("sas-region", 32, 1300.0), row(name, 32, 1310.0), row(name, 16, 1400.0)]
    found = traces(error_figure(report(rows=rows)))
    assert '&lt;a href="https://example.org"&gt;x&lt;/a&gt;' in found
