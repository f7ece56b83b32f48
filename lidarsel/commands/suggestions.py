"""What the shell offers for an option on pressing Tab. Names are looked up only then, so that --help stays light."""

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any


def offering(names: Callable[[], Iterable[str]]) -> Callable[[str], list[str]]:
    """Names that begin like the last of a,b,c, with what stands before it."""

    def offer(incomplete: str) -> list[str]:
        before, comma, last = incomplete.rpartition(",")
        return [f"{before}{comma}{name}" for name in names() if name.startswith(last)]

    return offer


def offering_of(place: str) -> Callable[[str], list[str]]:
    """The same for names that stand in a module, or that a function in it gives: ``module:NAME``."""
    module, _, name = place.partition(":")

    def names() -> Iterable[str]:
        found: Any = getattr(import_module(module), name)
        given: Iterable[str] = found() if callable(found) else found
        return given

    return offering(names)
