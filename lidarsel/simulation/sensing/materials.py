"""How each material looks and lets light through, from texture coordinates alone: camera and lidar share it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.parts.semantic_kitti import SemanticLabel
from lidarsel.simulation.sensing.noise import cell_hash, noise_texture
from lidarsel.simulation.streets.mesh import Material

Floats = NDArray[np.float32]
SEE_THROUGH = (Material.LEAF, Material.FENCE)
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
    """Points on surfaces. uv_m (N, 2), tint (N, 3), param (N, 4), footprint_m (N,): what one ray covers there."""

    uv_m: Floats
    tint: Floats
    param: Floats
    footprint_m: Floats

    def at(self, index: NDArray[np.int64]) -> "Spots":
        """The spots of these indices."""
        return Spots(self.uv_m[index], self.tint[index], self.param[index], self.footprint_m[index])


def holes(material: NDArray[np.uint8], spots: Spots) -> NDArray[np.bool_]:
    """bool (N,): where a ray passes between leaves or pickets."""
    through = np.zeros(len(material), bool)
    leaf = np.flatnonzero((material == Material.LEAF) & (spots.param[:, 0] > 0))
    if len(leaf):
        s = spots.at(leaf)
        u, v = s.uv_m.T
        shift = s.param[:, 2] * 97
        sharp = np.zeros(len(leaf), np.float32)  # a ray is thin: no averaging over its footprint
        clusters = noise_texture("blotch")(u + shift, v, s.param[:, 1] * 16, sharp)
        leaves = noise_texture("grain")(u, v + shift, 12.0, sharp)
        through[leaf] = 0.75 * clusters + 0.65 * leaves > 2.2 * (0.5 - s.param[:, 0])
    fence = np.flatnonzero(material == Material.FENCE)
    if len(fence):
        s = spots.at(fence)
        u, v = s.uv_m.T
        rail = (np.abs(v - 0.2) < 0.06) | (np.abs(v - 0.85) < 0.06)
        through[fence] = (np.mod(u / s.param[:, 0], 1) > s.param[:, 1]) & ~rail
    return through


def albedo(material: NDArray[np.uint8], spots_at: Callable[[NDArray[np.int64]], Spots]) -> tuple[Floats, Floats]:
    """Colour (N, 3) as linear RGB in 0..1, and gloss (N,): the share of the sky that is mirrored.

    ``spots_at`` gives the spots of some of the N points; it is asked once for each material.
    """
    rgb = np.zeros((len(material), 3), np.float32)
    gloss = np.zeros(len(material), np.float32)
    for kind, paint in _PAINTERS.items():
        index = np.flatnonzero(material == kind)
        if len(index):
            rgb[index], gloss[index] = paint(spots_at(index))
    np.clip(rgb, 0.004, 1, out=rgb)
    return rgb, gloss


Painter = Callable[[Spots], tuple[Floats, Floats | float]]


def _shade(s: Spots, factor: Floats) -> Floats:
    return s.tint * factor[:, None]


def _asphalt(s: Spots) -> tuple[Floats, Floats | float]:
    u, v = s.uv_m.T
    half_width, lanes, dash, salt = s.param.T
    fractal, grain, f = noise_texture("fractal"), noise_texture("grain"), s.footprint_m
    factor = 1 + 0.13 * fractal(u + salt * 99, v, 23.0, f) + 0.22 * grain(u, v, 4.0, f)
    patch = noise_texture("blotch")(u * 0.5, v + salt * 50, 60.0, f)
    factor -= 0.25 * (patch > 1.6) - 0.15 * (patch < -1.8)
    crack = np.abs(fractal(u, v + salt * 31, 17.0, f)) < 0.025
    factor -= 0.3 * crack * (f < 0.06)
    tracks = np.exp(-((np.abs(np.mod(v, 3.4) - 1.7) - 0.8) ** 2) / 0.08)
    factor -= 0.1 * tracks * (lanes > 0)
    rgb = _shade(s, factor)
    marked = lanes > 0
    across = np.abs(v)
    dashed = np.mod(u, np.maximum(dash, 1) * 3) < dash
    width = 0.07 + f * 0.4
    line = (across < width) & dashed
    line |= np.abs(across - (half_width - 0.35)) < width
    lane = np.maximum(half_width, 0.1) / np.maximum(
        lanes / 2, 1
    )  # of one lane; between two of a direction the line is dashed
    line |= (
        (lanes > 2)
        & dashed
        & (across < half_width - 0.6)
        & (np.abs(np.mod(across + lane / 2, lane) - lane / 2) < width)
    )
    worn = fractal(u + 7, v, 5.0, f) > -0.8
    cover = np.where(marked & line & worn, np.minimum(0.07 / width, 1), 0).astype(np.float32)[:, None]
    return rgb * (1 - cover) + 0.72 * cover, 0.03


def _paving(s: Spots) -> tuple[Floats, Floats | float]:
    u, v = s.uv_m.T
    size, f = s.param[:, 0], s.footprint_m
    shown = np.clip(1 - f / (size * 0.5), 0, 1)
    joint = (np.mod(u / size, 1) < 0.06) | (np.mod(v / size, 1) < 0.06)
    tile = cell_hash(u / size, v / size) - 0.5
    factor = 1 + shown * (0.2 * tile - 0.35 * joint) + 0.12 * noise_texture("fractal")(u, v, 15.0, f)
    return _shade(s, factor + 0.1 * noise_texture("grain")(u, v, 5.0, f)), 0.0


def _grass(s: Spots) -> tuple[Floats, Floats | float]:
    u, v = s.uv_m.T
    scale, salt, f = s.param[:, 0], s.param[:, 1] * 77, s.footprint_m
    factor = (
        1
        + 0.3 * noise_texture("grain")(u, v, 6 * scale, f)
        + 0.25 * noise_texture("fractal")(u + salt, v, 31 * scale, f)
    )
    dry = np.clip(0.5 + 0.5 * noise_texture("blotch")(u, v + salt, 160.0, f), 0, 1)[:, None]
    warm = np.array([1.5, 1.15, 0.9], np.float32)
    return _shade(s, factor) * (1 + dry * 0.6 * (warm - 1)), 0.0


def _facade(s: Spots) -> tuple[Floats, Floats | float]:
    u, v = s.uv_m.T
    storey, bay, share, salt = s.param.T
    f = s.footprint_m
    pu, pv = np.mod(u / bay, 1), np.mod(v / storey, 1)
    stain = noise_texture("fractal")(u + salt * 99, v * 0.6, 19.0, f)
    factor = 1 + 0.1 * stain + 0.07 * noise_texture("grain")(u, v + salt * 9, 5.0, f)
    brick = (salt > 0.55).astype(np.float32) * np.clip(1 - f / 0.12, 0, 1)
    row = np.floor(v / 0.09)
    joint = (np.mod(v / 0.09, 1) < 0.16) | (np.mod(u / 0.26 + 0.5 * np.mod(row, 2), 1) < 0.06)
    factor += brick * (0.3 * joint + 0.28 * (cell_hash(u / 0.26 + 0.5 * np.mod(row, 2), row) - 0.5))
    rgb = _shade(s, factor)
    window = _windows(pu, pv, share)
    frame = _windows(pu, pv, share * 1.14 + 0.03) & ~window
    rgb[frame] = np.where(salt[frame, None] > 0.5, 0.75, 0.25 * rgb[frame])
    mullion = np.abs(pu - 0.5) < 0.015
    pane = cell_hash(u / bay, v / storey, salt)
    curtain = (0.03 + 0.5 * (pane > 0.8) * pane + 0.05 * pane)[:, None] * np.array([1, 0.98, 0.92], np.float32)
    rgb = np.where((window & ~mullion)[:, None], curtain, rgb)
    return rgb.astype(np.float32), np.where(window, np.float32(0.35), np.float32(0))


def _windows(pu: Floats, pv: Floats, share: Floats) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = (
        (np.abs(pu - 0.5) < share / 2) & (np.abs(pv - 0.55) < 0.08 + share * 0.36) & (share > 0.05)
    )
    return inside


def _paint(s: Spots) -> tuple[Floats, Floats | float]:
    u, v = s.uv_m.T
    pattern, size, salt, _ = s.param.T
    f = s.footprint_m
    rgb = _shade(s, 1 + 0.04 * noise_texture("fractal")(u + salt * 9, v, 7.0, f))
    blotch = noise_texture("blotch")(u + salt * 70, v, np.maximum(size, 0.05) * 8, f)
    other = np.stack([1 - salt, salt, np.mod(salt * 7, 1)], -1) * 0.7
    rgb = np.where(((pattern > 0) & (blotch > pattern - 0.5))[:, None], other, rgb)
    return rgb.astype(np.float32), 0.22


def _leaf(s: Spots) -> tuple[Floats, Floats | float]:
    u, v = s.uv_m.T
    size, shift, f = s.param[:, 1], s.param[:, 2] * 97, s.footprint_m
    clusters = noise_texture("blotch")(u + shift + 0.15, v + 0.15, size * 16, f)
    leaves = noise_texture("grain")(u, v + shift, 12.0, f)
    factor = np.clip(0.85 - 0.3 * clusters + 0.4 * leaves, 0.15, 2.2)
    return _shade(s, factor), 0.02


def _rows(s: Spots) -> tuple[Floats, Floats | float]:
    """Roof tiles and the pickets of fences: bands of random brightness."""
    u, v = s.uv_m.T
    size, f = np.maximum(s.param[:, 0], 0.05), s.footprint_m
    shown = np.clip(1 - f / (size * 0.6), 0, 1)
    band = 0.35 * (np.mod(v / size, 1) < 0.15) + 0.4 * (cell_hash(u / size, v / size) - 0.5)
    return _shade(s, 1 - shown * band + 0.15 * noise_texture("fractal")(u, v, 9.0, f)), 0.0


def _pickets(s: Spots) -> tuple[Floats, Floats | float]:
    u, v = s.uv_m.T
    size = np.maximum(s.param[:, 0], 0.05)
    board = cell_hash(u / size, 0 * v) - 0.5
    gap = np.mod(u / size, 1) > 0.93
    shown = np.clip(1 - s.footprint_m / (size * 0.6), 0, 1)
    return _shade(
        s, 1 + shown * (0.4 * board - 0.5 * gap) + 0.15 * noise_texture("fractal")(u * 3, v, 9.0, s.footprint_m)
    ), 0.0


def _sign(s: Spots) -> tuple[Floats, Floats | float]:
    u, v = s.uv_m.T
    size, salt, f = s.param[:, 0], s.param[:, 1], s.footprint_m
    ink = noise_texture("blotch")(u + salt * 55, v, size * 6, f) > 0.4
    other = np.stack([np.mod(salt * 3, 1), np.mod(salt * 5, 1), 1 - salt], -1)
    return np.where(ink[:, None], other, s.tint).astype(np.float32), 0.05


def _rough(s: Spots) -> tuple[Floats, Floats | float]:
    u, v = s.uv_m.T
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
