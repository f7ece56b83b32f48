"""What is known of the errors of sets, frame by frame, for the time of one selection."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from lidarsel.errors import LidarselError
from lidarsel.selection.frame_effects import mean_errors
from lidarsel.selection.frame_errors import ErrorOf, by_frame, spread_order

Doubles = NDArray[np.float64]
Frames = Sequence[int] | NDArray[np.int64]


class ErrorMemory:
    """Sets by frames: each set is asked for once on a frame. Null players are left out before it is asked.

    Attributes:
        order: int64 (n_frames,), the frames in the order in which sets are asked on ever more of them, so that any two
            sets are known on the same ones (``spread_order``).
        n_frames: of the error; a function of subsets alone is on one frame.
        count: how many evaluations, of a set on a frame, were asked for.
    """

    def __init__(self, error: ErrorOf, active: NDArray[np.bool_], seed: int = 0) -> None:
        self._error = by_frame(error)
        self.n_frames = self._error.n_frames
        self.order = spread_order(self.n_frames, seed)
        self.count = 0
        self._active = active
        self._row: dict[bytes, int] = {}
        self._errors = np.empty((0, self.n_frames))

    def __len__(self) -> int:
        """How many sets something is known of."""
        return len(self._row)

    def knows(self, players: Iterable[int]) -> bool:
        """Whether something is known of a set of players."""
        (mask,) = as_masks([players], len(self._active))
        return (mask & self._active).tobytes() in self._row

    def ask(self, masks: NDArray[np.bool_], frames: Frames) -> None:
        """Have every subset of bool (M, n) evaluated on every one of some frames."""
        self.ask_each([(masks, frames)])

    def ask_each(self, wanted: Iterable[tuple[NDArray[np.bool_], Frames]]) -> None:
        """The same for several subsets with frames of their own: each frame is turned to once.

        Raises LidarselError where an error is not finite or negative.
        """
        of_frame: dict[int, dict[int, NDArray[np.bool_]]] = {}
        for masks, frames in wanted:
            effective = np.asarray(masks, bool) & self._active
            rows = self._rows(effective)
            for frame in map(int, frames):
                unknown = np.isnan(self._errors[rows, frame])
                of_frame.setdefault(frame, {}).update(zip(rows[unknown].tolist(), effective[unknown], strict=True))
        missing = {frame: sets for frame, sets in sorted(of_frame.items()) if sets}
        requests = ((frame, np.array(list(sets.values()))) for frame, sets in missing.items())
        for (frame, sets), found in zip(missing.items(), self._error.on_frames(requests), strict=True):
            errors = np.asarray(found, float)
            if errors.shape != (len(sets),) or not np.isfinite(errors).all() or (errors < 0).any():
                raise LidarselError(f"evaluating {len(sets)} sets did not give that many finite errors >= 0")
            self._errors[list(sets), frame] = errors
            self.count += len(sets)

    def on(self, masks: NDArray[np.bool_], frames: Frames) -> Doubles:
        """Bool (M, n) -> float64 (M, len(frames)): the errors on some frames, asked for where they are not known."""
        self.ask(masks, frames)
        rows = self._rows(np.asarray(masks, bool) & self._active)
        found: Doubles = self._errors[np.ix_(rows, np.asarray(frames, int))]
        return found

    def __call__(self, masks: NDArray[np.bool_]) -> Doubles:
        """Bool (M, n) -> float64 (M,): the means over all frames."""
        means: Doubles = self.on(masks, range(self.n_frames)).mean(1)
        return means

    def means_as_known(self, masks: NDArray[np.bool_]) -> Doubles:
        """Bool (M, n) of which something is known -> float64 (M,): their means by what is known (``frame_effects``)."""
        means: Doubles = mean_errors(self._errors[: len(self)])[self._rows(masks & self._active)]
        return means

    def everything(self) -> tuple[NDArray[np.bool_], Doubles]:
        """All that is known, in the order in which sets came up: bool (M, n) subsets, float64 (M, n_frames) errors, NaN
        where a set was not asked for on a frame."""
        masks = np.frombuffer(b"".join(self._row), bool).reshape(len(self._row), len(self._active))
        return masks, self._errors[: len(self._row)]

    def _rows(self, effective: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Int64 (M,): the row of each subset, new ones included."""
        rows = [self._row.setdefault(mask.tobytes(), len(self._row)) for mask in effective]
        if len(self._row) > len(self._errors):
            more = max(len(self._row), 2 * len(self._errors)) - len(self._errors)
            self._errors = np.vstack([self._errors, np.full((more, self.n_frames), np.nan)])
        return np.array(rows, np.int64)


def as_masks(sets: Iterable[Iterable[int]], n_players: int) -> NDArray[np.bool_]:
    """Bool (M, n_players): true where a player is in the set."""
    rows = [list(players) for players in sets]
    masks = np.zeros((len(rows), n_players), bool)
    for mask, players in zip(masks, rows, strict=True):
        mask[players] = True
    return masks
