"""What a road passes under: bridges, sign gantries, underpasses."""

import numpy as np

from lidarsel.simulation.streets.furniture import barrier, metal
from lidarsel.simulation.streets.mesh import Material, Mesh, MeshBuilder, Surface
from lidarsel.simulation.streets.road import Road
from lidarsel.simulation.streets.vehicles import colour, vehicle

HEADROOM_M = (4.6, 6.5)
"""Over the carriageway: German roads give 4.5 m at least (RAA 2008, section 4.2.2)."""


def concrete(rng: np.random.Generator) -> Surface:
    """Grey, stained, without windows."""
    tone = float(rng.uniform(0.12, 0.6))
    return Surface(Material.FACADE, (tone, tone * 0.98, tone * 0.94), (3.0, 4.0, 0.0, float(rng.random())))


def bridge(rng: np.random.Generator, road: Road, s_m: float, median_m: float) -> Mesh:
    """A bridge over the road at ``s_m``: deck, parapets, supports beside the road (and in a median), some traffic."""
    build, skin = MeshBuilder(), concrete(rng)
    wide, thick = float(rng.uniform(5, 15)), float(rng.uniform(0.6, 2.0))
    soffit = float(rng.uniform(*HEADROOM_M)) + 0.3  # the road may rise under it
    edge, reach = road.half_width_m + max(road.pavement_m), float(rng.uniform(35, 75))
    build.box((0, 0), (soffit, soffit + thick), (wide, 2 * reach), skin)
    parapet = skin if rng.random() < 0.5 else metal(rng)
    for side in (-1, 1):
        build.box((side * (wide / 2 - 0.1), 0), (soffit + thick, soffit + thick + 1.0), (0.2, 2 * reach), parapet)
    setback = float(rng.uniform(0.4, 6))
    if rng.random() < 0.5:  # walls that carry the ends, the road in a cutting between them
        for side in (-1, 1):
            build.box((0, side * (edge + setback + 4)), (-3, soffit + 0.1), (wide + 2, 8), skin)
    radius = float(rng.uniform(0.35, 0.8))
    rows = [side * (edge + setback + radius + 14 * step) for side in (-1, 1) for step in range(4)]
    for y in [*rows, *([0.0] if median_m > 2 * radius else [])]:
        for x in np.linspace(-0.3, 0.3, int(rng.integers(1, 4))) * wide:
            build.tube((x, y, -4), (x, y, soffit), (radius, radius), skin, 12)
    for _ in range(int(rng.integers(0, 5))):
        at = (float(rng.uniform(-0.25, 0.25)) * wide, float(rng.uniform(-0.8, 0.8)) * reach, soffit + thick)
        build.add_mesh(vehicle(rng).placed(at, np.pi / 2 * rng.choice([-1, 1])))
    return build.mesh().placed(road.point_m(s_m, 0.0), float(road.heading_rad(s_m)) + float(rng.normal(0, 0.25)))


def gantry(rng: np.random.Generator, road: Road, s_m: float) -> Mesh:
    """Signs on a beam across the road, on two masts."""
    build, skin = MeshBuilder(), metal(rng)
    half, height = road.half_width_m + float(rng.uniform(0.4, 1.5)), float(rng.uniform(5.6, 7.5))
    for side in (-1, 1):
        build.tube((0, side * half, -1), (0, side * half, height), (0.18, 0.14), skin, 10)
    build.box((0, 0), (height - 0.5, height), (0.4, 2 * half), skin)
    for _ in range(int(rng.integers(1, 5))):
        face = Surface(Material.SIGN, colour(rng, 0.9), (float(rng.uniform(0.3, 1)), float(rng.random()), 0, 0))
        wide = float(rng.uniform(1, 4.5))
        build.box(
            (-0.25, float(rng.uniform(-1, 1)) * (half - wide / 2)), (height - 1.0, height + 1.2), (0.1, wide), face
        )
    return build.mesh().placed(road.point_m(s_m, 0.0), float(road.heading_rad(s_m)))


def underpass(rng: np.random.Generator, road: Road, s_m: tuple[float, float]) -> Mesh:
    """Walls on both sides of the road and a lid over it, from one place to another."""
    build, skin = MeshBuilder(), concrete(rng)
    s = np.arange(s_m[0], s_m[1] + 0.5, 1.0)
    height, thick = float(rng.uniform(*HEADROOM_M)), float(rng.uniform(0.8, 2.5))
    half = road.half_width_m + max(road.pavement_m) + 0.4
    for side in (-1.0, 1.0):
        wall = road.point_m(s, side * half)
        build.add_mesh(barrier(rng, wall, "wall", height + float(rng.uniform(0, 1.5)) * (side > 0)))
    middle = road.point_m(s, 0.0)[:, 2]
    corners = []
    for d, above in ((-half, height), (half, height), (half, height + thick), (-half, height + thick)):
        corner = road.point_m(s, d)
        corner[:, 2] = middle + above
        corners.append(corner)
    ring = np.stack([*corners, corners[0]], 1)
    across = np.array([0, 2 * half, 2 * half + thick, 4 * half + thick, 4 * half + 2 * thick])
    build.grid(ring, np.stack(np.broadcast_arrays(s[:, None], across[None]), -1), skin)
    for end in (0, -1):
        build.quad(ring[end, :4], skin)
    return build.mesh()
