"""Which frames are pictured, with which sets of lines: the worst and the best with every method, few passes in all."""

import numpy as np
import pytest
from numpy.typing import NDArray

from lidarsel.report.page.frame_browser import MOST_FRAMES
from lidarsel.report_rows import ReportRow
from lidarsel.workflow.judging import Choice, Judgement
from lidarsel.workflow.picturing import planned_pictures
from tests.support.report_samples import N_LINES, row

METHODS = ("interval", "spaced", "random")
WHOLE: tuple[int, ...] = tuple(range(N_LINES))


def judgement(errors: NDArray[np.float64], rows: list[ReportRow], chosen: ReportRow) -> Judgement:
    """errors: of the chosen row, by frame; the others' are twice that."""
    table = np.repeat(2 * errors[:, None], len(rows), axis=1)
    table[:, rows.index(chosen)] = errors
    frames = [f"{number:010}" for number in range(len(errors))]
    return Judgement(
        rows=rows,
        metric="rmse",
        chosen=Choice(chosen.method, tuple(chosen.lines)),
        frames=frames,
        frame_digests=frames,
        chosen_on_frames=[],
        intervals_between="stretches",
        constant_rmse_mm=1.0,
        points_per_line=np.ones(N_LINES),
        frame_errors=table,
    )


def rows_of(methods: tuple[str, ...], budgets: tuple[int, ...]) -> list[ReportRow]:
    """Every method with lines of its own at each budget."""
    found = [row("all", N_LINES, 1000.0)]
    for budget in budgets:
        for shift, method in enumerate(methods):
            lines = sorted((7 * step + shift) % N_LINES for step in range(budget))
            one = row(method, budget, 1000.0)
            found.append(ReportRow(**{name: getattr(one, name) for name in one.__struct_fields__} | {"lines": lines}))
    return [*found, row("none", 0, 9000.0)]


def test_the_worst_and_the_best_frame_have_every_set_and_the_others_those_of_the_answer() -> None:
    rows = rows_of(METHODS, (16, 8))
    errors = np.array([5.0, 3, 4, 9, 4, 4, 4, 4, 1, 4, 4, 4])
    plan = planned_pictures(judgement(errors, rows, rows[1]))
    assert len(plan) == MOST_FRAMES
    assert [one.place for one in plan] == sorted(one.place for one in plan)
    assert {one.called: one.place for one in plan if one.called} == {"worst": 3, "best": 8}
    every = {tuple(one.lines) for one in rows}
    answer = {WHOLE, (), tuple(rows[1].lines), tuple(rows[4].lines)}
    for one in plan:
        assert set(one.sets) == (every if one.called else answer)
        assert len(set(one.sets)) == len(one.sets), "a set that several methods chose is completed once"
        assert one.sets[0] == tuple(rows[1].lines)
    assert sum(len(one.sets) for one in plan) == 2 * len(every) + 4 * len(answer)


def test_many_methods_and_budgets_cost_no_more_passes() -> None:
    rows = rows_of(tuple(f"method {number}" for number in range(9)), tuple(range(2, 40, 2)))
    plan = planned_pictures(judgement(np.arange(6.0), rows, rows[1]))
    full = [one for one in plan if one.called]
    assert [len(one.sets) for one in full] == [64, 64]
    own = {tuple(one.lines) for one in rows if one.method == "method 0"}
    assert own | {WHOLE, ()} <= set(full[0].sets), "whatever the number, the chosen method is pictured"


@pytest.mark.parametrize("errors", [[4.0], [np.nan, 4.0], [np.nan, np.nan]])
def test_few_frames_or_frames_that_tell_nothing_have_no_worst(errors: list[float]) -> None:
    rows = rows_of(METHODS, (8,))
    plan = planned_pictures(judgement(np.array(errors), rows, rows[1]))
    assert len(plan) == len(errors)
    assert not any(one.called for one in plan)
    assert max(len(one.sets) for one in plan) == len({tuple(one.lines) for one in rows}), "on one frame every set"
