"""What fails a check and what does not, on reports whose every figure is known."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lidarsel.checking.comparable import differences
from lidarsel.checking.compare import Comparison, compare, jaccard
from lidarsel.checking.limits import Limits, parse_share
from lidarsel.contracts import ReportFile
from lidarsel.errors import UsageError
from lidarsel.report_rows import ReportRow
from tests.support.report_samples import report, row

LIMITS = Limits(0.02, 1.0)
ERRORS = ("rmse_mm", "mae_mm", "irmse_per_km", "imae_per_km")


def changed(method: str, budget: int, **changes: object) -> ReportFile:
    """The sample with one row changed."""
    return with_rows(
        [
            msgspec.structs.replace(old, **changes) if (old.method, old.budget) == (method, budget) else old
            for old in report().rows
        ]
    )


def with_rows(rows: list[ReportRow]) -> ReportFile:
    return msgspec.structs.replace(report(), rows=rows)


def against_sample(now: ReportFile, limits: Limits = LIMITS) -> Comparison:
    return compare(now, report(), limits)


def test_a_report_passes_against_itself() -> None:
    found = against_sample(report())
    assert found.passed
    assert found.failures() == []
    assert {row.verdict for row in found.rows} == {"ok"}
    assert len(found.rows) == len(report().rows)


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize(("method", "budget"), [("all", 64), ("sas-region", 32), ("random", 8), ("none", 0)])
def test_each_error_of_each_row_counts(error: str, method: str, budget: int) -> None:
    was = getattr(next(r for r in report().rows if (r.method, r.budget) == (method, budget)), error)
    assert against_sample(changed(method, budget, **{error: was * 1.02})).passed
    found = against_sample(changed(method, budget, **{error: was * 1.021}))
    assert not found.passed
    assert len(found.failures()) == 1
    assert [row.verdict for row in found.rows if row.verdict != "ok"] == ["FAILED"]
    name = {"rmse_mm": "RMSE", "mae_mm": "MAE", "irmse_per_km": "iRMSE", "imae_per_km": "iMAE"}[error]
    assert f": {name} " in found.failures()[0]


def test_a_failure_says_how_much() -> None:
    found = against_sample(changed("sas-region", 32, rmse_mm=1400.0))
    # 1187.4 * (46 / 32) ** 0.32 = 1333.62 mm; 1400 / 1333.62 = 1.0498, worked out by hand
    assert found.failures() == ["32 lines by sas-region: RMSE 1334 -> 1400 mm (+4.98 %), at most 2 % allowed"]


@given(factor=st.floats(0.1, 10), allowed=st.floats(0, 5))
def test_all_errors_scaled(factor: float, allowed: float) -> None:
    rows = [
        msgspec.structs.replace(old, **{error: getattr(old, error) * factor for error in ERRORS})
        for old in report().rows
    ]
    if abs(factor - 1 - allowed) > 1e-6:
        assert against_sample(with_rows(rows), Limits(allowed, 1.0)).passed == (factor <= 1 + allowed)


def test_improvements_are_shown_and_never_fail() -> None:
    found = against_sample(changed("random", 8, rmse_mm=100.0))
    assert found.passed
    assert [(row.method, row.budget) for row in found.rows if row.verdict == "better"] == [("random", 8)]


def test_an_error_that_was_0_may_not_rise() -> None:
    before = changed("all", 64, rmse_mm=0.0)
    assert compare(before, before, LIMITS).passed
    found = compare(report(), before, LIMITS)
    assert found.failures() == ["all lines: RMSE 0.0 -> 1187 mm, at most 2 % allowed"]


@pytest.mark.parametrize("key", [("spaced", 16), ("all", 64)])
def test_a_missing_row_fails(key: tuple[str, int]) -> None:
    found = against_sample(with_rows([old for old in report().rows if (old.method, old.budget) != key]))
    assert [(row.method, row.budget) for row in found.rows if row.verdict == "MISSING"] == [key]
    assert len(found.failures()) == 1
    assert "in the baseline, not in the report" in found.failures()[0]


def test_a_new_row_is_shown_and_does_not_fail() -> None:
    found = against_sample(with_rows([*report().rows, row("interval", 32, 9000.0)]))
    assert found.passed
    assert [row.name for row in found.rows if row.verdict == "new"] == ["32 lines by interval"]


def test_two_rows_of_one_method_and_budget_are_compared_in_order() -> None:
    twice = [*report().rows, row("spaced", 8, 5000.0)]
    before = with_rows(twice)
    assert compare(before, before, LIMITS).passed
    assert not compare(with_rows([*report().rows, row("spaced", 8, 6000.0)]), before, LIMITS).passed
    assert not compare(report(), before, LIMITS).passed


def test_fewer_frames_fail_and_more_are_a_note() -> None:
    sample = report()
    fewer = msgspec.structs.replace(sample, frames=sample.frames[2:], frame_digests=sample.frame_digests[2:])
    found = against_sample(fewer)
    assert found.failures() == [
        "frames: 2 of the baseline's 12 frames not judged any more, first drive_0001/image_02/0000000012"
    ]
    frames, digests = [*sample.frames, "drive_0002/image_02/0000000000"], [*sample.frame_digests, "d" * 32]
    larger = msgspec.structs.replace(sample, frames=frames, frame_digests=digests)
    more = against_sample(larger)
    assert differences(larger, sample) == differences(fewer, sample) == []
    assert more.passed
    assert more.notes == ["1 frame more than in the baseline: the means are not over the same frames"]


def test_a_row_judged_on_fewer_frames_fails() -> None:
    assert against_sample(changed("spaced", 8, n_frames=11)).failures() == [
        "8 lines by spaced: judged on 11 frames, the baseline on 12"
    ]


def moved(lines: list[int]) -> list[int]:
    """One line swapped for another that was not chosen."""
    return sorted([*lines[1:], next(line for line in range(64) if line not in lines)])


@pytest.mark.parametrize(
    ("method", "min_jaccard", "passes"),
    [
        ("sas-region", 1.0, False),
        ("sas-region", 31 / 33 + 1e-9, False),
        ("sas-region", 31 / 33, True),
        ("sas-region", 0.0, True),
        ("spaced", 1.0, True),
    ],
)
def test_lines_of_the_chosen_method_must_stay(method: str, min_jaccard: float, passes: bool) -> None:
    lines = moved(next(r for r in report().rows if (r.method, r.budget) == (method, 32)).lines)
    found = against_sample(changed(method, 32, lines=lines), Limits(0.02, min_jaccard))
    assert found.passed == passes
    compared = next(row for row in found.rows if (row.method, row.budget) == (method, 32))
    assert compared.jaccard == pytest.approx(31 / 33)
    if not passes:
        assert "keeps 31 of the 32 lines" in found.failures()[0]


def test_another_choice_is_compared_by_its_lines() -> None:
    rows = report().rows
    same = next(r for r in rows if (r.method, r.budget) == ("sas-region", 32))
    renamed = [msgspec.structs.replace(r, lines=same.lines) if r.budget == 32 else r for r in rows]
    assert against_sample(report(rows=renamed, chosen_method="densest")).passed
    fewer = against_sample(msgspec.structs.replace(report(), chosen_budget=16))
    a, b = (next(r.lines for r in rows if (r.method, r.budget) == ("sas-region", k)) for k in (16, 32))
    alike = len([line for line in a if line in b]) / len(dict.fromkeys([*a, *b]))
    assert fewer.failures() == [
        f"chosen: 16 lines by sas-region instead of 32 lines by sas-region, Jaccard {alike:.2f}, at least 1 asked"
    ]
    assert fewer.chosen == fewer.failures()


@given(a=st.sets(st.integers(0, 63)), b=st.sets(st.integers(0, 63)))
def test_jaccard_by_counting(a: set[int], b: set[int]) -> None:
    both = sum(line in a and line in b for line in range(64))
    either = sum(line in a or line in b for line in range(64))
    assert jaccard(sorted(a), sorted(b)) == (both / either if either else 1.0)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"frame_digests": [*report().frame_digests[:11], "b1" * 16]},
            "other data in 1 frame of 12, first drive_0001/image_02/0000000023",
        ),
        ({"frame_digests": []}, "the report (lidarsel 0.1.0) does not say what its frames contained"),
        (
            {"frames": [f"other/{i}" for i in range(12)], "data": "/data/other"},
            "data /data/other instead of /data/kitti_raw/2011_09_26: no frame is in both",
        ),
        ({"metric": "mae"}, "metric mae instead of rmse"),
        ({"ground_truth": "scan"}, "ground truth scan instead of official"),
        ({"same_frames": True}, "judged on the frames chosen on instead of on held-out frames"),
        ({"n_lines": 1, "elevation_deg": [0.0]}, "number of lines 1 instead of 64"),
    ],
)
def test_other_questions_cannot_be_compared(changes: dict[str, object], said: str) -> None:
    assert differences(msgspec.structs.replace(report(), **changes), report()) == [said]
    assert differences(report(), report()) == []


def test_other_weights_and_seeds_are_compared_and_named() -> None:
    found = against_sample(msgspec.structs.replace(report(), network_sha256="ab" * 32, seed=8))
    assert found.passed
    assert found.notes == ["weights abababababab instead of 3f3f3f3f3f3f", "seed 8 instead of 7"]


@pytest.mark.parametrize(
    ("text", "share"), [("2%", 0.02), ("2 %", 0.02), ("0.02", 0.02), ("0", 0.0), ("0.5%", 0.005), ("150%", 1.5)]
)
def test_shares(text: str, share: float) -> None:
    assert parse_share("--max-regression", text) == pytest.approx(share)


@pytest.mark.parametrize(
    "text", ["2", "1", "-1%", "nan", "inf%", "", "%", "1e-2", "2%%", "2 percent", "0,02", "٢%", ".5"]
)
def test_what_is_no_share(text: str) -> None:
    with pytest.raises(UsageError, match="--max-regression"):
        parse_share("--max-regression", text)


@pytest.mark.parametrize("number", [-0.1, 1.01, float("nan")])
def test_what_is_no_jaccard(number: float) -> None:
    with pytest.raises(UsageError, match="--min-jaccard"):
        Limits(0.02, number)
