"""What adding one line does to the error of one frame: random additions, and how often and how much they hurt."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SIZE_BINS = ((0, 0), (1, 3), (4, 7), (8, 15), (16, 31), (32, 10_000))
NOISE = 0.01  # a rise of less than 1 % of the frame's error is called noise

ErrorsOf = Callable[[NDArray[np.bool_]], NDArray[np.float64]]
"""Bool (M, n_lines) -> float (M,), the frame's error with those lines."""


@dataclass(frozen=True)
class Additions:
    """Single additions of a line, of any number of frames. size: int (A,), lines before the addition;
    before_mm, after_mm: float (A,), the frame's error before and after it."""

    size: NDArray[np.int64]
    before_mm: NDArray[np.float64]
    after_mm: NDArray[np.float64]


def chain(rng: np.random.Generator, present: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """bool (n_present + 1, n_lines): the prefixes of a random order of the present lines, from none to all.

    Each is a random coalition of its size, and the line that the next one adds is random among the others.
    """
    order = rng.permutation(np.flatnonzero(present))
    kept = np.zeros((len(order) + 1, len(present)), np.bool_)
    for i, line in enumerate(order):
        kept[i + 1 :, line] = True
    return kept


def add_lines(errors_of: ErrorsOf, chains: list[NDArray[np.bool_]]) -> Additions:
    """Every step of every chain of one frame."""
    parts = [(kept.sum(1), errors_of(kept)) for kept in chains]
    return Additions(
        size=np.concatenate([size[:-1] for size, _ in parts]),
        before_mm=np.concatenate([error[:-1] for _, error in parts]),
        after_mm=np.concatenate([error[1:] for _, error in parts]),
    )


def together(parts: list[Additions]) -> Additions:
    return Additions(
        size=np.concatenate([part.size for part in parts]),
        before_mm=np.concatenate([part.before_mm for part in parts]),
        after_mm=np.concatenate([part.after_mm for part in parts]),
    )


def harm(additions: Additions, smallest: int = 0, largest: int = 10_000) -> dict[str, float]:
    """Of the additions to coalitions of ``smallest`` to ``largest`` lines: how many there are (additions), the shares
    that raise the error (raise) and that raise it by more than NOISE (raise_noticeably), the median and 95th
    percentile of those rises in % of the error before (median_rise, p95_rise; 0 where nothing rises), and the share
    that rises make of all change, in mm (upward): 0 where no line ever hurts, a half where as much is lost as won."""
    chosen = (additions.size >= smallest) & (additions.size <= largest)
    before, change = additions.before_mm[chosen], (additions.after_mm - additions.before_mm)[chosen]
    if not len(change):
        return {"additions": 0}
    rise = 100 * (change / before)[change > 0]
    return {
        "additions": len(change),
        "raise": float((change > 0).mean()),
        "raise_noticeably": float((change > NOISE * before).mean()),
        "median_rise": float(np.median(rise)) if len(rise) else 0.0,
        "p95_rise": float(np.percentile(rise, 95)) if len(rise) else 0.0,
        "upward": float(change[change > 0].sum() / max(np.abs(change).sum(), 1e-9)),
    }
