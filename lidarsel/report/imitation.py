"""Sentences on products that a log's lines imitate: what stands for them, and what the log cannot tell."""

import numpy as np
from numpy.typing import NDArray

from lidarsel.cautions import Caution
from lidarsel.listing import line_ranges
from lidarsel.report.words import count
from lidarsel.sensors.imitation import Imitation
from lidarsel.sensors.product import Product

IMITATED = Caution(
    "products",
    "Products are imitated by lines of this log: their elevations alone are the product's. Range, azimuth step, noise "
    "and place of mounting are those of the log's lidar (docs/sensors.md).",
)
APPARENT = (
    "Products are imitated by elevations that are apparent, as seen from the scans' origin, and off by a degree and "
    "more: other lines may be the product's (docs/sensor.md says how to get true ones)."
)
SPACED = Caution(
    "products",
    "spaced: at each product's number of lines, those that are best on the judged frames themselves, of evenly spaced "
    "ones that reach the image; so they look better here than they are.",
)


def imitated_by(product: Product, found: Imitation, tolerance_deg: float, points_per_line: NDArray[np.float64]) -> str:
    """Which lines stand for a product, how many of them reach the image, and what share the log cannot tell."""
    reaching = int((points_per_line[found.lines] > 0).sum())
    outside, finer = int(found.outside.sum()), int(found.finer.sum())
    why = [f"{outside} above or below the log's lines"] if outside else []
    why += [f"{finer} within them, with none within {tolerance_deg:g} degrees left"] if finer else []
    told = f"this log cannot tell {100 * found.untold:.0f} % of it ({', '.join(why)})" if why else "none is missing"
    off, lines = found.off_deg[~np.isnan(found.off_deg)], line_ranges(found.lines)
    return (
        f"{product.model}: {len(off)} of its {count(product.lines, 'line')} are imitated by {lines}, off by "
        f"{off.mean():.2f} degrees in the mean and {off.max():.2f} at most; {reaching} of them reach the image; {told}."
    )
