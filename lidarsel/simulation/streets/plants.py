"""Trees, bushes, hedges, boulders; z up, standing on z = 0. Leaves let rays through (see materials.see_through)."""

import numpy as np

from lidarsel.simulation.streets.mesh import Material, Mesh, MeshBuilder, Surface


def leaf_surface(rng: np.random.Generator, holes: float) -> Surface:
    """Leaves of a random green (or autumn) colour; param = (hole fraction, cluster size in m, salt, 0)."""
    if rng.random() < 0.85:
        green = rng.uniform(0.06, 0.28)
        tint = (float(green * rng.uniform(0.35, 0.95)), float(green), float(green * rng.uniform(0.1, 0.45)))
    else:
        red = rng.uniform(0.15, 0.45)
        tint = (float(red), float(red * rng.uniform(0.3, 0.8)), float(red * 0.15))
    return Surface(Material.LEAF, tint, (holes, float(rng.lognormal(-0.4, 0.5)), float(rng.random()), 0.0))


def bark_surface(rng: np.random.Generator) -> Surface:
    """Grey to brown bark."""
    tone = rng.uniform(0.05, 0.25)
    return Surface(Material.BARK, (float(tone), float(tone * 0.8), float(tone * rng.uniform(0.5, 0.8))))


def tree(rng: np.random.Generator) -> Mesh:
    """A broad-leaved tree, a conifer, a poplar or a bare one, 2 to 18 m high."""
    build = MeshBuilder()
    height = float(np.clip(rng.lognormal(1.95, 0.45), 2, 18))
    trunk = height * rng.uniform(0.15, 0.45)
    girth = height * rng.uniform(0.012, 0.03)
    bark = bark_surface(rng)
    leaves = leaf_surface(rng, float(rng.uniform(0.25, 0.6)))
    lean = rng.normal(0, 0.04, 2) * height
    kind = rng.choice(["broad", "broad", "conifer", "column", "bare"])
    tip = (lean[0], lean[1], height * 0.85)
    build.tube((0, 0, -0.5), tip, (girth * 1.2, girth * 0.2), bark, 9)
    if kind == "conifer":
        tiers = int(rng.integers(3, 7))
        for i in range(tiers):
            low = trunk * 0.5 + (height - trunk * 0.5) * i / tiers
            high = min(low + (height - trunk * 0.5) / tiers * 1.8, height)
            wide = height * rng.uniform(0.16, 0.24) * (1 - 0.8 * i / tiers)
            build.tube((0, 0, low), (0, 0, high), (wide, wide * 0.12), leaves, 11)
    elif kind == "column":
        wide = height * rng.uniform(0.08, 0.16)
        build.blob((0, 0, (trunk + height) / 2), (wide, wide, (height - trunk) / 2), leaves, rng, 0.3, 3)
    else:
        for _ in range(int(rng.integers(3, 8))):
            spread = height * rng.uniform(0.1, 0.26)
            at = rng.normal(0, height * 0.12, 2)
            z = rng.uniform(trunk, height - spread * 0.6)
            build.tube((lean[0] * 0.4, lean[1] * 0.4, z * 0.6), (*at, z), (girth * 0.5, girth * 0.15), bark, 5)
            if kind == "broad":
                build.blob((*at, z), (spread, spread * rng.uniform(0.8, 1.2), spread * 0.8), leaves, rng, 0.35, 2)
    return build.mesh()


def bush(rng: np.random.Generator) -> Mesh:
    """A bush of one to three lumps, 0.5 to 3 m."""
    build = MeshBuilder()
    leaves = leaf_surface(rng, float(rng.uniform(0.0, 0.35)))
    size = float(rng.lognormal(-0.3, 0.5))
    for _ in range(int(rng.integers(1, 4))):
        radii = size * rng.uniform(0.5, 1.2, 3)
        build.blob((*rng.normal(0, size * 0.5, 2), radii[2] * 0.6), radii, leaves, rng, 0.35, 2)
    return build.mesh()


def boulder(rng: np.random.Generator) -> Mesh:
    """A rock, a heap of earth or a hay bale: something round of no known size."""
    build = MeshBuilder()
    tone = rng.uniform(0.1, 0.5)
    skin = Surface(Material.CONCRETE, (float(tone), float(tone * rng.uniform(0.7, 1)), float(tone * 0.7)))
    size = float(rng.lognormal(-0.3, 0.7))
    build.blob((0, 0, size * 0.3), size * rng.uniform(0.5, 1.3, 3), skin, rng, 0.3, 2)
    return build.mesh()
