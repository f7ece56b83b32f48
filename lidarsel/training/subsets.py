"""Which lines a training sample keeps."""

import numpy as np
from numpy.typing import NDArray


def draw_lines(rng: np.random.Generator, n_lines: int) -> NDArray[np.bool_]:
    """bool (n_lines,): the kept lines of one training sample, drawn as the game will draw them and a little wider.

    One in twelve keeps none (the image alone) and one in twelve keeps all. Of the others half have a size that is
    uniform over 0..n, as in a random permutation's prefixes, and half a size uniform on a log scale, because errors
    are largest and samples rarest where lines are few. Three in four are random subsets, one in four evenly spaced.
    """
    kind = rng.random()
    if kind < 1 / 12:
        return np.zeros(n_lines, np.bool_)
    if kind < 2 / 12:
        return np.ones(n_lines, np.bool_)
    if rng.random() < 0.5:
        size = int(rng.integers(0, n_lines + 1))
    else:
        size = round(float(np.exp(rng.uniform(0, np.log(n_lines)))))
    kept = np.zeros(n_lines, np.bool_)
    if size > 0 and rng.random() < 0.25:
        step = n_lines / size
        kept[np.floor(rng.uniform(0, step) + step * np.arange(size)).astype(np.int64)] = True
    else:
        kept[rng.choice(n_lines, size, replace=False)] = True
    return kept
