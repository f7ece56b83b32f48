"""The figures' data are the report's numbers, every one at its place."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lidarsel.report.figures.band_map import added_errors, band_map, bands_explained, bands_found
from lidarsel.report.figures.chart import round_ticks
from lidarsel.report.figures.insights import insight_figures
from lidarsel.report.figures.line_charts import importance_chart, inclusion_chart, value_chart
from lidarsel.selection.base import Insight
from tests.support.report_samples import (
    ELEVATION_DEG,
    FIRST_SEEN,
    N_LINES,
    insights,
    report,
    stability,
    values,
)


def test_lines_stand_at_the_share_of_resamples_that_chose_them() -> None:
    content = report(stability=[stability(16, inclusion=[1.0] * N_LINES), stability()])
    chart = inclusion_chart(content, values())
    assert chart is not None
    placed = {x: y for series in chart.series for x, y in zip(series.x, series.y, strict=True)}
    seen = range(FIRST_SEEN, FIRST_SEEN + 46)
    assert placed == {ELEVATION_DEG[line]: pytest.approx(line) for line in seen}
    chosen = content.row("sas-region", 32)
    assert chosen is not None
    assert sorted(chart.series[0].x, reverse=True) == [ELEVATION_DEG[line] for line in chosen.lines]
    assert inclusion_chart(report(), values()) is None
    assert inclusion_chart(report(stability=[stability(inclusion=[])]), values()) is None


@given(low=st.floats(0.01, 1e5), ratio=st.floats(1.12, 1e4))
def test_any_range_has_a_few_round_ticks(low: float, ratio: float) -> None:
    ticks = round_ticks(low, low * ratio)
    assert 2 <= len(ticks) <= 7
    assert ticks == sorted(ticks)
    assert all(low <= tick <= low * ratio for tick in ticks)
    assert all(len(f"{tick:.10g}".replace(".", "").strip("0")) <= 3 for tick in ticks)


@given(low=st.floats(1e-9, 1e12), ratio=st.floats(1.12, 1e4))
def test_prices_in_any_currency_and_small_ratios_have_ticks_too(low: float, ratio: float) -> None:
    ticks = round_ticks(low, low * ratio)
    assert 2 <= len(ticks) <= 7
    assert ticks == sorted(ticks)
    assert all(low <= tick <= low * ratio for tick in ticks)
    assert all(float(f"{tick:.3g}") == pytest.approx(tick, rel=1e-9) for tick in ticks)


def test_values_are_told_apart_by_chosen_and_seen() -> None:
    content = values()
    lines = [0, 9, 12, 40]  # line 0 never reaches the image
    chart = value_chart(content, lines)
    names = {series.name.split(":")[0]: series for series in chart.series}
    assert sorted(names) == ["chosen", "never in the image", "not chosen"]
    chosen = names["chosen"]
    assert [said.split(",")[0] for said in chosen.hover] == ["line 9", "line 12", "line 40"]
    assert chosen.y == [content.mean[line] for line in (9, 12, 40)]
    assert chosen.x == [content.elevation_deg[line] for line in (9, 12, 40)]
    student = 2.200985  # of 11 degrees of freedom at 0.975, by a printed table
    bars = [(high - y, y - low) for y, (_, low, high) in zip(chosen.y, chosen.intervals(), strict=True)]
    assert bars == [pytest.approx([student * content.standard_error[i]] * 2, rel=1e-5) for i in (9, 12, 40)]
    assert all("(95 % CI ± " in said for said in chosen.hover)
    assert names["never in the image"].intervals() == [], "exactly 0: no interval, and none drawn as 0"
    assert any("1 of them chosen" in series.name for series in chart.series)
    assert sum(len(series.x) for series in chart.series) == N_LINES
    assert chart.x.ends is not None
    assert chart.x.ends[0] > max(ELEVATION_DEG) > min(ELEVATION_DEG) > chart.x.ends[1], "topmost on the left"


def test_values_of_one_frame_have_no_bars_and_say_so() -> None:
    content = values(n_frames=1, frames=["a"], degrees_of_freedom=None)
    for series in value_chart(content, [9]).series:
        assert series.intervals() == []
        assert not any("±" in said for said in series.hover)


def test_interaction_is_the_models_error_without_each_band() -> None:
    model, _ = insights()
    whole = np.zeros(N_LINES, bool)
    whole[model.players] = True
    added = added_errors(model)
    bands = [(first, last) for first in range(0, 46, 5) for last in range(first, 46, 7)]
    without = np.tile(whole, (len(bands), 1))
    for mask, (first, last) in zip(without, bands, strict=True):
        mask[FIRST_SEEN + first : FIRST_SEEN + last + 1] = False
    expected = model.error(without) - model.error(whole[None])
    np.testing.assert_allclose([added[band] for band in bands], expected, rtol=1e-9)
    assert np.isnan(added[5, 4])


def test_interaction_has_lines_and_elevations_and_three_decades_of_colour() -> None:
    model, _ = insights()
    heat_map = band_map(model, ELEVATION_DEG, "rmse")
    added = added_errors(model)
    top = float(np.nanmax(added))
    assert heat_map.cells[9, 3] == max(added[3, 9], top / 1000)  # upwards the last line, across the first
    assert np.isnan(heat_map.cells[3, 9])
    assert heat_map.hover[3][9] == ""
    assert heat_map.scale.ends == pytest.approx((top / 1000, top))
    alone = sum(added[line, line] for line in range(3, 10))
    said = heat_map.hover[9][3]
    elevation = f"−{-ELEVATION_DEG[FIRST_SEEN + 3]:.1f}°"
    assert f"lines {FIRST_SEEN + 3} to {FIRST_SEEN + 9} ({elevation}" in said
    assert f"RMSE {added[3, 9]:.0f} mm greater" in said
    assert heat_map.x.ticks is not None
    assert list(heat_map.x.ticks) == [
        (float(place), f"{FIRST_SEEN + place}\n{ELEVATION_DEG[FIRST_SEEN + place]:.1f}°".replace("-", "−"))
        for place in range(0, 46, 8)
    ]
    assert f"in sum: {alone:.1f} mm" in said or f"in sum: {alone:.0f} mm" in said


def test_interaction_says_in_a_sentence_what_it_shows_for_this_run() -> None:
    model, _ = insights()
    added = added_errors(model)
    costs = [added[first, first + 3] for first in range(43)]
    most, least = int(np.argmax(costs)), int(np.argmin(costs))
    said = bands_found(model, ELEVATION_DEG, "rmse")

    def band(first: int) -> str:
        ends = [f"{ELEVATION_DEG[FIRST_SEEN + line]:.1f}°".replace("-", "−") for line in (first, first + 3)]
        return f"lines {FIRST_SEEN + first} to {FIRST_SEEN + first + 3} ({ends[0]} to {ends[1]})"

    assert said == (
        f"Leaving out 4 neighbouring lines costs most at {band(most)}, which adds {costs[most]:.0f} mm of RMSE to that "
        f"of all lines, and least at {band(least)}, {costs[least]:.1f} mm."
    )
    poor = replace(model, fit=replace(model.fit, r2=0.4))
    assert bands_found(poor, ELEVATION_DEG, "rmse").endswith("as far as a model that fits this poorly can tell.")
    free = replace(model, cost=np.zeros_like(model.cost))
    assert bands_found(free, ELEVATION_DEG, "imae") == "Leaving out any 4 lines in a row adds 0.00 1/km."


def test_interaction_says_how_neighbours_stand_in_and_how_far_to_trust_it() -> None:
    model, _ = insights()
    said = bands_explained(model, "rmse")
    assert "4 neighbouring lines left out together add" in said
    assert "256 evaluated sets" in said
    assert "98.0 %" in said
    assert said.endswith("3 % (root mean square).")
    poor = replace(model, fit=replace(model.fit, r2=0.4))
    assert bands_explained(poor, "rmse").endswith("too much to lean on any one cell.")


def test_importance_has_a_bar_of_one_standard_deviation_at_every_candidate() -> None:
    _, importance = insights()
    chart = importance_chart(importance, ELEVATION_DEG, "cone", [9, 12])
    found = {series.name.split(":")[0]: series for series in chart.series}
    assert [said.split(",")[0] for said in found["chosen"].hover] == ["line 9", "line 12"]
    places = [9 - FIRST_SEEN, 12 - FIRST_SEEN]
    assert found["chosen"].y == [importance.mean[place] for place in places]
    bars = [high - y for y, (_, _, high) in zip(found["chosen"].y, found["chosen"].intervals(), strict=True)]
    assert bars == pytest.approx([importance.spread[place] for place in places])
    assert found["chosen"].x == [ELEVATION_DEG[9], ELEVATION_DEG[12]]
    assert len(found["not chosen"].x) == len(importance.players) - 2
    assert chart.y.ends is not None
    assert chart.y.ends[0] == 0
    assert chart.y.ends[1] > max(importance.mean + importance.spread)


def test_a_figure_for_each_kind_of_insight_that_has_one() -> None:
    class Other(Insight):
        """Of a selector that draws nothing."""

    model, importance = insights()
    assert [figure.key for figure in insight_figures([Other(np.arange(1)), model, model, importance], report())] == [
        "importance",
        "interaction",
    ]
    assert list(insight_figures([Other(np.arange(1))], report())) == []


def test_axes_call_apparent_elevations_so() -> None:
    own, apparent = (value_chart(values(elevation_kind=kind), [9]).x.title for kind in ("cone", "apparent"))
    assert (own, apparent) == ("Elevation in degrees", "Apparent elevation in degrees")
