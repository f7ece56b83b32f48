"""Which of what a user's own network returns is the depth."""

from collections.abc import Iterator, Mapping, Sequence

from torch import Tensor

from lidarsel.completion.spreading import SPREAD
from lidarsel.listing import listed

OPTION = "--network-output"
_MOST_SHOWN = 8


class NoOneOutputError(Exception):
    """It cannot be said which is the depth. Attributes: settled: whether no other size of frame would change that."""

    def __init__(self, problem: str, settled: bool) -> None:
        super().__init__(problem)
        self.settled = settled


def depth_of(returned: object, shape: tuple[int, ...], named: str | None) -> tuple[str, object]:
    """The depth, and where in what was returned it stands: names and numbers with dots between; "" for all of it.

    Args:
        returned: a tensor; or dictionaries, lists and tuples of tensors, one in another.
        shape: (B, 1, H, W) of the frame.
        named: where it stands, if that was said; without, it is the one tensor of that shape.

    Raises:
        NoOneOutputError: nothing stands there, or none or several have the shape.
    """
    every = dict(_tensors(returned))
    if named is not None:
        return named, _at(returned, named, every)
    if not isinstance(returned, Mapping | list | tuple):
        return "", returned
    fitting = [place for place, tensor in every.items() if tuple(tensor.shape) == shape and not _is_spread(place)]
    if len(fitting) == 1:
        return fitting[0], every[fitting[0]]
    if fitting:
        several = ", ".join(fitting[:_MOST_SHOWN])
        raise NoOneOutputError(
            f"returned {len(fitting)} tensors of the frame's size, {several}; say which is the depth by {OPTION}", True
        )
    raise NoOneOutputError(f"returned {_shapes(every) or 'no tensor'}, none of them {shape}", False)


def spread_of(returned: object) -> Tensor | None:
    """The one tensor called ``spread_m`` of what was returned; None where there is none, or several."""
    found = [tensor for place, tensor in _tensors(returned) if _is_spread(place)]
    return found[0] if len(found) == 1 else None


def _is_spread(place: str) -> bool:
    return place.rpartition(".")[2] == SPREAD


def _tensors(returned: object, place: str = "") -> Iterator[tuple[str, Tensor]]:
    """Every tensor, by where it stands."""
    if isinstance(returned, Tensor):
        yield place, returned
    inner = returned.items() if isinstance(returned, Mapping) else ()
    for name, part in enumerate(returned) if isinstance(returned, list | tuple) else inner:
        yield from _tensors(part, f"{place}.{name}" if place else str(name))


def _at(returned: object, place: str, every: Mapping[str, Tensor]) -> object:
    if place in every:
        return every[place]
    here = returned
    for name in place.split("."):
        if isinstance(here, Sequence) and name.lstrip("-").isdigit() and -len(here) <= int(name) < len(here):
            here = here[int(name)]
        elif isinstance(here, Mapping) and name in here:
            here = here[name]
        else:
            there = _shapes(every) or type(returned).__name__
            raise NoOneOutputError(f"returned nothing called {place!r}, but {there}; correct {OPTION}", True)
    return here


def _shapes(every: Mapping[str, Tensor]) -> str:
    shown = [f"{place} {tuple(tensor.shape)}".lstrip() for place, tensor in every.items()]
    return listed(shown, _MOST_SHOWN)
