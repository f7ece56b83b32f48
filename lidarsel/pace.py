"""How long work still takes, by when it moved: for one step, for a job of several steps planned beforehand, and for
tasks that workers do side by side.

Times are seconds of any clock, which whoever asks hands in.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heapify, heapreplace

_LEAST_WINDOW_S = 10.0
_OVERDUE = 2.0
"""A move that takes this many times as long as those before it says that the work has become slower."""
_WARM_MOVES = 3
_TOGETHER_S = 0.05
"""Moves closer than this are one: of many thousands not each is kept."""


class Pace:
    """The pace of one piece of work: that of the second half of the time it took so far, so that it follows changes.

    Args:
        now_s: when it begins.
        total: how much there is to do, None where nobody knows yet.
    """

    def __init__(self, now_s: float, total: float | None = None) -> None:
        self.total = total
        self._times, self._done = [now_s], [0.0]

    @property
    def done(self) -> float:
        """How much is done."""
        return self._done[-1]

    def elapsed_s(self, now_s: float) -> float:
        """Since it began."""
        return now_s - self._times[0]

    def move(self, now_s: float, done: float, total: float | None) -> None:
        """So much of the total is done now."""
        self.total = total
        if len(self._times) > 1 and now_s - self._times[-2] < _TOGETHER_S:
            self._times[-1], self._done[-1] = now_s, done
        elif done != self.done:
            self._times.append(now_s)
            self._done.append(done)

    def left_s(self, now_s: float) -> float | None:
        """How long the rest takes at that pace; None before the first move, and where no more is left to count.

        A move that is overdue is thought to take as long again as it is overdue: nobody is told that no time is left
        while there is work.
        """
        if self.total is None or self.done <= 0 or self.done >= self.total:
            return None
        last_s = self._times[-1]
        # The window ends at the last move: one small move before a long pause would tell nothing of the work.
        window_s = max(_LEAST_WINDOW_S, self.elapsed_s(last_s) / 2)
        warmed_up = 1 if len(self._times) > _WARM_MOVES else 0  # the first move is often the slowest
        begin = max(warmed_up, min(bisect_right(self._times, last_s - window_s), len(self._times) - 1) - 1)
        moves = len(self._times) - 1 - begin
        gap_s = (last_s - self._times[begin]) / moves
        end_s = now_s if now_s - last_s > _OVERDUE * gap_s else last_s
        rest_s = (self.total - self.done) * (end_s - self._times[begin]) / (self.done - self._done[begin])
        overdue_s = now_s - last_s - gap_s
        return max(0.0, rest_s - (now_s - end_s), overdue_s)


@dataclass(frozen=True)
class PlannedStep:
    """A step of a job: how many evaluations, of one set of lines on one frame, it is thought to take.

    cost: the time that one of them takes, to that of another step's; only the ratios count. other: what else the step
    does, in the same unit. after: what it does uncounted once all is counted, done when the step ends.
    """

    title: str
    evaluations: float
    cost: float = 1.0
    other: float = 0.0
    after: float = 0.0


class JobPace:
    """The pace of a job whose steps are planned.

    What a step turns out to need less than planned is taken from the whole as it becomes known, so that a step
    answered by the store does not make the rest look quick.

    Args:
        now_s: when it begins.
        planned: its steps, in their order; others may come between them.
        counted: what is counted, in all.
    """

    def __init__(self, now_s: float, planned: Sequence[PlannedStep], counted: str = "evaluations in all") -> None:
        self.counted = counted
        self._to_come = list(planned)
        self._ended: list[PlannedStep] = []
        self._step, self._share = PlannedStep("", 0.0), 0.0
        self.pace = Pace(now_s)
        """In units of cost."""

    def evaluations(self) -> tuple[float, float]:
        """How many are done, and how many there are to do in all."""
        return self._sums(1, 0)

    def begin(self, title: str) -> None:
        """A step begins; one that is not planned takes no evaluations."""
        place = next((place for place, step in enumerate(self._to_come) if step.title == title), None)
        self._step, self._share = PlannedStep("", 0.0) if place is None else self._to_come.pop(place), 0.0

    def move(self, now_s: float, share: float) -> None:
        """So great a share of the step is done."""
        self._share = min(share, 1.0)
        self.pace.move(now_s, *self._sums(0, 1))

    def end(self, now_s: float) -> None:
        """The step has ended, with whatever it had done by then."""
        done = {name: getattr(self._step, name) * self._share for name in ("evaluations", "other")}
        self._ended.append(replace(self._step, **done))
        self._step, self._share = PlannedStep("", 0.0), 0.0
        self.pace.move(now_s, *self._sums(0, 1))

    def _sums(self, plain: float, by_cost: float) -> tuple[float, float]:
        def counted(step: PlannedStep) -> float:
            return step.evaluations * (plain + by_cost * step.cost) + by_cost * step.other

        def sum_of(steps: Sequence[PlannedStep]) -> float:
            return sum(counted(step) + by_cost * step.after for step in steps)

        ended = sum_of(self._ended)
        return ended + counted(self._step) * self._share, ended + sum_of([self._step, *self._to_come])


class SideBySidePace:
    """The pace of tasks that workers do side by side, each of them one worker.

    What is left is the time to the end of the last one, at the pace of one worker: three alike take two workers as long
    as four do.

    Args:
        now_s: when they begin.
        work: of each task by its name, in the order in which they are given out; only the ratios count.
        workers: how many.
    """

    def __init__(self, now_s: float, work: Mapping[str, float], workers: int) -> None:
        self._work, self._workers = dict(work), workers
        self._done: dict[str, float] = {}
        self.pace = Pace(now_s)
        """In units of work of one worker."""

    def move(self, now_s: float, done: Mapping[str, float], given_up: Collection[str] = ()) -> None:
        """So much work is done of each task that was given out; of those given up no more will be. What is done again
        counts as work, for it takes time."""
        known = self._done
        at_work = [name for name in done if known.get(name, 0.0) < self._work[name]]
        gained = sum(max(0.0, done[name] - known.get(name, 0.0)) for name in at_work)
        self._done = dict(done)
        self._work.update({name: done[name] for name in given_up})
        under_way = [self._work[name] - done[name] for name in done if done[name] < self._work[name]]
        waiting = [work for name, work in self._work.items() if name not in done]
        by_one = self.pace.done + gained / max(1, min(len(at_work), self._workers))
        self.pace.move(now_s, by_one, by_one + longest_load([*under_way, *waiting], self._workers))


def longest_load(work: Iterable[float], workers: int) -> float:
    """What the busiest worker does where each task, in this order, goes to the one who is free first."""
    loads = [0.0] * workers
    heapify(loads)
    for each in work:
        heapreplace(loads, loads[0] + each)
    return max(loads)


def clock(seconds: float) -> str:
    """ "0:07", "12:40", "1:02:03"."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
