"""What is said of the chosen lines beside other methods': best, tied, or behind beyond chance with the way out."""

from typing import Any

import msgspec
import pytest

from lidarsel.contracts import ReportFile
from lidarsel.report.standing import comparison, headline, marks, taking
from lidarsel.report_rows import ReportRow
from tests.support.report_samples import report, row


def pair(chosen: dict[str, object], other: dict[str, object], other_mm: float, **changes: Any) -> ReportFile:
    """The chosen method of 1300 mm beside spaced lines."""
    rows = [row("all", 64, 1187.4), row("sas-region", 32, 1300.0), row("spaced", 32, other_mm)]
    rows[1:] = [msgspec.structs.replace(one, **more) for one, more in zip(rows[1:], (chosen, other), strict=True)]
    rows[2] = msgspec.structs.replace(rows[2], lines=list(range(32)))
    return report(rows=rows, **changes)


def to_best(standing: str, low: float, high: float) -> dict[str, object]:
    return {"standing": standing, "to_best_low": low, "to_best_high": high}


BEST: dict[str, object] = {"standing": "best"}
CHOSEN_BEST = pair(BEST, to_best("behind", 3.0, 17.0), 1310.0)
TIED = pair(BEST, to_best("tied", -4.0, 24.0), 1310.0)
CHOSEN_TIED = pair(to_best("tied", -4.0, 24.0), BEST, 1290.0)
BEHIND = pair(to_best("behind", 30.0, 70.0), BEST, 1250.0)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (CHOSEN_BEST, [["chosen", "best"], []]),
        (TIED, [["chosen", "best"], ["tied"]]),
        (CHOSEN_TIED, [["chosen", "tied"], ["best"]]),
        (BEHIND, [["chosen"], ["best"]]),
    ],
)
def test_marks_are_standings(content: ReportFile, expected: list[list[str]]) -> None:
    assert [marks(content, each) for each in content.rows[1:]] == expected


def test_where_all_are_tied_no_list_of_them_is_told() -> None:
    rows = [*TIED.rows, msgspec.structs.replace(TIED.rows[-1], method="densest", rmse_mm=3000.0, lines=[*range(32)])]
    said = comparison(msgspec.structs.replace(TIED, rows=rows))
    assert said is not None
    assert said.endswith("too few, or too unlike, to tell any of the 3 methods from the best.")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            CHOSEN_BEST,
            "The one other method compared at this budget did not have less RMSE; the next is spaced, with 1310 mm "
            "(0.8 % more; frame by frame +3.0 to +17.0 mm to the best).",
        ),
        (
            TIED,
            "The one other method compared at this budget did not have less RMSE; the next is spaced, with 1310 mm "
            "(0.8 % more; frame by frame −4.0 to +24.0 mm to the best, so it may be chance). Tied best: sas-region, "
            "spaced.",
        ),
        (
            CHOSEN_TIED,
            "The one other method at this budget had less RMSE: spaced, with 1290 mm (0.8 % less; frame by frame −4.0 "
            "to +24.0 mm to the best, so it may be chance). Tied best: spaced, sas-region.",
        ),
    ],
)
def test_the_comparison_tells_chance_from_difference(content: ReportFile, said: str) -> None:
    assert comparison(content) == said
    assert taking(content) is None
    assert "beyond chance" not in headline(content)


def test_a_choice_that_is_behind_says_so_in_the_headline_and_how_to_take_the_better_lines() -> None:
    assert headline(BEHIND).endswith("mm with all 64. That is worse beyond chance than spaced, with 1250 mm.")
    assert taking(BEHIND) == (
        "Lines of spaced: 0-31. To take them, RUN being the folder of this report: lidarsel select RUN/values.json "
        "--data /data/kitti_raw/2011_09_26 --settings RUN/settings.yaml --budget 32 --method spaced -o RUN/lines.yaml"
    )
    known = taking(BEHIND, "my runs/1")
    assert known is not None
    assert "take them: lidarsel select 'my runs/1/values.json' --data" in known
    own_row = msgspec.structs.replace(BEHIND.rows[2], method="own")
    own = msgspec.structs.replace(BEHIND, rows=[*BEHIND.rows[:2], own_row])
    assert taking(own) == "Lines of own: 0-31."
    swept = msgspec.structs.replace(BEHIND, command="lidarsel sweep /data/kitti_raw/2011_09_26 --budgets 32")
    assert taking(swept) == "Lines of spaced: 0-31."


def test_the_comparison_counts_and_names_the_methods() -> None:
    assert comparison(report()) == (
        "None of the 5 other methods compared at this budget had less RMSE; the next is spaced, with 1374 mm (3.0 % "
        "more; frame by frame +20.0 to +80.0 mm to the best)."
    )
    lower = comparison(report(chosen_method="random"))
    assert lower is not None
    assert lower.startswith("3 methods of the 5 others at this budget had less RMSE; the least is sas-region, with")
    assert comparison(report(rows=[row("all", 64, 1187.4), row("sas-region", 32, 1300.0)])) is None


def test_the_comparison_is_by_the_metric_that_decides() -> None:
    content = pair(BEST, to_best("tied", -0.4, 0.9), 1310.0, metric="irmse")
    assert "less iRMSE; the next is spaced, with 4.37 1/km (0.8 % more; frame by frame −0.40 to +0.90 1/km" in str(
        comparison(content)
    )


@pytest.mark.parametrize(("count", "said"), [(8, "All 8 methods"), (2, "Both methods")])
def test_methods_that_chose_the_same_lines_are_told_in_one_sentence(count: int, said: str) -> None:
    names = ["sas-region", *(f"method {number}" for number in range(count - 1))]
    alike: list[ReportRow] = [msgspec.structs.replace(row(name, 32, 1300.0), standing="best") for name in names]
    content = report(rows=[row("all", 64, 1187.4), *alike])
    assert comparison(content) == f"{said} compared at this budget chose the same lines."
    assert [marks(content, each) for each in alike] == [["chosen"], *[[]] * (count - 1)]


def test_methods_that_chose_the_same_lines_as_the_chosen_one_are_not_its_rivals() -> None:
    whole, chosen, other = TIED.rows
    twins = [msgspec.structs.replace(chosen, method=method) for method in ("shapley", "sas")]
    assert comparison(msgspec.structs.replace(TIED, rows=[whole, chosen, *twins, other])) == (
        "shapley, sas chose the same lines. The one other method compared at this budget did not have less RMSE; the "
        "next is spaced, with 1310 mm (0.8 % more; frame by frame −4.0 to +24.0 mm to the best, so it may be chance). "
        "The frames judged are too few, or too unlike, to tell any of the 4 methods from the best."
    )


def test_beside_no_error_at_all_nothing_is_a_share() -> None:
    none = msgspec.structs.replace(CHOSEN_BEST.rows[1], rmse_mm=0.0, mae_mm=0.0)
    rows = [CHOSEN_BEST.rows[0], none, CHOSEN_BEST.rows[2]]
    said = comparison(msgspec.structs.replace(CHOSEN_BEST, rows=rows))
    assert said is not None
    assert said.endswith("the next is spaced, with 1310 mm (frame by frame +3.0 to +17.0 mm to the best).")
