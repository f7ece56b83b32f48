"""Keeps the ego vehicle's way free of what random placing put on it."""

import numpy as np

from lidarsel.simulation.streets.mesh import Mesh
from lidarsel.simulation.streets.road import Road

HALF_WIDTH_M, HEADROOM_M = 1.4, 2.7


def keep_clear(pieces: list[Mesh], road: Road, lane_d_m: float) -> list[Mesh]:
    """The pieces that leave the lane free, from a little before its start to a little after its end.

    A piece is judged by its corners and the middles of its triangles; what hangs higher than a vehicle may stay.
    """
    s = np.arange(-8.0, road.length_m + 9, 0.7)
    way = road.point_m(s, lane_d_m)
    return [piece for piece in pieces if not _blocks(piece, way)]


def _blocks(piece: Mesh, way: np.ndarray) -> bool:
    low, high = piece.vertex_m.min(0), piece.vertex_m.max(0)
    outside = np.maximum(np.maximum(low - way, way - high), 0)
    near = way[np.hypot(outside[:, 0], outside[:, 1]) < HALF_WIDTH_M]
    if len(near) == 0:
        return False
    spots = np.concatenate([piece.vertex_m, piece.vertex_m[piece.triangle].mean(1)])
    spots = spots[(spots[:, 2] < near[:, 2].max() + HEADROOM_M)]
    apart = np.linalg.norm(spots[:, None, :2] - near[None, :, :2], axis=2)
    return bool((apart < HALF_WIDTH_M).any())
