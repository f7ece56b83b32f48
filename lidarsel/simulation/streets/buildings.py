"""Houses, sheds and walls; x along the street, y away from it, front at y = 0, standing on z = 0."""

import numpy as np

from lidarsel.simulation.streets.mesh import Material, Mesh, MeshBuilder, Surface
from lidarsel.simulation.streets.vehicles import GLASS, colour, paint


def facade_surface(rng: np.random.Generator, windows: bool = True) -> Surface:
    """param = (storey height in m, bay width in m, share of a bay that is window, salt)."""
    tone = rng.uniform(0.15, 0.75)
    warm = rng.uniform(0.0, 0.3)
    tint = (float(tone), float(tone * (1 - warm * 0.5)), float(tone * (1 - warm)))
    share = float(rng.uniform(0.25, 0.75)) if windows else 0.0
    return Surface(
        Material.FACADE, tint, (float(rng.uniform(2.4, 4.2)), float(rng.uniform(1.4, 5)), share, float(rng.random()))
    )


def house(rng: np.random.Generator, width: float, height: float, depth: float) -> Mesh:
    """A building with a flat, hipped or gabled roof, and things that stand out of its front."""
    build = MeshBuilder()
    front = facade_surface(rng)
    back = Surface(front.material, front.tint, (*front.param[:2], front.param[2] * 0.7, front.param[3]))
    tone = rng.uniform(0.05, 0.3)
    roof = Surface(Material.ROOF, (float(tone * rng.uniform(1, 2)), float(tone), float(tone * 0.9)), (0.3, 0, 0, 0))
    x0, x1, sink = -width / 2, width / 2, -2.5
    corners = [(x0, 0.0), (x1, 0.0), (x1, depth), (x0, depth)]
    for i, surface in enumerate((front, back, back, back)):
        (ax, ay), (bx, by) = corners[i], corners[(i + 1) % 4]
        _wall(build, (ax, ay), (bx, by), sink, height, surface)
    pitch = rng.uniform(0.3, 1.0)
    shape = rng.choice(["flat", "gable", "cross", "hip"])
    over = rng.uniform(0.1, 0.6)
    if shape == "flat":
        build.box((0, depth / 2), (height, height + rng.uniform(0.1, 0.6)), (width + over, depth + over), roof)
    elif shape == "hip":
        build.prism(
            (0, depth / 2),
            (height, height + pitch * min(width, depth) / 2),
            (width + over, depth + over),
            (max(width - depth, 0.2), max(depth - width, 0.2)),
            roof,
        )
    elif shape == "gable":  # the ridge runs along the street
        ridge = height + pitch * depth / 2
        build.quad([(x0, -over, height), (x1, -over, height), (x1, depth / 2, ridge), (x0, depth / 2, ridge)], roof)
        eave = depth + over
        build.quad([(x1, eave, height), (x0, eave, height), (x0, depth / 2, ridge), (x1, depth / 2, ridge)], roof)
        for x in (x0, x1):
            triangle = [(x, 0, height), (x, depth, height), (x, depth / 2, ridge)]
            build.add(triangle, [(0, 0), (depth, 0), (depth / 2, ridge - height)], [[0, 1, 2]], back)
    else:  # the gable faces the street
        ridge = height + pitch * width / 2
        for x, turn in ((x0 - over, 1), (x1 + over, -1)):
            build.quad([(x, -over, height), (x, depth, height), (0, depth, ridge), (0, -over, ridge)][::turn], roof)
        for y in (0.0, depth):
            build.add(
                [(x0, y, height), (x1, y, height), (0, y, ridge)],
                [(0, 0), (width, 0), (width / 2, 3)],
                [[0, 1, 2]],
                back,
            )
    _front_details(build, rng, width, height, front)
    return build.mesh()


def _wall(
    build: MeshBuilder, a: tuple[float, float], b: tuple[float, float], z0: float, z1: float, surface: Surface
) -> None:
    """A wall whose texture has v = 0 at the ground, so that storeys begin there."""
    length = float(np.hypot(b[0] - a[0], b[1] - a[1]))
    vertex = [(*a, z0), (*b, z0), (*b, z1), (*a, z1)]
    build.add(vertex, [(0, z0), (length, z0), (length, z1), (0, z1)], [[0, 1, 2], [0, 2, 3]], surface)


def _front_details(build: MeshBuilder, rng: np.random.Generator, width: float, height: float, front: Surface) -> None:
    storey, bay = front.param[:2]
    trim = Surface(Material.CONCRETE, colour(rng, 0.2))
    kind = rng.choice(["none", "balcony", "bay", "awning", "porch"])
    n = max(1, int(width / bay))
    for i in range(n):
        x = -width / 2 + (i + 0.5) * bay
        if abs(x) > width / 2 - 0.5 or rng.random() < 0.35:
            continue
        if kind == "balcony":
            for z in np.arange(storey, height - 1, storey):
                deep = rng.uniform(0.5, 1.6)
                build.box((x, -deep / 2), (z - 0.15, z), (bay * 0.8, deep), trim)
                build.box((x, -deep + 0.03), (z, z + 0.95), (bay * 0.8, 0.06), trim)
        elif kind == "bay":
            deep = rng.uniform(0.4, 1.2)
            build.prism((x, -deep / 2), (0.3, storey * 0.9), (bay * 0.8, deep), (bay * 0.7, deep), front, trim)
        elif kind == "awning":
            z, deep = storey * 0.8, rng.uniform(0.6, 1.8)
            x0, x1 = x - bay * 0.45, x + bay * 0.45
            build.quad([(x0, -deep, z - 0.4), (x1, -deep, z - 0.4), (x1, 0, z), (x0, 0, z)], paint(rng, 0.9))
    if kind == "porch":
        deep, wide = rng.uniform(0.8, 3.5), rng.uniform(2, max(2.5, width * 0.6))
        z = min(storey * rng.uniform(0.8, 1.1), height)
        build.box((rng.uniform(-0.2, 0.2) * width, -deep / 2), (-1, z), (min(wide, width * 0.8), deep), front)
    if rng.random() < 0.5:
        build.box((rng.uniform(-0.3, 0.3) * width, 3), (height, height + rng.uniform(1, 3)), (0.7, 0.7), trim)
    if rng.random() < 0.3:
        x = rng.uniform(-0.4, 0.4) * width
        build.quad([(x - 1, -0.05, 0.3), (x + 1, -0.05, 0.3), (x + 1, -0.05, 2.3), (x - 1, -0.05, 2.3)], GLASS)


def shed(rng: np.random.Generator) -> Mesh:
    """A container, kiosk, garage, silo or stack: a plain solid of no known size."""
    build = MeshBuilder()
    size = rng.uniform((1.5, 1.5, 1.5), (9, 4, 5))
    skin = paint(rng, 0.6) if rng.random() < 0.5 else facade_surface(rng, windows=False)
    if rng.random() < 0.2:
        build.tube((0, size[1] / 2, -0.5), (0, size[1] / 2, size[2] * 1.6), (size[1] / 2, size[1] / 2), skin, 18)
    else:
        top = rng.uniform(0.8, 1.0, 2) * size[:2]
        build.prism((0, size[1] / 2), (-0.5, size[2]), (size[0], size[1]), (float(top[0]), float(top[1])), skin)
    return build.mesh()
