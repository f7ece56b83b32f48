"""Progress on stderr: a bar, a count and a time to go for every step that takes longer than a moment.

A caller that listens (``lidarsel.listening``) is told the same, and nothing is shown.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from lidarsel.listening import Listener, StepProgress, listener

Advance = Callable[[int, int], None]
"""``advance(done, total)``: what long steps call."""


NotedAdvance = Callable[[int, int, str], None]
"""``advance(done, total, note)``: the same with something to say beside the bar."""


class _SpeedColumn(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{task.speed:.2f} it/s")


@contextmanager
def step(title: str, total: int | None = None) -> Iterator[Advance]:
    """A named step. The time to go is the mean pace of the last half minute, shown once there is one."""
    told = listener()
    if told is not None:
        advance = _telling(told, title, total)
        yield lambda done, whole: advance(done, whole, "")
        return
    with _bar("[bold]{task.description:<28}", 30) as progress:
        task = progress.add_task(title, total=total)
        yield lambda done, whole: progress.update(task, completed=done, total=whole)


@contextmanager
def noted_step(title: str) -> Iterator[NotedAdvance]:
    """A named step that shows its speed and a note of a dozen letters, such as the loss, within 80 columns."""
    told = listener()
    if told is not None:
        yield _telling(told, title, None)
        return
    with _bar("[bold]{task.description}", 10, _SpeedColumn(), TextColumn("{task.fields[note]}")) as progress:
        task = progress.add_task(title, total=None, note="")
        yield lambda done, whole, note: progress.update(task, completed=done, total=whole, note=note)


def _telling(told: Listener, title: str, total: int | None) -> NotedAdvance:
    """Tell that the step begins, and how to tell of it from then on."""
    told(StepProgress(title, 0, total))

    def advance(done: int, whole: int, note: str) -> None:
        told(StepProgress(title, done, whole, note))

    return advance


def _bar(title: str, width: int, *more: ProgressColumn) -> Progress:
    columns = (
        TextColumn(title),
        BarColumn(bar_width=width),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("to go"),
        TimeRemainingColumn(elapsed_when_finished=False),
    )
    console = Console(stderr=True)
    # elsewhere only the end is shown, which needs no thread that draws
    return Progress(*columns, *more, console=console, speed_estimate_period=30, auto_refresh=console.is_terminal)
