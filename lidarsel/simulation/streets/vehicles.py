"""Vehicles and people: solids of random size, shape and colour; x forward, z up, standing on z = 0."""

import numpy as np

from lidarsel.datasets.parts.semantic_kitti import SemanticLabel
from lidarsel.simulation.streets.mesh import Material, Mesh, MeshBuilder, Surface

PaintColour = tuple[float, float, float]
GLASS = Surface(Material.GLASS, (0.03, 0.035, 0.04))
RUBBER = Surface(Material.RUBBER, (0.02, 0.02, 0.02))
RIM = Surface(Material.RUBBER, (0.35, 0.35, 0.36))


def colour(rng: np.random.Generator, vivid: float = 0.5) -> PaintColour:
    """A random colour: grey with probability 1 - ``vivid``."""
    value = rng.uniform(0.02, 0.75)
    if rng.random() > vivid:
        return (float(value), float(value), float(value))
    pure = rng.dirichlet([0.9, 0.7, 0.9]) * rng.uniform(0.15, 1.1) + 0.02
    rgb = pure + (pure.mean() - pure) * rng.uniform(0, 0.85)
    r, g, b = (float(c) for c in np.minimum(rgb, 0.9))
    return (r, g, b)


def paint(rng: np.random.Generator, vivid: float = 0.45) -> Surface:
    """Glossy paint, sometimes with a pattern whose size says nothing about the distance."""
    pattern = float(rng.uniform(0.5, 1.0)) if rng.random() < 0.1 else 0.0
    return Surface(Material.PAINT, colour(rng, vivid), (pattern, float(rng.lognormal(0, 0.8)), float(rng.random()), 0))


_LABELS = {
    "car": SemanticLabel.CAR,
    "van": SemanticLabel.CAR,
    "bus": SemanticLabel.BUS,
    "lorry": SemanticLabel.TRUCK,
    "trailer": SemanticLabel.OTHER_VEHICLE,
    "bike": SemanticLabel.BICYCLIST,
}
"""What SemanticKITTI calls it; every bicycle is called as if it were ridden, and nothing is told to move."""
HEAVY = ("van", "lorry", "lorry", "bus")
ON_MOTORWAYS = ("car",) * 5 + ("van", "lorry", "bus")
ON_STREETS = (*ON_MOTORWAYS, "bike")
PARKED = (*ON_STREETS, "trailer")
"""What is met where, as often as it stands here; nothing tows a trailer."""


def vehicle(rng: np.random.Generator, kinds: tuple[str, ...] = PARKED, heavy: float = 0.0) -> Mesh:
    """One of ``kinds``, of a size that varies more than real ones do.

    ``heavy``: chance that only a van, a lorry or a bus will do.
    """
    kind = str(rng.choice(HEAVY if rng.random() < heavy else kinds))
    build = MeshBuilder()
    if kind == "car":
        _car(build, rng)
    elif kind == "van":
        _box_body(build, rng, length=rng.uniform(4.4, 6.2), width=rng.uniform(1.8, 2.1), height=rng.uniform(1.9, 2.7))
    elif kind == "bus":
        _box_body(build, rng, length=rng.uniform(8, 13), width=2.5, height=rng.uniform(2.8, 3.4))
    elif kind == "lorry":
        _lorry(build, rng)
    elif kind == "trailer":
        _trailer(build, rng)
    else:
        _bike(build, rng)
    mesh = build.mesh().labelled(_LABELS[kind])
    return mesh.placed((0, 0, 0), scale=float(np.clip(rng.lognormal(0, 0.08), 0.85, 1.2)))


def _wheels(build: MeshBuilder, x: tuple[float, ...], half_width: float, radius: float) -> None:
    for at in x:
        for side in (-1, 1):
            outer, inner = side * (half_width + 0.02), side * (half_width - 0.2)
            build.tube((at, inner, radius), (at, outer, radius), (radius, radius), RUBBER, 14)
            build.tube((at, outer, radius), (at, outer * 1.01, radius), (radius * 0.6, radius * 0.5), RIM, 10)


def _lights(build: MeshBuilder, front: float, back: float, width: float, z: float) -> None:
    for side in (-1, 1):
        y = side * (width / 2 - 0.22)
        build.box((front, y), (z, z + 0.14), (0.05, 0.34), Surface(Material.PAINT, (0.8, 0.8, 0.75)))
        build.box((back, y), (z + 0.05, z + 0.25), (0.05, 0.3), Surface(Material.PAINT, (0.5, 0.02, 0.02)))
    build.box((back, 0), (z - 0.1, z + 0.02), (0.04, 0.5), Surface(Material.PAINT, (0.75, 0.75, 0.7)))


def _car(build: MeshBuilder, rng: np.random.Generator) -> None:
    length, width = rng.uniform(3.4, 4.9), rng.uniform(1.6, 1.95)
    height, belt = rng.uniform(1.35, 1.85), rng.uniform(0.78, 1.02)
    sill = rng.uniform(0.16, 0.32)
    body, shape = paint(rng), rng.choice(["saloon", "hatch", "estate"])
    middle = sill + (belt - sill) * 0.55
    build.prism((0, 0), (sill, middle), (length * 0.96, width * 0.94), (length, width), body)
    build.prism((0, 0), (middle, belt), (length, width), (length * 0.94, width * 0.9), body)
    cabin = {"saloon": 0.52, "hatch": 0.62, "estate": 0.72}[str(shape)] * length
    back = {"saloon": -0.03, "hatch": -0.12, "estate": -0.12}[str(shape)] * length
    roof = cabin * rng.uniform(0.6, 0.75)
    build.prism(
        (back, 0), (belt, height - 0.07), (cabin, width * 0.88), (roof, width * 0.72), GLASS, body, shift=-0.02 * length
    )
    build.prism(
        (back - 0.02 * length, 0), (height - 0.07, height), (roof, width * 0.72), (roof * 0.9, width * 0.62), body
    )
    for x in (0.46, -0.02, -0.42):  # pillars between the panes
        lean = (roof - cabin) * x
        for side in (-1, 1):
            foot = (back + cabin * x, side * width * 0.445, belt)
            head = (back - 0.02 * length + cabin * x + lean, side * width * 0.365, height - 0.05)
            build.tube(foot, head, (0.05, 0.05), body, 5)
    _wheels(build, (length * 0.31, -length * 0.3), width / 2, rng.uniform(0.28, 0.38))
    _lights(build, length * 0.49, -length * 0.49, width, middle - 0.1)


def _box_body(build: MeshBuilder, rng: np.random.Generator, length: float, width: float, height: float) -> None:
    body = paint(rng)
    sill, belt = 0.3, height * rng.uniform(0.45, 0.6)
    nose = rng.uniform(0.0, 0.9) if length < 7 else 0.0
    build.prism((0, 0), (sill, belt), (length, width), (length, width), body)
    build.prism((-nose / 2, 0), (belt, height), (length - nose, width), (length - nose - 0.5, width * 0.92), body)
    front = length / 2 - nose
    pane = [(front + 0.02, y * width, z) for y, z in ((-0.44, belt + 0.05), (0.44, belt + 0.05))]
    slant = 0.25 * (height - belt - 0.3) / max(height - belt, 0.1) + 0.02
    pane += [(front - slant, y * width * 0.95, height - 0.25) for y in (0.44, -0.44)]
    build.quad(pane, GLASS)
    n = max(1, int(length / rng.uniform(1.2, 2.2)))
    glazed = rng.random(n) < (0.9 if length > 7 else 0.4)
    for i in np.flatnonzero(glazed):
        x0, x1 = front - 0.5 - (length - 1) * i / n, front - 0.5 - (length - 1) * (i + 0.85) / n
        for side in (-1, 1):
            y0, y1 = side * (width / 2 + 0.01), side * (width * 0.475 + 0.01)
            z0, z1 = belt + 0.1, height - 0.3
            build.quad([(x0, y0, z0), (x1, y0, z0), (x1, y1, z1), (x0, y1, z1)], GLASS)
    _wheels(build, (length * 0.34, -length * 0.28), width / 2, rng.uniform(0.33, 0.48))
    _lights(build, length / 2, -length / 2, width, 0.7)


def _lorry(build: MeshBuilder, rng: np.random.Generator) -> None:
    width, length, height = rng.uniform(2.2, 2.55), rng.uniform(5, 11), rng.uniform(2.6, 3.9)
    cab, load = paint(rng), paint(rng)
    build.prism((length / 2 + 1.0, 0), (0.5, 1.5), (2.0, width), (2.0, width), cab)
    build.prism((length / 2 + 1.0, 0), (1.5, 2.5), (2.0, width), (1.7, width * 0.94), GLASS, cab)
    build.prism((length / 2 + 0.95, 0), (2.5, 2.8), (1.7, width * 0.94), (1.4, width * 0.8), cab)
    deck = rng.uniform(0.8, 1.2)
    build.box((-0.1, 0), (0.55, deck), (length, width * 0.6), RUBBER)
    if rng.random() < 0.7:
        build.box((-0.2, 0), (deck, height), (length, width), load)
    else:
        build.tube((-length / 2, 0, deck + 0.9), (length / 2 - 0.3, 0, deck + 0.9), (0.95, 0.95), load, 16)
    _wheels(build, (length / 2 + 0.9, -length * 0.2, -length * 0.38), width / 2, 0.48)
    _lights(build, length / 2 + 2.0, -length / 2, width, 0.7)


def _trailer(build: MeshBuilder, rng: np.random.Generator) -> None:
    length, width, height = rng.uniform(1.8, 6), rng.uniform(1.3, 2.3), rng.uniform(0.9, 2.7)
    top = (length * rng.uniform(0.7, 1), width * rng.uniform(0.8, 1))
    build.prism((0, 0), (0.5, height), (length, width), top, paint(rng))
    build.tube((length / 2, 0, 0.5), (length / 2 + 1.2, 0, 0.45), (0.05, 0.05), RUBBER, 6)
    _wheels(build, (0.0,), width / 2, 0.33)
    _lights(build, length / 2, -length / 2, width, 0.6)


def _bike(build: MeshBuilder, rng: np.random.Generator) -> None:
    frame = paint(rng, 0.8)
    radius, base = rng.uniform(0.27, 0.36), rng.uniform(1.0, 1.4)
    thick = rng.choice([0.03, 0.09])
    for x in (-base / 2, base / 2):
        build.tube((x, -thick / 2, radius), (x, thick / 2, radius), (radius, radius), RUBBER, 16)
    seat, fork = (-base * 0.2, 0, radius * 2.4), (base * 0.4, 0, radius * 2.6)
    for a, b in ((seat, fork), ((-base / 2, 0, radius), seat), ((0, 0, radius), fork), ((base / 2, 0, radius), fork)):
        build.tube(a, b, (thick * 0.7, thick * 0.7), frame, 6)
    build.tube((base * 0.38, -0.3, radius * 2.9), (base * 0.38, 0.3, radius * 2.9), (0.02, 0.02), RUBBER, 6)
    if rng.random() < 0.6:
        rider = person(rng, seated=True).placed((-base * 0.2, 0, radius * 2.4 - 0.75))
        build.add_mesh(rider)


def person(rng: np.random.Generator, seated: bool = False) -> Mesh:
    """A man, woman or child standing, walking or (legs bent) riding."""
    build = MeshBuilder()
    coat, legs = paint(rng, 0.7), paint(rng, 0.3)
    skin = Surface(Material.RUBBER, (0.45, 0.3, 0.22) if rng.random() < 0.6 else (0.15, 0.09, 0.06))
    stride = rng.uniform(0.05, 0.3)
    for side in (-1, 1):
        foot = (side * stride, side * 0.1, 0.0) if not seated else (0.35, side * 0.15, 0.25)
        knee = (side * stride * 0.6 + 0.05, side * 0.1, 0.45) if not seated else (0.42, side * 0.15, 0.7)
        build.tube(foot, knee, (0.06, 0.07), legs, 7)
        build.tube(knee, (0, side * 0.09, 0.88), (0.07, 0.1), legs, 7)
        hand = (-side * stride * 0.8, side * 0.3, 0.85) if not seated else (0.5, side * 0.25, 1.1)
        build.tube((0, side * 0.22, 1.4), hand, (0.06, 0.04), coat, 6)
    build.prism((0, 0), (0.85, 1.15), (0.24, 0.34), (0.24, 0.36), coat)
    build.prism((0, 0), (1.15, 1.48), (0.24, 0.36), (0.2, 0.44), coat)
    build.blob((0, 0, 1.62), (0.11, 0.1, 0.14), skin, rng, 0.05, 1)
    build.blob((-0.02, 0, 1.67), (0.12, 0.11, 0.11), Surface(Material.BARK, colour(rng, 0.2)), rng, 0.05, 1)
    if rng.random() < 0.3:
        build.prism((-0.22, 0), (1.05, 1.45), (0.2, 0.3), (0.16, 0.26), paint(rng, 0.9))
    return build.mesh().labelled(SemanticLabel.PERSON).placed((0, 0, 0), scale=float(rng.uniform(0.65, 1.15)))
