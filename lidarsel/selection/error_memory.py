"""Evaluations remembered for the time of one selection."""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from lidarsel.errors import LidarselError


class ErrorMemory:
    """An error function that is asked for every subset once. Null players are left out before it is asked."""

    def __init__(self, error: Callable[[NDArray[np.bool_]], NDArray[np.float64]], active: NDArray[np.bool_]) -> None:
        self._error = error
        self._active = active
        self._known: dict[bytes, float] = {}
        self.count = 0
        """How many subsets the error function was asked for."""

    def __call__(self, masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Bool (M, n) -> float64 (M,), the error of each; what is not known is asked for in one call.

        Raises LidarselError where an error is not finite or negative.
        """
        effective = np.asarray(masks, bool) & self._active
        keys = [row.tobytes() for row in effective]
        new = {key: row for row, key in enumerate(keys) if key not in self._known}
        if new:
            errors = np.asarray(self._error(effective[list(new.values())]), float)
            if errors.shape != (len(new),) or not np.isfinite(errors).all() or (errors < 0).any():
                raise LidarselError(f"evaluating {len(new)} sets did not give that many finite errors >= 0")
            self._known.update(zip(new, errors.tolist(), strict=True))
            self.count += len(new)
        return np.array([self._known[key] for key in keys])

    def __len__(self) -> int:
        """How many errors are known."""
        return len(self._known)

    def knows(self, mask: NDArray[np.bool_]) -> bool:
        """Whether the error of a subset, bool (n,), is known."""
        return (mask & self._active).tobytes() in self._known

    def learn(self, masks: NDArray[np.bool_], errors: NDArray[np.float64]) -> None:
        """Take errors known beforehand, float64 (M,) of bool (M, n); they are not counted."""
        self._known.update(
            zip((row.tobytes() for row in masks & self._active), np.asarray(errors, float).tolist(), strict=True)
        )

    def everything(self) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """All that is known, in the order it was learnt: bool (M, n) subsets, float64 (M,) errors."""
        masks = np.frombuffer(b"".join(self._known), bool).reshape(len(self._known), len(self._active))
        return masks, np.array(list(self._known.values()))


def as_masks(sets: Iterable[Iterable[int]], n_players: int) -> NDArray[np.bool_]:
    """Bool (M, n_players): true where a player is in the set."""
    rows = [list(players) for players in sets]
    masks = np.zeros((len(rows), n_players), bool)
    for mask, players in zip(masks, rows, strict=True):
        mask[players] = True
    return masks
