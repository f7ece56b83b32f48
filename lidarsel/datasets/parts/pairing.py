"""Which scan and which image are of one moment, where only their stamps tell."""

from collections.abc import Sequence

import numpy as np

PAIR_WITHIN_MS = 50  # half a revolution of a lidar at 10 Hz: beyond it another scan is nearer, or one is lost


def pair(scans: Sequence[int], images: Sequence[int]) -> dict[int, int]:
    """Stamps in ns, ascending -> index of the image by index of the scan: those that are each other's nearest, at most
    50 ms apart."""
    if not scans or not images:
        return {}
    apart = 1_000_000 * PAIR_WITHIN_MS
    image_of, scan_of = _nearest(scans, images), _nearest(images, scans)
    return {s: i for s, i in enumerate(image_of) if scan_of[i] == s and abs(images[i] - scans[s]) <= apart}


def _nearest(of: Sequence[int], among: Sequence[int]) -> list[int]:
    """Of two as near, the earlier."""
    at, there = np.array(of, np.int64), np.array(among, np.int64)
    after = np.clip(np.searchsorted(there, at), 0, len(there) - 1)
    before = np.maximum(after - 1, 0)
    return [int(i) for i in np.where(np.abs(there[before] - at) <= np.abs(there[after] - at), before, after)]
