"""Frames drawn again, in blocks of neighbours or as whole drives: what other frames like these would have been."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lidarsel.confidence import STRETCHES

Doubles = NDArray[np.float64]


def drive_weights(drives: Sequence[str]) -> Doubles:
    """Float64 (F,), summing to 1: every drive counts the same, and of a drive every frame."""
    _, number, count = np.unique(drives, return_inverse=True, return_counts=True)
    weights: Doubles = 1 / (len(count) * count[number])
    return weights


def weights_of_drives(drives: Sequence[str]) -> Doubles | None:
    """``drive_weights``, or None where they are those of the plain mean over frames."""
    weights = drive_weights(drives)
    return None if (weights == weights[0]).all() else weights


def resampled_weights(drives: Sequence[str], count: int, seed: int) -> Doubles:
    """The weight of every frame in so many means over frames drawn again.

    With several drives whole ones are drawn, as many as there are: only they are independent, and each counts the same.
    Of one drive, blocks of a fourth of it are drawn from any frame on, around its end to its beginning (the circular
    block bootstrap: Politis and Romano 1992), so that frames that resemble each other stay together.

    Args:
        drives: of each frame, in order of time.
        count: how many resamples.
        seed: of the draws.

    Returns:
        float64 (count, F), each row summing to 1.
    """
    rng, n_frames = np.random.default_rng([seed, 7]), len(drives)
    names, number = np.unique(drives, return_inverse=True)
    if len(names) > 1:
        drawn = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=count)
        return drawn[:, number] * drive_weights(drives)
    length = -(-n_frames // STRETCHES)
    starts = rng.integers(0, n_frames, size=(count, -(-n_frames // length)))
    frames = (starts[:, :, None] + np.arange(length)) % n_frames
    weights = np.zeros((count, n_frames))
    for weight, some in zip(weights, frames.reshape(count, -1)[:, :n_frames], strict=True):
        np.add.at(weight, some, 1 / n_frames)
    return weights
