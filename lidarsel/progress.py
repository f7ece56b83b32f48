"""Progress on stderr: a bar, a count and a time to go for every step that takes longer than a moment."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

Advance = Callable[[int, int], None]
"""``advance(done, total)``: what long steps call."""


@contextmanager
def step(title: str, total: int | None = None) -> Iterator[Advance]:
    """A named step. The time to go is the mean pace of the last half minute, shown once there is one."""
    columns = (
        TextColumn("[bold]{task.description:<28}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("to go"),
        TimeRemainingColumn(elapsed_when_finished=False),
    )
    with Progress(*columns, console=Console(stderr=True), speed_estimate_period=30) as progress:
        task = progress.add_task(title, total=total)
        yield lambda done, whole: progress.update(task, completed=done, total=whole)
