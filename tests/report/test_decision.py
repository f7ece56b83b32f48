"""The cells that a decision is made by say what the rows say, for every number of lines and every product."""

from typing import Any

import msgspec
import pytest

from lidarsel.contracts import ReportFile
from lidarsel.report.decision import decision_cells, elbow_told, percent, verdict
from lidarsel.report.metric_words import units_kept
from lidarsel.report.page.strip import decision_strip
from lidarsel.report.table import report_markdown
from lidarsel.report_rows import PartErrors, ReportRow
from tests.support.report_samples import N_LINES, of_one_frame, report, row, stability

ALL_MM = 1187.4


def with_rows(*rows: ReportRow, **changes: Any) -> ReportFile:
    return report(rows=[row("all", N_LINES, ALL_MM), *rows, row("none", 0, 6140.0)], **changes)


def chosen(budget: int, ratio: float, **changes: Any) -> ReportRow:
    return msgspec.structs.replace(row("sas-region", budget, ALL_MM * ratio), **changes)


def test_there_is_a_cell_for_every_number_of_lines() -> None:
    cells = decision_cells(report())
    assert [cell.row.budget for cell in cells] == [32, 16, 8]
    assert {cell.row.method for cell in cells} == {"sas-region"}
    assert [cell.file for cell in cells] == ["lines.yaml", "lines-16.yaml", "lines-8.yaml"]
    for cell in cells:
        assert cell.row.ratio_to_all is not None
        assert cell.cost == f"{100 * (cell.row.ratio_to_all - 1):+.0f} %"
        assert f"{cell.row.rmse_mm:.0f} mm (95 % CI" in cell.error


@pytest.mark.parametrize(
    ("ratio", "said"),
    [
        (1.0204, "+2.0 %"),
        (1.0, "+0.0 %"),
        (0.988, "−1.2 %"),
        (1.834, "+83 %"),
        (1.0994, "+9.9 %"),
        (3.79, "+279 %"),
        (12.3, "12 times"),
    ],
)
def test_costs_are_read_at_a_glance(ratio: float, said: str) -> None:
    assert percent(ratio) == said


def test_products_are_cells_that_say_what_the_log_cannot_tell() -> None:
    product = msgspec.structs.replace(row("XT32", 19, 2328.0), untold=0.41)
    whole = msgspec.structs.replace(row("OWN", 5, 3000.0), untold=0.0)
    cells = decision_cells(with_rows(chosen(32, 1.02), product, whole, chosen(8, 1.8)))
    assert [cell.title for cell in cells] == ["32 lines", "XT32*, 19 lines", "8 lines", "OWN, 5 lines"]
    assert [cell.file for cell in cells] == ["lines.yaml", None, "lines-8.yaml", None]
    assert verdict(with_rows(product, chosen_method="XT32", chosen_budget=19)) == "RMSE +96 % with 19 of 64 lines"


def test_the_elbow_is_told_where_three_numbers_of_lines_were_judged() -> None:
    rows = [chosen(32, 1.02), chosen(16, 1.10), chosen(8, 1.90)]
    bent = with_rows(*rows, lines_in_image=48)
    assert [cell.is_elbow for cell in decision_cells(bent)] == [False, True, False]
    # down to 16 of the 48 in the image: 10 % for 32 lines; then 80 % for 8
    told = elbow_told(bent)
    assert told is not None
    assert "16 lines" in told
    assert "0.31 %" in told
    assert "10 %" in told
    assert units_kept(told) in report_markdown(bent)
    two = with_rows(*rows[:2])
    assert elbow_told(two) is None
    assert not any(cell.is_elbow for cell in decision_cells(two))


def test_products_are_no_points_of_the_curve() -> None:
    product = msgspec.structs.replace(row("XT32", 12, 9000.0), untold=0.4)
    rows = [chosen(32, 1.02), chosen(16, 1.10), chosen(8, 1.90)]
    assert elbow_told(with_rows(*rows, product)) == elbow_told(with_rows(*rows))


@pytest.mark.parametrize(
    ("own", "other", "said"),
    [
        ("best", "behind", "surely best"),
        ("best", "tied", "tied best"),
        ("tied", "best", "tied best"),
        ("behind", "best", "behind spaced"),
        (None, None, ""),
    ],
)
def test_how_sure_a_choice_is_takes_two_words(own: Any, other: Any, said: str) -> None:
    rival = msgspec.structs.replace(row("spaced", 32, 1300.0), standing=other, lines=list(range(32)))
    (cell,) = decision_cells(with_rows(chosen(32, 1.02, standing=own), rival))
    assert cell.sure == said


def test_methods_of_the_same_lines_are_no_rivals() -> None:
    own = chosen(32, 1.02, standing="best")
    same = msgspec.structs.replace(own, method="spaced", standing="tied")
    (cell,) = decision_cells(with_rows(own, same))
    assert cell.sure == ""


def test_stable_lines_are_those_chosen_again_more_often_than_not() -> None:
    """Line n is chosen again in n % of the resamples."""
    content = report(stability=[stability(32)])
    cells = decision_cells(content)
    often = sum(line > 50 for line in cells[0].row.lines)
    assert [cell.stable for cell in cells] == [f"{often} of 32 lines stable", "", ""]


def part(name: str, rmse_mm: float) -> PartErrors:
    return PartErrors(
        part=name, rmse_mm=rmse_mm, mae_mm=1.0, irmse_per_km=1.0, imae_per_km=1.0, n_frames=12, n_pixels=99
    )


def test_errors_by_distance_are_against_all_lines_and_classes_are_left_out() -> None:
    whole = msgspec.structs.replace(
        row("all", N_LINES, ALL_MM), by_part=[part("0-10", 300), part("10-20", 500), part("vehicle", 9)]
    )
    own = chosen(32, 1.02, by_part=[part("0-10", 360), part("10-20", 480), part("vehicle", 99)])
    (cell,) = decision_cells(report(rows=[whole, own, row("none", 0, 6140.0)]))
    assert [(band.band, band.text) for band in cell.bands] == [("0-10 m", "+20 %"), ("10-20 m", "−4.0 %")]
    assert [band.size for band in cell.bands] == pytest.approx([20.0, -4.0])


@pytest.mark.parametrize(
    ("metric", "named"), [("rmse", "RMSE"), ("imae", "iMAE"), ("balanced", "RMSE"), ("mae@0-20", "MAE")]
)
def test_bars_are_named_by_the_error_that_they_show(metric: str, named: str) -> None:
    bands = {"by_part": [part("0-10", 300), part("10-20", 500)], "errors_by": {"balanced": 1.1, "mae@0-20": 90.0}}
    rows = [msgspec.structs.replace(each, **bands) for each in report().rows]
    strip = decision_strip(report(rows=rows, metric=metric))
    assert f"Bars: {named} within bands of distance, on one scale." in strip
    assert "Bars: " not in decision_strip(report())


def test_without_all_lines_errors_themselves_are_told() -> None:
    own = chosen(32, 1.02, ratio_to_all=None, by_part=[part("0-10", 360)])
    content = report(rows=[own])
    (cell,) = decision_cells(content)
    assert cell.cost == "1211 mm"
    assert cell.bands[0].text == "360 mm"
    assert verdict(content) == "RMSE 1211 mm with 32 of 64 lines"


def test_one_frame_and_rows_that_nothing_judged_say_so() -> None:
    unjudged = chosen(16, 1.0, unjudged_frames=12)
    cells = decision_cells(with_rows(of_one_frame(chosen(32, 1.02)), unjudged))
    assert "one frame: no 95 % CI" in cells[0].error
    assert (cells[1].cost, cells[1].error) == ("not judged", "")


def test_a_doubt_stands_in_the_title() -> None:
    assert verdict(report(doubts=["why"])).startswith("Doubtful: RMSE +")


def test_markdown_has_the_lines_of_every_number() -> None:
    text = report_markdown(report())
    for cell in decision_cells(report()):
        assert cell.file is not None
        assert cell.file in text
        assert f"| {units_kept(cell.cost)} |" in text
