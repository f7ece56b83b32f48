"""An error that is a mean over frames: a selector may ask for it frame by frame, and so need not ask for all of it."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from lidarsel.shapley.base import Request

Function = Callable[[NDArray[np.bool_]], NDArray[np.float64]]
"""Bool (M, n) subsets -> float64 (M,), the error of each; less is better, and nothing is less than 0."""


@runtime_checkable
class FrameErrors(Protocol):
    """Errors of subsets, each the mean of its errors on frames; these are numbered as they follow each other."""

    @property
    def n_frames(self) -> int: ...

    def on_frames(self, requests: Iterable[Request]) -> Iterator[NDArray[np.float64]]:
        """Errors on single frames.

        Args:
            requests: a frame's number and bool (M, n) subsets each. A frame is dear to turn to, so that all that is
                wanted of it comes in one request.

        Returns:
            float64 (M,) >= 0 for each request, in their order.
        """
        ...


ErrorOf = Function | FrameErrors
"""How subsets are judged: by a function alone, which is asked for every subset whole, or frame by frame."""


class _OneFrame:
    """A function as errors on the one frame there is."""

    n_frames = 1

    def __init__(self, function: Function) -> None:
        self._function = function

    def on_frames(self, requests: Iterable[Request]) -> Iterator[NDArray[np.float64]]:
        return (self._function(subsets) for _, subsets in requests)


def by_frame(error: ErrorOf) -> FrameErrors:
    """The same errors, to be asked for frame by frame."""
    return error if isinstance(error, FrameErrors) else _OneFrame(error)


def spread_order(n_frames: int, seed: int) -> NDArray[np.int64]:
    """Int64 (n_frames,): all frames in an order of which the first 4, 8, 16, ... are spread evenly over them.

    Van der Corput's: numbers in the order of their binary digits read backwards; the seed shifts where it begins.
    """
    digits = max(1, (n_frames - 1).bit_length())
    backwards = [int(f"{number:0{digits}b}"[::-1], 2) for number in range(2**digits)]
    shift = int(np.random.default_rng([seed, 4]).integers(n_frames))
    return (np.array([number for number in backwards if number < n_frames], np.int64) + shift) % n_frames
