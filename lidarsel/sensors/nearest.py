"""Which products have lines like chosen ones, by elevations alone: no word of errors, which a log tells."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.sensors.product import Product


@dataclass(frozen=True)
class Likeness:
    """How far a product's lines are from chosen ones, all in degrees of elevation.

    model, maker, lines: of the product; table: how its elevations are known. within: how many of its lines are within
    the chosen range, that from the topmost to the lowest chosen line.
    missing_deg: mean over the chosen lines of the distance to the product's nearest line; worst_deg: the largest.
    extra_deg: mean over the product's lines within the chosen range of the distance to the nearest chosen line; 0
    where there are none. Lines beyond the range take nothing away, and do not count.
    difference_deg: the mean of missing_deg and extra_deg, by which products are ranked; 0 only where both have the
    same lines within the chosen range.
    covered: share, 0..1, of the chosen range that the product's holds.
    """

    model: str
    maker: str
    lines: int
    table: str
    within: int
    difference_deg: float
    missing_deg: float
    worst_deg: float
    extra_deg: float
    covered: float


def nearest(chosen_deg: Sequence[float], products: Sequence[Product]) -> list[Likeness]:
    """All products, the most alike first; of those equally alike, the one with fewest lines.

    chosen_deg: elevations of at least one chosen line, in any order.
    """
    found = [_likeness(np.sort(chosen_deg), product) for product in products]
    return sorted(found, key=lambda each: (each.difference_deg, each.lines, each.model))


def _likeness(chosen_deg: NDArray[np.float64], product: Product) -> Likeness:
    """chosen_deg: (k,), ascending."""
    table_deg = np.sort(product.elevation.deg)
    within_deg = table_deg[(table_deg >= chosen_deg[0]) & (table_deg <= chosen_deg[-1])]
    missing_deg, extra_deg = _to_nearest(chosen_deg, table_deg), _to_nearest(within_deg, chosen_deg)
    missing, extra = float(missing_deg.mean()), float(extra_deg.mean()) if len(within_deg) else 0.0
    return Likeness(
        model=product.model,
        maker=product.maker,
        lines=product.lines,
        table=product.elevation.by,
        within=len(within_deg),
        difference_deg=(missing + extra) / 2,
        missing_deg=missing,
        worst_deg=float(missing_deg.max()),
        extra_deg=extra,
        covered=_covered(chosen_deg, table_deg),
    )


def _to_nearest(of: NDArray[np.float64], to: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,), (m,) ascending -> (n,), the distance of each to the nearest of the others."""
    after = np.searchsorted(to, of)
    above, below = to[np.minimum(after, len(to) - 1)], to[np.maximum(after - 1, 0)]
    distance: NDArray[np.float64] = np.minimum(np.abs(of - above), np.abs(of - below))
    return distance


def _covered(chosen_deg: NDArray[np.float64], table_deg: NDArray[np.float64]) -> float:
    """The share of the chosen range within the product's; of a single line, whether it is within."""
    low, high = max(chosen_deg[0], table_deg[0]), min(chosen_deg[-1], table_deg[-1])
    if chosen_deg[0] == chosen_deg[-1]:
        return float(low <= high)
    return float(max(high - low, 0.0) / (chosen_deg[-1] - chosen_deg[0]))
