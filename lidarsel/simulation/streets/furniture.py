"""Poles, signs, lamps, bins, benches, walls, fences and hedges; z up, standing on z = 0, x along the street."""

import numpy as np

from lidarsel.simulation.streets.mesh import Material, Mesh, MeshBuilder, Surface
from lidarsel.simulation.streets.plants import bark_surface, leaf_surface
from lidarsel.simulation.streets.vehicles import colour, paint


def metal(rng: np.random.Generator) -> Surface:
    """Grey or painted metal or wood of a pole."""
    if rng.random() < 0.2:
        return bark_surface(rng)
    tone = float(rng.uniform(0.05, 0.5))
    return Surface(Material.CONCRETE, (tone, tone, tone * 0.98))


def pole(rng: np.random.Generator) -> Mesh:
    """A street lamp, a mast, a traffic sign, a traffic light or an advertisement."""
    build = MeshBuilder()
    skin, kind = metal(rng), rng.choice(["lamp", "mast", "sign", "light", "board"])
    radius = float(rng.uniform(0.03, 0.16))
    height = float(rng.uniform(4, 10) if kind in ("lamp", "mast") else rng.uniform(2, 4))
    build.tube((0, 0, -0.5), (0, 0, height), (radius, radius * 0.7), skin, 8)
    face = Surface(Material.SIGN, colour(rng, 0.9), (float(rng.lognormal(-0.7, 0.8)), float(rng.random()), 0, 0))
    if kind == "lamp":
        reach = float(rng.uniform(0.5, 2.5))
        build.tube((0, 0, height - 0.2), (0, -reach, height), (0.05, 0.04), skin, 6)
        build.box((0, -reach), (height - 0.08, height + 0.08), (0.25, 0.7), skin)
    elif kind == "mast" and rng.random() < 0.6:
        build.tube((0, -1, height - 0.4), (0, 1, height - 0.4), (0.06, 0.06), skin, 6)
    elif kind == "sign":
        size = float(rng.uniform(0.3, 1.0))
        if rng.random() < 0.5:
            build.tube((-0.06, 0, height), (-0.09, 0, height), (size / 2, size / 2), face, 14)
        else:
            build.box((-0.07, 0), (height - size, height), (0.03, size * rng.uniform(0.7, 2)), face)
    elif kind == "light":
        build.box((-0.15, 0), (height - 0.9, height), (0.25, 0.3), Surface(Material.PAINT, (0.02, 0.02, 0.02)))
    elif kind == "board":
        wide = float(rng.uniform(0.8, 4))
        build.box((0, 0), (height - wide * 0.6, height + 0.3), (0.12, wide), face)
    return build.mesh()


def clutter(rng: np.random.Generator) -> Mesh:
    """A bin, a bench, a bollard, a box, a cone, a heap of crates."""
    build = MeshBuilder()
    kind = rng.choice(["bin", "bench", "bollard", "cabinet", "cone", "crates"])
    skin = paint(rng, 0.8)
    if kind == "bin":
        size = float(rng.uniform(0.4, 1.1))
        build.prism((0, 0), (0.05, size * 1.4), (size * 0.8, size * 0.7), (size, size * 0.85), skin, paint(rng, 0.8))
    elif kind == "bench":
        length = float(rng.uniform(1.2, 2.2))
        build.box((0, 0), (0.4, 0.48), (length, 0.45), bark_surface(rng))
        build.box((0, 0.22), (0.48, 0.9), (length, 0.06), bark_surface(rng))
        for x in (-0.4, 0.4):
            build.box((x * length, 0), (0, 0.4), (0.08, 0.4), metal(rng))
    elif kind == "bollard":
        build.tube((0, 0, 0), (0, 0, rng.uniform(0.5, 1.2)), (0.09, 0.08), skin, 9)
    elif kind == "cabinet":
        length, width, height = (float(x) for x in rng.uniform((0.4, 0.3, 0.7), (1.6, 0.6, 1.7)))
        build.box((0, 0), (0, height), (length, width), skin)
    elif kind == "cone":
        build.tube((0, 0, 0), (0, 0, rng.uniform(0.4, 0.9)), (0.2, 0.03), Surface(Material.PAINT, (0.8, 0.2, 0.03)), 10)
    else:
        z = 0.0
        for _ in range(int(rng.integers(1, 5))):
            length, width, height = (float(x) for x in rng.uniform((0.4, 0.4, 0.2), (1.3, 1.1, 0.9)))
            at = (float(rng.normal(0, 0.1)), float(rng.normal(0, 0.1)))
            build.box(at, (z, z + height), (length, width), paint(rng, 0.9))
            z += height
    return build.mesh()


def barrier(rng: np.random.Generator, path_m: np.ndarray, kind: str | None = None, height: float | None = None) -> Mesh:
    """A wall, hedge, fence, board fence or rail along ground points (N, 3), of a kind and height (m) by chance where
    none is given."""
    build = MeshBuilder()
    kind = kind or str(rng.choice(["wall", "hedge", "fence", "boards", "rail"]))
    height = height or float(rng.uniform(0.4, 2.4))
    if kind == "hedge":
        surface, thick = leaf_surface(rng, float(rng.uniform(0, 0.2))), float(rng.uniform(0.4, 1.4))
    elif kind == "fence":
        surface, thick = (
            Surface(
                Material.FENCE, colour(rng, 0.3), (float(rng.uniform(0.1, 0.5)), float(rng.uniform(0.3, 0.8)), 0, 0)
            ),
            0.0,
        )
    elif kind == "boards":
        surface, thick = Surface(Material.FENCE, colour(rng, 0.4), (float(rng.uniform(0.08, 0.3)), 0.97, 0, 0)), 0.0
    elif kind == "rail":
        surface, thick = metal(rng), 0.1
    else:
        surface = Surface(Material.FACADE, colour(rng, 0.3), (3.0, 3.0, 0.0, float(rng.random())))
        thick = float(rng.uniform(0.15, 0.5))
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(path_m[:, :2], axis=0), axis=1))])
    step = np.gradient(path_m[:, :2], axis=0)
    across = np.column_stack([-step[:, 1], step[:, 0], 0 * along]) / np.linalg.norm(step, axis=1, keepdims=True)
    low, high = (height * 0.7, height) if kind == "rail" else (-0.4, height)
    ragged = rng.normal(0, 0.06 if kind == "hedge" else 0, len(along))
    up = np.array([0, 0, 1.0])
    ring = [
        path_m - across * thick / 2 + up * low,
        path_m - across * thick / 2 + np.outer(high + ragged, up),
        path_m + across * thick / 2 + np.outer(high - ragged, up),
        path_m + across * thick / 2 + up * low,
    ]
    rows = ring if thick else ring[:2]
    v = np.array([low, high, high + thick, 2 * high + thick - low])[: len(rows)]
    uv = np.stack([np.column_stack([along, 0 * along + x]) for x in v], 0)
    build.grid(np.stack(rows, 0), uv, surface)
    if kind in ("rail", "fence"):
        for at in path_m[::2]:
            build.tube(at - up * 0.3, at + up * height * 1.02, (0.05, 0.05), metal(rng), 6)
    return build.mesh()
