"""Who hears how far a job is: within ``heard_by`` a caller's function, in place of the bars on stderr."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class StepProgress:
    """How far a step of a job is.

    Attributes:
        step: its name, such as "valuing lines".
        done, total: how much of it is done, in its own unit; total is None while it is not known.
        note: what else there is to say, such as the selector at work; else empty.
    """

    step: str
    done: int
    total: int | None
    note: str = ""


Listener = Callable[[StepProgress], object]
"""Called in the thread that does the job, often. What it raises ends the job, which can be stopped by it; evaluations
that were done by then are in the store."""

_HEARD_BY: ContextVar[Listener | None] = ContextVar("heard_by", default=None)


@contextmanager
def heard_by(listener: Listener | None) -> Iterator[None]:
    """Within the block steps are told to the listener, or with None to nobody, and nothing of them is printed."""
    before = _HEARD_BY.set(listener or _nobody)
    try:
        yield
    finally:
        _HEARD_BY.reset(before)


def listener() -> Listener | None:
    """Who hears steps now; None where they are to be shown on stderr."""
    return _HEARD_BY.get()


def _nobody(_: StepProgress) -> None:
    pass
