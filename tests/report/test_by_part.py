"""Errors by distance as a reader is told them: known figures, in the table, the page, the files and words."""

import json
import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lidarsel.contracts import ReportFile
from lidarsel.criterion import criterion
from lidarsel.report.by_part import bands_of, change, entries, explanation, headings, rows_told, title, title_of, trade
from lidarsel.report.decision import decision_cells
from lidarsel.report.figures.distance_chart import distance_chart
from lidarsel.report.page.html import html_page
from lidarsel.report.table import report_markdown
from lidarsel.report_rows import PartErrors, ReportRow
from tests.support.report_samples import pictures, report, values

OF_ALL = {"0-10": 200.0, "10-20": 500.0, "40-80": 2000.0, "100-200": None}
TIMES = {"all": (1.0, 1.0, 1.0), "sas-region": (4.0, 1.25, 0.92), "spaced": (2.0, 1.0, 1.0)}


def within(part: str, rmse_mm: float | None, frames: int = 12) -> PartErrors:
    if rmse_mm is None:
        nothing = {"rmse_mm": None, "mae_mm": None, "irmse_per_km": None, "imae_per_km": None}
        return PartErrors(part=part, **nothing, n_frames=0, n_pixels=0)
    figures = {"rmse_mm": rmse_mm, "mae_mm": rmse_mm / 4, "irmse_per_km": rmse_mm / 50, "imae_per_km": rmse_mm / 100}
    return PartErrors(part=part, **figures, n_frames=frames, n_pixels=777)


def told(row: ReportRow) -> ReportRow:
    times = (*TIMES.get(row.method, (3.0, 3.0, 3.0)), 1.0)
    parts = [
        within(name, None if error is None else error * by)
        for (name, error), by in zip(OF_ALL.items(), times, strict=True)
    ]
    return msgspec.structs.replace(row, by_part=parts)


def by_distance(**changes: object) -> ReportFile:
    whole = report((8,), lines_in_image=46, **changes)
    return msgspec.structs.replace(whole, rows=[told(row) for row in whole.rows])


def test_the_trade_is_named_in_one_sentence() -> None:
    assert trade(by_distance()) == (
        "RMSE by distance with 8 lines by sas-region: against all, 0-10 m 4.0 times the error, 10-20 m +25 %, 40-80 m "
        "−8 %; against spaced, 0-10 m 2.0 times the error, 10-20 m +25 %, 40-80 m −8 %."
    )
    assert trade(report()) is None, "older reports tell no errors by distance"


def test_what_decided_is_told_in_its_own_unit() -> None:
    plain = by_distance()
    for metric, name, unit in (("mae", "MAE", "mm"), ("irmse", "iRMSE", "1/km"), ("imae@0-10", "iMAE", "1/km")):
        rows = [msgspec.structs.replace(row, errors_by={"imae@0-10": 2.0}) for row in plain.rows]
        content = msgspec.structs.replace(plain, metric=metric, rows=rows)
        said, chart = trade(content), distance_chart(content)
        assert said is not None
        assert said.startswith(f"{name} by distance with 8 lines by sas-region: against all, 0-10 m 4.0 times")
        assert chart is not None
        assert chart.y.title == f"{name} above all lines in %"
        assert f"{name}\n{unit}" in headings(content)
    rows = [msgspec.structs.replace(row, errors_by={"balanced": 1.5}) for row in plain.rows]
    several = trade(msgspec.structs.replace(plain, metric="balanced", rows=rows))
    assert several is not None
    assert several.startswith("RMSE by distance"), "of several figures, the one that benchmarks rank by"


def test_only_the_greatest_changes_are_named() -> None:
    plain = by_distance()
    bands = {"0-5": 1.0, "5-10": 1.02, "10-15": 0.5, "15-20": 1.3, "20-25": 1.9, "25-30": 0.96}
    rows = [
        msgspec.structs.replace(
            row, by_part=[within(name, 100 * (by if row.method == "sas-region" else 1)) for name, by in bands.items()]
        )
        for row in plain.rows
    ]
    changes = "10-15 m −50 %, 15-20 m +30 %, 20-25 m +90 %"
    assert trade(msgspec.structs.replace(plain, rows=rows)) == (
        f"RMSE by distance with 8 lines by sas-region, most changed: against all, {changes}; against spaced, {changes}."
    )
    alike = [msgspec.structs.replace(row, by_part=rows[0].by_part) for row in rows]
    assert trade(msgspec.structs.replace(plain, rows=alike)) == (
        "RMSE by distance with 8 lines by sas-region, most changed: against all, as accurate; against spaced, as "
        "accurate."
    )


@given(st.floats(0.001, 100))
def test_a_change_is_a_percentage_or_so_many_times(ratio: float) -> None:
    said = change(ratio)
    if ratio >= 2:
        assert float(said.removesuffix(" times the error")) == pytest.approx(ratio, abs=0.051)
    else:
        percent = 0 if said == "as accurate" else int(said.removesuffix(" %").replace("−", "-"))
        assert percent == pytest.approx(100 * (ratio - 1), abs=0.501)


def test_the_table_has_a_row_for_each_band_and_set() -> None:
    rows = entries(by_distance())
    assert [row[:2] for row in rows] == [
        [band if method == "all lines" else "", method]
        for band in ("0-10 m", "10-20 m", "40-80 m")
        for method in ("all lines", "sas-region", "spaced")
    ]
    assert rows[1][2:] == ["800", "+300", "200", "+300", "8.00", "+300", "777"]
    assert rows[7][2:4] == ["1840", "−8"]
    assert [rows[0][place] for place in (3, 5, 7)] == ["", "", ""], "all lines are what others are compared with"


def test_one_set_is_told_once() -> None:
    chosen = by_distance(chosen_method="spaced")
    assert [row.method for row in rows_told(chosen)] == ["all", "spaced"]
    assert entries(report()) == []


def test_page_and_markdown_have_them_and_do_without() -> None:
    content = by_distance()
    page, text = html_page(content, values(), pictures()), report_markdown(content)
    bare = re.sub("</?span[^>]*>", "", page)  # what stays on one line is in spans
    for where in (" ".join(each.split()) for each in (bare, text)):
        assert "Errors by distance" in where
        assert "46 of 64 lines reach this camera" in where
        assert "against spaced, 0-10 m 2.0 times the error" in where
    (drawn,) = re.findall(r'<script type="application/json" id="distance-figure">(.*?)</script>', page)
    assert json.loads(drawn)["data"]
    for where in (html_page(report(), values(), pictures()), report_markdown(report())):
        assert "Errors by distance" not in where


def test_the_figure_has_the_bands_that_have_pixels() -> None:
    chart = distance_chart(by_distance())
    assert chart is not None
    assert [tick for _, tick in chart.x.ticks or ()] == ["0-10 m", "10-20 m", "40-80 m"]
    assert chart.y.title == "RMSE above all lines in %"
    assert [level.y for level in chart.levels] == [0], "all lines: 200, 500 and 2000 mm"
    assert {series.name: [pytest.approx(y) for y in series.y] for series in chart.series} == {
        "sas-region (chosen)": [300, 25, -8],
        "spaced": [100, 0, 0],
    }
    assert [said.split("\n")[-1] for said in chart.series[0].hover] == ["800 mm", "625 mm", "1840 mm"]
    assert [label.text for label in chart.labels] == ["sas-region (chosen)", "spaced"]
    assert distance_chart(report()) is None


def test_the_figure_has_errors_as_they_are_where_all_lines_are_not_judged() -> None:
    content = by_distance()
    unjudged = [
        msgspec.structs.replace(row, unjudged_frames=row.n_frames) for row in content.rows if row.method == "all"
    ]
    chart = distance_chart(msgspec.structs.replace(content, rows=[*unjudged, *content.rows[1:]]))
    assert chart is not None
    assert (chart.y.title, list(chart.levels)) == ("RMSE in mm", [])
    assert list(chart.series[0].y) == [800, 625, 1840]


@pytest.mark.parametrize(
    ("asked", "decides", "shown"),
    [
        ("0-10 10-20 20-40", "rmse@0-20", "0-10 10-20 20-40"),
        ("0-10 10-20 20-40", "rmse:2,imae@5-15:1", "0-10 10-20 20-40"),
        ("0-20 20-80", "rmse@20-80", "0-20 20-80"),
        ("20-40 10-20", "rmse@0-10", "0-10 10-20 20-40"),
        ("0-20 0-40", "rmse", "0-20 0-40"),
        ("", "rmse@0-20", "0-20"),
    ],
)
def test_bands_are_those_asked_for_and_not_what_decides(asked: str, decides: str, shown: str) -> None:
    """As a run writes them: the bands asked for, then those that the deciding error looks at, classes last."""
    names = dict.fromkeys([*asked.split(), *(part.name for part in criterion(decides).parts), "vehicle", "moon"])
    by = {} if decides == "rmse" else {decides: 1.0}
    content = report((8,))
    parts = [within(name, 900.0 - place) for place, name in enumerate(names)]
    rows = [msgspec.structs.replace(row, by_part=parts, errors_by=by) for row in content.rows]
    assert [errors.part for errors in bands_of(rows[0])] == shown.split()
    whole = msgspec.structs.replace(content, metric=decides, rows=rows)
    assert [band.band for band in decision_cells(whole)[0].bands] == [f"{name} m" for name in shown.split()]
    chart = distance_chart(whole)
    ticks = [] if chart is None else [tick for _, tick in chart.x.ticks or ()]
    assert ticks == ([f"{name} m" for name in shown.split()] if " " in shown else [])


def test_parts_as_they_are_told() -> None:
    named = {"0-10": "0-10 m", "10-20.5": "10-20.5 m", "vehicle": "vehicles", "road": "the road", "moon": "moon"}
    assert {name: title_of(name) for name in named} == named


def test_classes_are_told_beside_bands() -> None:
    plain = by_distance()
    times = {"all": 1.0, "sas-region": 1.5}
    rows = []
    for row in plain.rows:
        by = times.get(row.method, 2.0)
        classes = [within("vehicle", 600 * by, 9), within("person", None), within("road", 100 * by)]
        rows.append(msgspec.structs.replace(row, by_part=[*row.by_part, *classes]))
    both = msgspec.structs.replace(plain, rows=rows)
    assert title(both) == "Errors by distance and class"
    assert "within the band or that labels tell to be of the class" in explanation(both)
    heads = [row[0] for row in entries(both) if row[0]]
    assert heads == ["0-10 m", "10-20 m", "40-80 m", "vehicles", "the road"], "no frame has persons"
    assert [row[3] for row in entries(both)][-5:-3] == ["+50", "+100"]
    said = trade(both)
    assert said is not None
    assert said.startswith("RMSE by distance and class with 8 lines by sas-region, most changed: against all, 0-10 m")
    assert "10-20 m +25 %, vehicles +50 %; against" in said
    assert "the road" not in said
    chart = distance_chart(both)
    assert chart is not None
    assert [tick for _, tick in chart.x.ticks or ()] == ["0-10 m", "10-20 m", "40-80 m"]
    assert "Errors by distance and class" in report_markdown(both)
    assert "Errors by distance and class" in html_page(both, values(), pictures())
