"""Estimates of what is left, against what was: on recorded commands and made-up ones, by a clock that is no clock.

``tests/recorded_progress`` holds the moves of real commands with their seconds (its README says how they were made).
"""

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lidarsel.pace import JobPace, Pace, PlannedStep, SideBySidePace, clock, longest_load

RECORDS = sorted((Path(__file__).parent / "recorded_progress").glob("*.json"))
WITHIN = 1.5
"""How far an estimate at half time may be off, as a factor."""
JOB = "whole job"
Event = list[Any]


def replayed(events: list[Event]) -> Iterator[tuple[str, float, float, Callable[[float], float | None]]]:
    """Title, begin and end in seconds, and the estimate at a time, of the job and of each step in it.

    The estimate at a time knows the events before it alone: it is asked of a pace that is played up to there.
    """
    for place, (start_s, what, *told) in enumerate(events):
        if what in ("plan", "begin"):
            ends = [event[0] for event in events[place:] if event[1] == "end"]
            title, end_s = (JOB, ends[-1]) if what == "plan" else (told[0], ends[0])
            yield title, start_s, end_s, partial(_estimate, events, place)


def _estimate(events: list[Event], place: int, now_s: float) -> float | None:
    return played(events, place, now_s).left_s(now_s)


def played(events: list[Event], place: int, now_s: float) -> Pace:
    """The pace of what begins at that place, as it is at a time."""
    if events[place][1] == "plan":
        job = JobPace(events[place][0], [PlannedStep(*step) for step in events[place][2]])
        for at_s, what, *told in events[place + 1 :]:
            if at_s > now_s:
                break
            if what == "begin":
                job.begin(told[0])
            elif what == "share":
                job.move(at_s, told[0])
            elif what == "end":
                job.end(at_s)
        return job.pace
    pace = Pace(events[place][0])
    for at_s, what, *told in events[place + 1 :]:
        if at_s > now_s or what == "end":
            break
        if what == "move":
            pace.move(at_s, *told)
    return pace


def longest_under(seconds: float, start_s: int, end_s: int, estimate: Callable[[float], float | None]) -> int:
    """The most seconds in a row in which less than so many were said to be left."""
    longest = row = 0
    for now_s in range(start_s, end_s):
        left_s = estimate(now_s)
        row = row + 1 if left_s is not None and left_s < seconds else 0
        longest = max(longest, row)
    return longest


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem)
def test_at_half_time_what_is_said_to_be_left_is_left(record: Path) -> None:
    """Of the command: of the whole job where it is one of several steps, else of its longest step."""
    everything = list(replayed(json.loads(record.read_text())))
    jobs = [one for one in everything if one[0] == JOB]
    _, start_s, end_s, estimate = max(jobs or everything, key=lambda one: one[2] - one[1])
    half_s = (start_s + end_s) / 2
    left_s = estimate(half_s)
    assert left_s is not None
    assert (end_s - half_s) / WITHIN <= left_s <= (end_s - half_s) * WITHIN


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem)
def test_it_is_never_nearly_done_for_long(record: Path) -> None:
    for title, start_s, end_s, estimate in replayed(json.loads(record.read_text())):
        assert longest_under(10, int(start_s), int(end_s), estimate) <= 30, title


SHAPES = {
    "steady": lambda k: 1.0,
    "in blocks of 40 s": lambda k: 40.0 if k % 40 == 0 else 0.0,
    "a slow beginning": lambda k: 6.0 if k < 20 else 1.0,
    "from the store at first": lambda k: 0.01 if k < 200 else 1.0,
    "twice as slow later": lambda k: 1.0 if k < 150 else 2.0,
}


def moves(shape: str, n: int = 400) -> tuple[list[float], float]:
    times, now_s = [], 0.0
    for k in range(n):
        now_s += SHAPES[shape](k)
        times.append(now_s)
    return times, now_s


def pace_at(times: list[float], now_s: float) -> Pace:
    pace = Pace(0.0, len(times))
    for done, at_s in enumerate(times, 1):
        if at_s <= now_s:
            pace.move(at_s, done, len(times))
    return pace


@pytest.mark.parametrize("shape", SHAPES)
def test_the_pace_follows_the_work(shape: str) -> None:
    times, end_s = moves(shape)
    left_s = pace_at(times, end_s / 2).left_s(end_s / 2)
    assert left_s is not None
    factor = 2.1 if "later" in shape else WITHIN  # nobody can know that it will be slower
    assert end_s / 2 / factor <= left_s <= end_s / 2 * factor
    assert longest_under(10, 0, int(end_s), lambda now_s: pace_at(times, now_s).left_s(now_s)) <= 30


def test_what_stands_still_is_said_to_take_longer_and_longer() -> None:
    pace = Pace(0.0)
    for done in range(1, 8):
        pace.move(float(done), done, 8)
    said = [pace.left_s(now_s) or 0.0 for now_s in (9.0, 30.0, 120.0, 600.0)]
    assert said == sorted(said)
    assert said[-1] > 60


@pytest.mark.parametrize("late_s", [0.1, 0.6, 0.9, 5.0])
def test_no_end_is_told_while_the_last_move_is_overdue(late_s: float) -> None:
    pace = Pace(0.0)
    for done in range(1, 8):
        pace.move(float(done), done, 8)
    assert (pace.left_s(7.0 + 1.0 + late_s) or 0.0) >= late_s - 1e-9


def test_nothing_is_said_before_the_first_move_and_after_the_last() -> None:
    pace = Pace(0.0, 10)
    assert pace.left_s(5.0) is None
    pace.move(6.0, 10, 10)
    assert pace.left_s(7.0) is None


@given(st.lists(st.floats(0, 30), min_size=2, max_size=30), st.floats(0, 100))
def test_an_estimate_is_never_negative_nor_none_of_the_numbers(gaps: list[float], later_s: float) -> None:
    times = [sum(gaps[: k + 1]) for k in range(len(gaps))]
    now_s = times[-2] + later_s
    left_s = pace_at(times, times[-2]).left_s(now_s)
    assert left_s is None or 0 <= left_s < float("inf")


def test_a_step_that_needs_less_than_planned_does_not_make_the_rest_look_quick() -> None:
    job = JobPace(0.0, [PlannedStep("valuing", 1000), PlannedStep("selecting", 1000)])
    job.begin("valuing")
    job.move(10.0, 0.1)  # 100 evaluations in 10 s
    job.end(10.0)  # stopped early
    job.begin("selecting")
    job.move(20.0, 0.1)
    assert job.evaluations() == (200, 1100)
    assert job.pace.left_s(20.0) == pytest.approx(90)


def test_a_step_of_dearer_evaluations_is_known_to_take_longer() -> None:
    job = JobPace(0.0, [PlannedStep("valuing", 100), PlannedStep("selecting", 100, 3)])
    job.begin("valuing")
    job.move(20.0, 0.5)
    assert job.evaluations() == (50, 200)
    assert job.pace.left_s(20.0) == pytest.approx(20 + 3 * 40)


def test_what_else_a_step_does_takes_time_and_is_no_evaluation() -> None:
    job = JobPace(0.0, [PlannedStep("valuing", 100), PlannedStep("resampling", 0, other=300)])
    job.begin("valuing")
    job.move(10.0, 1.0)
    assert job.evaluations() == (100, 100)
    assert job.pace.left_s(10.0) == pytest.approx(30)
    job.end(10.0)
    job.begin("resampling")
    job.move(20.0, 0.5)
    assert job.pace.left_s(20.0) == pytest.approx(10)  # 150 in the latest 10 s


def test_what_a_step_does_once_all_is_counted_is_done_when_it_ends() -> None:
    job = JobPace(0.0, [PlannedStep("valuing", 100, after=50), PlannedStep("selecting", 100)])
    job.begin("valuing")
    job.move(10.0, 1.0)
    assert job.pace.left_s(10.0) == pytest.approx(15)
    job.end(15.0)
    assert job.evaluations() == (100, 200)
    assert job.pace.left_s(15.0) == pytest.approx(10)


def test_a_small_last_move_before_a_pause_is_not_taken_for_the_pace() -> None:
    """As where all is counted, and what follows takes longer than the window."""
    job = JobPace(0.0, [PlannedStep("valuing", 2400), PlannedStep("selecting", 1000)])
    job.begin("valuing")
    for tenth in range(1, 81):
        job.move(tenth / 10, min(tenth * 30.37 / 2400, 1.0))
    for pause_s in (1.0, 5.0, 20.0):
        left_s = job.pace.left_s(8.0 + pause_s)
        assert left_s is not None
        assert left_s <= max(1000 * (8.0 + pause_s) / 2400, pause_s) * 1.05


def test_a_step_that_is_not_planned_changes_nothing() -> None:
    job = JobPace(0.0, [PlannedStep("judging", 50)])
    job.begin("reading")
    job.move(3.0, 1.0)
    job.end(3.0)
    assert job.evaluations() == (0, 50)


Span = tuple[float, float, float]
"""When a task begins and ends in seconds, and the rate of its worker."""


def spans_of(work: dict[str, float], rates: Sequence[float]) -> dict[str, Span]:
    """Tasks, each of which takes the worker that is free first as many seconds as it is work over that one's rate."""
    free_s = [0.0] * len(rates)
    spans = {}
    for name, each in work.items():
        worker = free_s.index(min(free_s))
        spans[name] = (free_s[worker], free_s[worker] + each / rates[worker], rates[worker])
        free_s[worker] = spans[name][1]
    return spans


def left_at_half_time(work: dict[str, float], rates: Sequence[float]) -> tuple[float, float]:
    """What is told, looked at every second until then, and what is true."""
    spans = spans_of(work, rates)
    half_s = max(end for _, end, _ in spans.values()) / 2
    pace = SideBySidePace(0.0, work, len(rates))
    for second in range(1, int(half_s) + 1):
        begun = {name: span for name, span in spans.items() if span[0] < second}
        pace.move(second, {name: min(work[name], (second - start) * rate) for name, (start, _, rate) in begun.items()})
    left_s = pace.pace.left_s(half_s)
    assert left_s is not None
    return left_s, half_s


@pytest.mark.parametrize("workers", [1, 2, 3, 4, 8])
@pytest.mark.parametrize("work", [[100] * 3, [400, 200, 100, 100], [300, 290, 280, 50, 40, 30, 20, 10], [90]])
def test_side_by_side_what_is_left_is_the_time_to_the_last_end(work: list[float], workers: int) -> None:
    """By simulation: three alike take two workers as long as four do, though half time has two thirds of them done."""
    named = {str(number): float(each) for number, each in enumerate(work)}
    left_s, half_s = left_at_half_time(named, [1.0] * workers)
    assert left_s == pytest.approx(half_s, rel=0.05)


@pytest.mark.parametrize("rates", [(1.0, 1.4), (0.8, 1.2)])
def test_side_by_side_workers_that_are_not_alike_are_told_within_the_same_bounds(rates: tuple[float, float]) -> None:
    left_s, half_s = left_at_half_time({str(number): 100.0 for number in range(6)}, rates)
    assert half_s / WITHIN <= left_s <= half_s * WITHIN


def test_side_by_side_what_is_done_again_takes_its_time_again() -> None:
    """A worker dies: its task goes on from a checkpoint."""
    pace = SideBySidePace(0.0, {"a": 100.0, "b": 100.0}, 2)
    for second in range(1, 61):
        pace.move(second, {"a": second, "b": second})
    pace.move(60.0, {"a": 60.0, "b": 20.0})
    assert pace.pace.left_s(60.0) == pytest.approx(80.0)
    for second in range(61, 81):
        pace.move(second, {"a": second, "b": second - 40.0})
    assert pace.pace.left_s(80.0) == pytest.approx(60.0)


def test_side_by_side_a_task_given_up_is_no_work_that_was_done() -> None:
    pace = SideBySidePace(0.0, {"a": 100.0, "b": 100.0, "c": 100.0}, 2)
    for second in range(1, 31):
        pace.move(second, {"a": second, "b": second})
    pace.move(30.0, {"a": 30.0, "b": 30.0}, ["b"])
    assert pace.pace.left_s(30.0) == pytest.approx(100.0), "c begins now, where b was"


@given(st.lists(st.floats(0.1, 100), min_size=1, max_size=12), st.integers(1, 5))
def test_no_schedule_beats_what_the_busiest_worker_does(work: list[float], workers: int) -> None:
    """Graham's bounds of list scheduling."""
    least = max(max(work), sum(work) / workers)
    assert least - 1e-9 <= longest_load(work, workers) <= (2 - 1 / workers) * least + 1e-9


@pytest.mark.parametrize(("seconds", "shown"), [(0, "0:00"), (7.4, "0:07"), (760, "12:40"), (3723, "1:02:03")])
def test_clock(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown
