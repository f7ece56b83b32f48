"""How each material looks and lets light through, from texture coordinates alone: camera and lidar share it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.parts.semantic_kitti import SemanticLabel
from lidarsel.simulation.sensing.noise import cell_hash, noise_texture
from lidarsel.simulation.streets.mesh import Material

Floats = NDArray[np.float32]
LABEL_OF_MATERIAL = np.full(len(Material), SemanticLabel.OTHER_OBJECT, np.uint16)
"""uint16 by ``Material``: SemanticKITTI's label of what is made of it and is no vehicle or person."""
for _material, _label in {
    Material.ASPHALT: SemanticLabel.ROAD,
    Material.PAVING: SemanticLabel.SIDEWALK,
    Material.GRASS: SemanticLabel.TERRAIN,
    Material.FACADE: SemanticLabel.BUILDING,
    Material.GLASS: SemanticLabel.BUILDING,
    Material.ROOF: SemanticLabel.BUILDING,
    Material.BARK: SemanticLabel.TRUNK,
    Material.LEAF: SemanticLabel.VEGETATION,
    Material.FENCE: SemanticLabel.FENCE,
    Material.SIGN: SemanticLabel.TRAFFIC_SIGN,
}.items():
    LABEL_OF_MATERIAL[_material] = _label


@dataclass(frozen=True, eq=False)
class Spots:
    """Points on surfaces, a row for each of their figures: numpy is quickest along rows.

    uv_m (2, N), tint (3, N), param (4, N), footprint_m (N,): what one ray covers there.
    """

    uv_m: Floats
    tint: Floats
    param: Floats
    footprint_m: Floats


SpotsAt = Callable[[NDArray[np.int64]], Spots]
"""Gives the spots of some of N points, told by their indices."""


def has_holes(material: NDArray[np.uint8], param: Floats) -> NDArray[np.bool_]:
    """bool (T,): surfaces that may let a ray through, of material (T,) and param (T, 4)."""
    found: NDArray[np.bool_] = (material == Material.FENCE) | ((material == Material.LEAF) & (param[:, 0] > 0))
    return found


def holes(material: NDArray[np.uint8], spots_at: SpotsAt) -> NDArray[np.bool_]:
    """bool (N,): where a ray passes between the leaves or pickets of surfaces that have holes."""
    through = np.zeros(len(material), bool)
    for kind, between in ((Material.LEAF, _between_leaves), (Material.FENCE, _between_pickets)):
        index = np.flatnonzero(material == kind)
        if len(index):
            through[index] = between(spots_at(index))
    return through


def _between_leaves(s: Spots) -> NDArray[np.bool_]:
    (u, v), (openness, size, salt, _) = s.uv_m, s.param
    shift, sharp = salt * 97, 0.0  # a ray is thin: no averaging over its footprint
    clusters = noise_texture("blotch")(u + shift, v, size * 16, sharp)
    leaves = noise_texture("grain")(u, v + shift, 12.0, sharp)
    through: NDArray[np.bool_] = 0.75 * clusters + 0.65 * leaves > 2.2 * (0.5 - openness)
    return through


def _between_pickets(s: Spots) -> NDArray[np.bool_]:
    (u, v), (size, cover, _, _) = s.uv_m, s.param
    rail = (np.abs(v - 0.2) < 0.06) | (np.abs(v - 0.85) < 0.06)
    through: NDArray[np.bool_] = (_fraction(u / size) > cover) & ~rail
    return through


def albedo(material: NDArray[np.uint8], spots_at: SpotsAt) -> tuple[Floats, Floats]:
    """Colour (3, N) as linear RGB in 0..1, and gloss (N,): the share of the sky that is mirrored.

    ``spots_at`` is asked once for each material.
    """
    rgb = np.zeros((3, len(material)), np.float32)
    gloss = np.zeros(len(material), np.float32)
    for kind, paint in _PAINTERS.items():
        index = np.flatnonzero(material == kind)
        if len(index):
            painted, gloss[index] = paint(spots_at(index))
            for channel, values in zip(rgb, painted, strict=True):
                channel[index] = values
    np.clip(rgb, 0.004, 1, out=rgb)
    return rgb, gloss


Painter = Callable[[Spots], tuple[Floats, Floats | float]]


def _shade(s: Spots, factor: Floats) -> Floats:
    return s.tint * factor


def _fraction(x: Floats) -> Floats:
    """What is above the whole number below: as np.mod(x, 1), in a quarter of the time."""
    return x - np.floor(x)


def _column(*rgb: float) -> Floats:
    """float32 (3, 1): one colour, to go with those of N points."""
    return np.array(rgb, np.float32)[:, None]


def _asphalt(s: Spots) -> tuple[Floats, Floats | float]:
    u, v = s.uv_m
    _, lanes, _, salt = s.param
    fractal, grain, f = noise_texture("fractal"), noise_texture("grain"), s.footprint_m
    factor = 1 + 0.13 * fractal(u + salt * 99, v, 23.0, f) + 0.22 * grain(u, v, 4.0, f)
    patch = noise_texture("blotch")(u * 0.5, v + salt * 50, 60.0, f)
    _brighten(factor, np.flatnonzero(patch > 1.6), -0.25)
    _brighten(factor, np.flatnonzero(patch < -1.8), 0.15)
    near = np.flatnonzero(f < 0.06)
    crack = np.abs(fractal(u[near], v[near] + salt[near] * 31, 17.0, f[near])) < 0.025
    _brighten(factor, near[crack], -0.3)
    tracks = np.exp(-((np.abs(np.mod(v, 3.4) - 1.7) - 0.8) ** 2) / 0.08)
    factor -= 0.1 * tracks * (lanes > 0)
    rgb = _shade(s, factor)
    marked, cover = _markings(s)
    rgb[:, marked] = rgb[:, marked] * (1 - cover) + 0.72 * cover
    return rgb, 0.03


def _brighten(factor: Floats, index: NDArray[np.int64], by: float) -> None:
    """Add to the factors of these indices, in float64."""
    factor[index] = factor[index] + np.float64(by)


def _markings(s: Spots) -> tuple[NDArray[np.int64], Floats]:
    """Indices of the spots of a road with lines on them, and the share of each that they cover."""
    (u, v), (half_width, lanes, dash, _), f = s.uv_m, s.param, s.footprint_m
    across, width = np.abs(v), 0.07 + f * 0.4
    middle, edge = across < width, np.abs(across - (half_width - 0.35)) < width
    inner = (lanes > 2) & (across < half_width - 0.6)
    at = np.flatnonzero((lanes > 0) & (middle | edge | inner))  # the rest is dear, and of the few that may have a line
    lane = np.maximum(half_width[at], 0.1) / np.maximum(lanes[at] / 2, 1)
    between = inner[at] & (np.abs(np.mod(across[at] + lane / 2, lane) - lane / 2) < width[at])
    dashed = np.mod(u[at], np.maximum(dash[at], 1) * 3) < dash[at]  # also between two lanes of a direction
    at = at[edge[at] | ((middle[at] | between) & dashed)]
    at = at[noise_texture("fractal")(u[at] + 7, v[at], 5.0, f[at]) > -0.8]  # elsewhere it is worn off
    return at, np.minimum(0.07 / width[at], 1)


def _paving(s: Spots) -> tuple[Floats, Floats | float]:
    u, v = s.uv_m
    size, f = s.param[0], s.footprint_m
    shown = np.clip(1 - f / (size * 0.5), 0, 1)
    joint = (_fraction(u / size) < 0.06) | (_fraction(v / size) < 0.06)
    tile = cell_hash(u / size, v / size) - 0.5
    factor = 1 + shown * (0.2 * tile - 0.35 * joint) + 0.12 * noise_texture("fractal")(u, v, 15.0, f)
    return _shade(s, factor + 0.1 * noise_texture("grain")(u, v, 5.0, f)), 0.0


def _grass(s: Spots) -> tuple[Floats, Floats | float]:
    u, v = s.uv_m
    scale, salt, f = s.param[0], s.param[1] * 77, s.footprint_m
    factor = (
        1
        + 0.3 * noise_texture("grain")(u, v, 6 * scale, f)
        + 0.25 * noise_texture("fractal")(u + salt, v, 31 * scale, f)
    )
    dry = np.clip(0.5 + 0.5 * noise_texture("blotch")(u, v + salt, 160.0, f), 0, 1)
    warm = _column(1.5, 1.15, 0.9)
    return _shade(s, factor) * (1 + dry * 0.6 * (warm - 1)), 0.0


def _facade(s: Spots) -> tuple[Floats, Floats | float]:
    u, v = s.uv_m
    storey, bay, share, salt = s.param
    f = s.footprint_m
    pu, pv = _fraction(u / bay), _fraction(v / storey)
    stain = noise_texture("fractal")(u + salt * 99, v * 0.6, 19.0, f)
    factor = 1 + 0.1 * stain + 0.07 * noise_texture("grain")(u, v + salt * 9, 5.0, f)
    bricks = np.flatnonzero((salt > 0.55) & (f < 0.12))
    factor[bricks] = factor[bricks] + np.clip(1 - f[bricks] / 0.12, 0, 1) * _bond(u[bricks], v[bricks])
    rgb = _shade(s, factor)
    window = _windows(pu, pv, share)
    frame = _windows(pu, pv, share * 1.14 + 0.03) & ~window
    rgb[:, frame] = np.where(salt[frame] > 0.5, 0.75, 0.25 * rgb[:, frame])
    mullion = np.abs(pu - 0.5) < 0.015
    pane = cell_hash(u / bay, v / storey, salt)
    curtain = (0.03 + 0.5 * (pane > 0.8) * pane + 0.05 * pane) * _column(1, 0.98, 0.92)
    rgb = np.where(window & ~mullion, curtain, rgb)
    return rgb.astype(np.float32), np.where(window, np.float32(0.35), np.float32(0))


def _bond(u_m: Floats, v_m: Floats) -> NDArray[np.float64]:
    """How much brighter than the wall its bricks and joints are, each row half a brick further."""
    row = np.floor(v_m / 0.09)
    along = u_m / 0.26 + 0.5 * np.mod(row, 2)
    joint = (_fraction(v_m / 0.09) < 0.16) | (_fraction(along) < 0.06)
    return 0.3 * joint + 0.28 * (cell_hash(along, row) - 0.5)


def _windows(pu: Floats, pv: Floats, share: Floats) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = (
        (np.abs(pu - 0.5) < share / 2) & (np.abs(pv - 0.55) < 0.08 + share * 0.36) & (share > 0.05)
    )
    return inside


def _paint(s: Spots) -> tuple[Floats, Floats | float]:
    u, v = s.uv_m
    pattern, size, salt, _ = s.param
    f = s.footprint_m
    rgb = _shade(s, 1 + 0.04 * noise_texture("fractal")(u + salt * 9, v, 7.0, f))
    at = np.flatnonzero(pattern > 0)
    blotch = noise_texture("blotch")(u[at] + salt[at] * 70, v[at], np.maximum(size[at], 0.05) * 8, f[at])
    at = at[blotch > pattern[at] - 0.5]
    rgb[:, at] = np.stack([1 - salt[at], salt[at], _fraction(salt[at] * 7)]) * 0.7
    return rgb, 0.22


def _leaf(s: Spots) -> tuple[Floats, Floats | float]:
    u, v = s.uv_m
    size, shift, f = s.param[1], s.param[2] * 97, s.footprint_m
    clusters = noise_texture("blotch")(u + shift + 0.15, v + 0.15, size * 16, f)
    leaves = noise_texture("grain")(u, v + shift, 12.0, f)
    factor = np.clip(0.85 - 0.3 * clusters + 0.4 * leaves, 0.15, 2.2)
    return _shade(s, factor), 0.02


def _rows(s: Spots) -> tuple[Floats, Floats | float]:
    """Roof tiles and the pickets of fences: bands of random brightness."""
    u, v = s.uv_m
    size, f = np.maximum(s.param[0], 0.05), s.footprint_m
    shown = np.clip(1 - f / (size * 0.6), 0, 1)
    band = 0.35 * (_fraction(v / size) < 0.15) + 0.4 * (cell_hash(u / size, v / size) - 0.5)
    return _shade(s, 1 - shown * band + 0.15 * noise_texture("fractal")(u, v, 9.0, f)), 0.0


def _pickets(s: Spots) -> tuple[Floats, Floats | float]:
    u, v = s.uv_m
    size = np.maximum(s.param[0], 0.05)
    board = cell_hash(u / size, 0 * v) - 0.5
    gap = _fraction(u / size) > 0.93
    shown = np.clip(1 - s.footprint_m / (size * 0.6), 0, 1)
    return _shade(
        s, 1 + shown * (0.4 * board - 0.5 * gap) + 0.15 * noise_texture("fractal")(u * 3, v, 9.0, s.footprint_m)
    ), 0.0


def _sign(s: Spots) -> tuple[Floats, Floats | float]:
    u, v = s.uv_m
    size, salt, f = s.param[0], s.param[1], s.footprint_m
    ink = noise_texture("blotch")(u + salt * 55, v, size * 6, f) > 0.4
    other = np.stack([_fraction(salt * 3), _fraction(salt * 5), 1 - salt])
    return np.where(ink, other, s.tint).astype(np.float32), 0.05


def _rough(s: Spots) -> tuple[Floats, Floats | float]:
    u, v = s.uv_m
    f = s.footprint_m
    factor = 1 + 0.2 * noise_texture("fractal")(u * 2, v, 9.0, f) + 0.15 * noise_texture("grain")(u, v, 3.0, f)
    return _shade(s, factor), 0.0


def _plain(s: Spots) -> tuple[Floats, Floats | float]:
    return s.tint, 0.03


def _glass(s: Spots) -> tuple[Floats, Floats | float]:
    return s.tint, 0.45


_PAINTERS: dict[Material, Painter] = {
    Material.ASPHALT: _asphalt,
    Material.PAVING: _paving,
    Material.GRASS: _grass,
    Material.FACADE: _facade,
    Material.PAINT: _paint,
    Material.GLASS: _glass,
    Material.RUBBER: _plain,
    Material.BARK: _rough,
    Material.LEAF: _leaf,
    Material.FENCE: _pickets,
    Material.ROOF: _rows,
    Material.SIGN: _sign,
    Material.CONCRETE: _rough,
}
