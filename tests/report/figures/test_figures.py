"""The figures show the report's numbers, every one at its place."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lidarsel.report.figures.error_figure import error_figure
from lidarsel.report.figures.interaction import added_errors, interaction_explained, interaction_figure
from lidarsel.report.figures.line_figures import importance_figure, value_figure
from lidarsel.report.figures.style import VERMILLION, round_ticks
from tests.support.report_samples import (
    BUDGETS,
    ELEVATION_DEG,
    FIRST_SEEN,
    METHODS,
    N_LINES,
    learned,
    report,
    row,
    values,
)


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


def test_ten_methods_are_told_apart_without_colour():
    names = ("random", "spaced", "densest", "shapley", "sas-region", "sas-separation", "sas", "interval", "greedy")
    names += ("switch", "exhaustive")
    rows = [row("all", 64, 1187.4)] + [row(name, budget, 1500.0) for name in names for budget in (32, 16)]
    found = traces(error_figure(report(rows=rows)))
    drawn = [found[name + (" (chosen)" if name == "sas-region" else "")] for name in names]
    assert len({trace["marker"]["symbol"] for trace in drawn}) == len(names)
    assert len({(trace["line"]["color"], trace["line"]["dash"]) for trace in drawn}) == len(names)


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


@given(low=st.floats(0.01, 1e5), ratio=st.floats(1.12, 1e4))
def test_any_range_has_a_few_round_ticks(low, ratio):
    ticks = round_ticks(low, low * ratio)
    assert 2 <= len(ticks) <= 7
    assert ticks == sorted(ticks)
    assert all(low <= tick <= low * ratio for tick in ticks)
    assert all(len(f"{tick:.10g}".replace(".", "").strip("0")) <= 3 for tick in ticks)


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


def test_interaction_is_the_models_error_without_each_band():
    model = learned().model
    whole = np.zeros(N_LINES, bool)
    whole[model.lines] = True
    added = added_errors(model)
    bands = [(first, last) for first in range(0, 46, 5) for last in range(first, 46, 7)]
    without = np.tile(whole, (len(bands), 1))
    for mask, (first, last) in zip(without, bands, strict=True):
        mask[FIRST_SEEN + first : FIRST_SEEN + last + 1] = False
    expected = model.error(without) - model.error(whole[None])
    np.testing.assert_allclose([added[band] for band in bands], expected, rtol=1e-9)
    assert np.isnan(added[5, 4])


def test_interaction_is_drawn_on_a_logarithmic_scale_with_lines_and_elevations():
    model = learned().model
    trace = json.loads(interaction_figure(model, ELEVATION_DEG, "rmse").to_json())["data"][0]
    added = added_errors(model)
    top, low = np.nanmax(added), np.nanmax(added) / 1000
    assert trace["z"][9][3] == pytest.approx(np.log10(max(added[3, 9], low)))  # upwards the last line, across the first
    assert trace["z"][3][9] is None
    assert trace["zmax"] == pytest.approx(np.log10(top))
    alone = sum(added[line, line] for line in range(3, 10))
    said = trace["text"][9][3]
    assert f"lines {FIRST_SEEN + 3} to {FIRST_SEEN + 9} ({ELEVATION_DEG[FIRST_SEEN + 3]:.1f}°" in said
    assert f"RMSE {added[3, 9]:.0f} mm greater" in said
    assert f"in sum: {alone:.1f} mm" in said or f"in sum: {alone:.0f} mm" in said


def test_interaction_says_how_neighbours_stand_in_and_how_far_to_trust_it():
    model = learned().model
    said = interaction_explained(model, "rmse")
    assert "4 neighbouring lines left out together add" in said
    assert "256 evaluated sets" in said
    assert "98.0 %" in said
    assert said.endswith("3 % (root mean square).")
    poor = replace(model, fit=replace(model.fit, r2=0.4))
    assert interaction_explained(poor, "rmse").endswith("too much to lean on any one cell.")


def test_a_model_without_cost_or_of_one_line_is_drawn():
    model = learned().model
    free = replace(model, cost=np.zeros_like(model.cost))
    single = replace(model, lines=model.lines[:1], cost=model.cost[:2, :2])
    for each in (free, single):
        assert interaction_figure(each, ELEVATION_DEG, "imae").to_json()
        assert interaction_explained(each, "imae")


def test_importance_has_a_bar_of_one_standard_deviation_at_every_candidate():
    importance = learned().importance
    drawn = traces(importance_figure(importance, ELEVATION_DEG, [9, 12]))
    found = {name.split(":")[0]: trace for name, trace in drawn.items()}
    assert [entry[0] for entry in found["chosen"]["customdata"]] == [9, 12]
    places = [9 - FIRST_SEEN, 12 - FIRST_SEEN]
    assert found["chosen"]["y"] == [importance.mean[place] for place in places]
    assert found["chosen"]["error_y"]["array"] == [importance.spread[place] for place in places]
    assert found["chosen"]["x"] == [ELEVATION_DEG[9], ELEVATION_DEG[12]]
    assert len(found["not chosen"]["x"]) == len(importance.lines) - 2
