"""Where the names of curves stand beside their ends: as near as they can without running into each other."""

from collections.abc import Sequence

LABEL_GAP = 0.056
"""Between names, as a share of the axis: a line of text in both painters."""


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places within low..high, in the order of the wanted and at least ``gap`` apart, of least squared distance.

    With w_i sorted, w_i - i gap has to rise: isotonic regression by pooling adjacent violators (Ayer et al. 1955).
    Where so many do not fit, they stand closer.
    """
    order = sorted(range(len(wanted)), key=lambda place: wanted[place])
    if len(order) > 1:
        gap = min(gap, (high - low) / (len(order) - 1))
    pools: list[tuple[float, int]] = []  # mean, size
    for rank, place in enumerate(order):
        mean, size = wanted[place] - rank * gap, 1
        while pools and pools[-1][0] > mean:
            before, more = pools.pop()
            mean, size = (before * more + mean * size) / (more + size), more + size
        pools.append((mean, size))
    risen = [mean for mean, size in pools for _ in range(size)]
    found = [0.0] * len(wanted)
    for rank, (place, start) in enumerate(zip(order, risen, strict=True)):
        found[place] = min(max(start, low), high - (len(order) - 1) * gap) + rank * gap
    return found
