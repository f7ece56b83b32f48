"""A row's figures of the error that decided: those of RMSE where that is it, and in proportion for another unit."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lidarsel.confidence import independent_groups
from lidarsel.report_rows import ReportRow
from lidarsel.workflow.judging import Choice, row_of
from lidarsel.workflow.standings import with_deciding_errors

DRIVES = ["a"] * 3 + ["b"] * 4 + ["c"] * 2
RIVALS = [None, None, 1, None]
"""The third row stands beside the second, the chosen one."""


def judged(rmse_mm: np.ndarray) -> list[ReportRow]:
    """Rows of all lines, 4 by two methods, and none. rmse_mm: (frames, 4)."""
    groups = independent_groups(DRIVES[: len(rmse_mm)])
    figures = np.repeat(rmse_mm[:, :, None], 4, axis=2)
    lines = [tuple(range(8)), (0, 1, 2, 3), (1, 3, 5, 7), ()]
    methods = ["all", "interval", "spaced", "none"]
    rivals = [None if rival is None else rmse_mm[:, rival] for rival in RIVALS]
    return [
        row_of(Choice(method, kept), figures[:, place], float(rmse_mm[:, 0].mean()), groups, rival)
        for place, (method, kept, rival) in enumerate(zip(methods, lines, rivals, strict=True))
    ]


def of_deciding(row: ReportRow) -> list[float | None]:
    ends = [row.error_low, row.error_high, row.error_ratio_to_all, row.error_degrees_of_freedom]
    return [*ends, row.to_chosen_low, row.to_chosen_high]


def of_rmse(row: ReportRow) -> list[float | None]:
    ends = [row.rmse_low_mm, row.rmse_high_mm, row.ratio_to_all, row.degrees_of_freedom]
    return [*ends, row.to_chosen_low_mm, row.to_chosen_high_mm]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 999), frames=st.integers(2, len(DRIVES)), unit=st.sampled_from([1.0, 0.25, 4.0]))
def test_the_deciding_error_has_the_figures_that_rmse_has(seed: int, frames: int, unit: float) -> None:
    rmse_mm = np.exp(np.random.default_rng(seed).normal(7, 0.5, (frames, 4)))
    rows, groups = judged(rmse_mm), independent_groups(DRIVES[:frames])
    for row in with_deciding_errors(rows, unit * rmse_mm, groups, RIVALS):
        low, high, ratio, freedom, less, more = of_rmse(row)
        scaled = [None if end is None else unit * end for end in (low, high)]
        paired = [None if end is None else unit * end for end in (less, more)]
        assert of_deciding(row) == pytest.approx([*scaled, ratio, freedom, *paired])


def test_one_frame_has_no_interval_and_no_error_of_all_lines_no_ratio() -> None:
    rmse_mm = np.array([[0.0, 20.0, 30.0, 90.0]])
    for row in with_deciding_errors(judged(rmse_mm), rmse_mm, independent_groups(["a"]), RIVALS):
        assert of_deciding(row) == [None] * 6


def test_a_row_is_refused_whose_interval_is_the_wrong_way_round() -> None:
    row = judged(np.full((3, 4), 100.0))[1]
    for low, high in (("error_low", "error_high"), ("to_chosen_low", "to_chosen_high")):
        with pytest.raises(ValueError, match=f"{low}, {high}"):
            msgspec.structs.replace(row, **{low: 3.0, high: 2.0})
    with pytest.raises(ValueError, match="no error may be negative"):
        msgspec.structs.replace(row, error_low=-1.0, error_high=1.0)
