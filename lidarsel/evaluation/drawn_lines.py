"""Lines that frames are given where not the lines play but the network: as many as it will be used with.

A frame's sets are drawn once, by a seed and the frame's name alone: every process draws the same, whichever other
frames it has, and the first sets are the same however many are asked for.
"""

import hashlib
from typing import Literal

import numpy as np
from numpy.typing import NDArray

LineBudget = int | Literal["all"]
"""How many lines a frame is given."""


def budget_of(frame_id: str, number: int, budgets: tuple[LineBudget, ...], seed: int) -> LineBudget:
    """How many lines a frame's set of a number has: the budgets in an order by chance, each once before any again."""
    order = _generator(frame_id, seed).permutation(len(budgets))
    return budgets[int(order[number % len(budgets)])]


def draw_lines(
    frame_id: str, number: int, budget: LineBudget, active: NDArray[np.bool_], seed: int
) -> NDArray[np.bool_]:
    """A frame's set of lines: of those that reach the image every set of that size is as likely.

    Args:
        frame_id: the frame's name.
        number: of the set, 0 for the frame's first.
        budget: how many lines; all that reach the image where these are no more.
        active: bool (n_lines,), which lines reach the image.
        seed: of the drawing.

    Returns:
        Bool (n_lines,), the lines that are kept.
    """
    reaching = np.flatnonzero(active)
    count = len(reaching) if budget == "all" else min(budget, len(reaching))
    kept = np.zeros(len(active), np.bool_)
    kept[_generator(frame_id, seed, number).choice(reaching, count, replace=False)] = True
    return kept


def _generator(*of: object) -> np.random.Generator:
    return np.random.default_rng(int.from_bytes(hashlib.sha256(repr(of).encode()).digest(), "big"))
