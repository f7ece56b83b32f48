"""Progress on stderr, of every step and of the whole job: done, elapsed and left, each by its name.

In a terminal these are bars that move; elsewhere a line every half minute, and one at the end of a step. A caller that
listens (``lidarsel.listening``) is told of the steps, and nothing is shown.
"""

import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from contextvars import ContextVar

from rich.console import Console
from rich.progress import Progress, ProgressColumn, Task, TextColumn
from rich.progress_bar import ProgressBar
from rich.text import Text

from lidarsel.listening import Listener, StepProgress, listener
from lidarsel.pace import JobPace, Pace, PlannedStep, SideBySidePace, clock

Advance = Callable[[int, int], None]
"""``advance(done, total)``: what long steps call."""

NotedAdvance = Callable[[int, int, str], None]
"""``advance(done, total, note)``: the same with something to say beside the bar."""

TasksAdvance = Callable[[Mapping[str, float], Collection[str], tuple[int, int], str], None]
"""``advance(work, given_up, (done, total), note)``: how much work is done of each task that was given out, which
of them will not be done, and what is counted of all."""

SILENT_S = 30.0
"""The longest that nothing is said where there is no terminal."""

_JOB: ContextVar[JobPace | None] = ContextVar("lidarsel_job", default=None)


@contextmanager
def planned(steps: Sequence[PlannedStep], counted: str = "evaluations in all") -> Iterator[None]:
    """The steps of a job that take long, so that what is left in all can be shown, and what is counted of them."""
    token = _JOB.set(JobPace(time.monotonic(), steps, counted))
    try:
        yield
    finally:
        _JOB.reset(token)


@contextmanager
def step(title: str, total: int | None = None) -> Iterator[Advance]:
    """A named step."""
    with noted_step(title, total) as advance:
        yield lambda done, whole: advance(done, whole, "")


@contextmanager
def noted_step(title: str, total: int | None = None) -> Iterator[NotedAdvance]:
    """A named step with a note of at most 18 letters, such as the loss, within 80 columns."""
    told = listener()
    if told is not None:
        yield _telling(told, title, total)
        return
    job, own = _JOB.get(), Pace(time.monotonic(), total)
    if job is not None:
        job.begin(title)
    shown = _Bars(title, own, job) if Console(stderr=True).is_terminal else _LogLines(title, own, job)

    def advance(done: int, whole: int, note: str) -> None:
        now_s = time.monotonic()
        own.move(now_s, done, whole)
        if job is not None:
            job.move(now_s, done / whole if whole else 1.0)
        shown.note = note

    try:
        with shown:
            yield advance
    finally:
        if job is not None:
            job.end(time.monotonic())


@contextmanager
def tasks_step(title: str, work: Mapping[str, float], workers: int) -> Iterator[TasksAdvance]:
    """A named step of tasks that workers do side by side.

    Args:
        title: the step's name.
        work: of each task by its name, in the order in which they are given out; only the ratios count.
        workers: how many.
    """
    told = listener()
    if told is not None:
        tell = _telling(told, title, None)
        yield lambda _work, _given_up, counted, note: tell(*counted, note)
        return
    tasks = SideBySidePace(time.monotonic(), work, workers)
    shown = (_Bars if Console(stderr=True).is_terminal else _LogLines)(title, tasks.pace, None)

    def advance(done: Mapping[str, float], given_up: Collection[str], counted: tuple[int, int], note: str) -> None:
        tasks.move(time.monotonic(), done, given_up)
        shown.note, shown.counted = note, counted

    with shown:
        yield advance


def _telling(told: Listener, title: str, total: int | None) -> NotedAdvance:
    """Tell that the step begins, and how to tell of it from then on."""
    told(StepProgress(title, 0, total))

    def advance(done: int, whole: int, note: str) -> None:
        told(StepProgress(title, done, whole, note))

    return advance


@contextmanager
def waiting(title: str) -> Iterator[None]:
    """Something that takes some seconds and cannot be counted, told in a terminal while it lasts."""
    console = Console(stderr=True)
    with console.status(title) if console.is_terminal else nullcontext():
        yield


class _Bars:
    """A bar for the step, and below it one for the job, which goes as the step ends."""

    def __init__(self, title: str, own: Pace, job: JobPace | None) -> None:
        self.note = ""
        self.counted: tuple[float, float] | None = None
        columns = (TextColumn("[bold]{task.description:<18}"), _Bar(), _Counts())
        console = Console(stderr=True)
        self._progress = Progress(*columns, console=console)
        self._progress.add_task(title, total=None, pace=own, told=self)
        whole = None if job is None else self._progress.add_task(job.counted, total=None, pace=job.pace, told=job)
        self._whole = whole

    def __enter__(self) -> None:
        self._progress.start()

    def __exit__(self, *_: object) -> None:
        if self._whole is not None:
            self._progress.remove_task(self._whole)
        self._progress.stop()


class _Bar(ProgressColumn):
    def render(self, task: Task) -> ProgressBar:
        """As far as its pace says; one that nobody knows the end of moves to and fro."""
        pace: Pace = task.fields["pace"]
        unknown = pace.total is None
        return ProgressBar(pace.total, pace.done, width=8, pulse=unknown, animation_time=task.get_time())


class _Counts(ProgressColumn):
    def render(self, task: Task) -> Text:
        """Done of how many, elapsed, left, and the note of a step."""
        pace, told = task.fields["pace"], task.fields["told"]
        now_s = time.monotonic()
        said = _of_job(told, now_s) if isinstance(told, JobPace) else counts(pace, now_s, told.note, told.counted)
        return Text(said, no_wrap=True)


class _LogLines:
    """Lines for a log: one at the end, and one whenever nothing was said for half a minute."""

    def __init__(self, title: str, own: Pace, job: JobPace | None) -> None:
        self.note = ""
        self.counted: tuple[float, float] | None = None
        self._title, self._own, self._job = title, own, job
        self._ended = threading.Event()
        self._speaker = threading.Thread(target=self._speak, daemon=True)

    def __enter__(self) -> None:
        with suppress(RuntimeError):  # no thread can be had: then only the end is told
            self._speaker.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._speaker.ident is not None:
            self._speaker.join()
        self._say()

    def _speak(self) -> None:
        while not self._ended.wait(SILENT_S):
            self._say()

    def _say(self) -> None:
        now_s = time.monotonic()
        job = self._job
        whole = "" if job is None or not job.pace.done else f"; {job.counted}: {_of_job(job, now_s)}"
        with suppress(OSError):
            sys.stderr.write(f"{self._title}: {counts(self._own, now_s, self.note, self.counted)}{whole}\n")


def counts(pace: Pace, now_s: float, note: str = "", done_of: tuple[float, float] | None = None) -> str:
    """ "1200/2400 elapsed 0:14 left 0:15 note". done_of: what is counted, where it is not what the pace goes by."""
    done, total = (pace.done, pace.total) if done_of is None else done_of
    left_s = pace.left_s(now_s)
    parts = [
        f"{done:.0f}/{'?' if total is None else f'{total:.0f}'}",
        f"elapsed {clock(pace.elapsed_s(now_s))}",
        *([] if left_s is None else [f"left {clock(left_s)}"]),
        note,
    ]
    return " ".join(part for part in parts if part)


def _of_job(job: JobPace, now_s: float) -> str:
    return counts(job.pace, now_s, done_of=job.evaluations())
