"""What the shell offers for an option on pressing Tab. Names are looked up only then, so that --help stays light."""

from collections.abc import Callable, Iterable
from importlib import import_module


def offering(names: Callable[[], Iterable[str]]) -> Callable[[str], list[str]]:
    """Names that begin like the last of a,b,c, with what stands before it."""

    def offer(incomplete: str) -> list[str]:
        before, comma, last = incomplete.rpartition(",")
        return [f"{before}{comma}{name}" for name in names() if name.startswith(last)]

    return offer


def offering_of(place: str) -> Callable[[str], list[str]]:
    """The same for names that stand in a module: ``module:NAME``."""
    module, _, name = place.partition(":")
    return offering(lambda: getattr(import_module(module), name))
