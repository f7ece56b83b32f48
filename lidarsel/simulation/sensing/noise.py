"""Tileable noise with mip levels: the one source of all procedural texture."""

from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Kind = Literal["fractal", "grain", "blotch"]
SIZE = 512
LEVELS = 10


class NoiseTexture:
    """A square noise tile (mean 0, standard deviation 1) and its halvings, looked up by metres and footprint."""

    def __init__(self, kind: Kind) -> None:
        """``fractal``: all scales, the large ones strongest. ``grain``: texel to texel. ``blotch``: one scale."""
        seeds = {"fractal": 11, "grain": 12, "blotch": 13}
        white = np.fft.rfft2(np.random.default_rng(seeds[kind]).standard_normal((SIZE, SIZE)))
        fy, fx = np.fft.fftfreq(SIZE)[:, None] * SIZE, np.fft.rfftfreq(SIZE)[None] * SIZE
        cycles = np.hypot(fx, fy)
        cycles[0, 0] = np.inf
        if kind == "fractal":
            gain = cycles**-1.2
        elif kind == "grain":
            gain = np.exp(-((cycles / 160) ** 2)) * (cycles > 8)
        else:
            gain = np.exp(-((np.log(cycles / 24) / 0.5) ** 2))
        tile = np.fft.irfft2(white * gain, s=(SIZE, SIZE))
        tile = tile / tile.std()
        mips = [tile]
        while len(mips) < LEVELS:
            t = mips[-1]
            mips.append((t[::2, ::2] + t[1::2, ::2] + t[::2, 1::2] + t[1::2, 1::2]) / 4)
        self._values = np.concatenate([m.ravel() for m in mips]).astype(np.float32)
        self._start = np.cumsum([0] + [m.size for m in mips[:-1]]).astype(np.int32)

    def __call__(self, u_m: Floats, v_m: Floats, tile_m: Floats | float, footprint_m: Floats | float) -> Floats:
        """float32 (N,): noise at the points, averaged over about ``footprint_m``; the tile is ``tile_m`` wide."""
        scale = np.float32(1) / np.asarray(tile_m, np.float32)
        covered = footprint_m * (scale * np.float32(SIZE))  # texels; the last level is of one
        level = np.log2(np.minimum(np.maximum(covered, 1), SIZE)).astype(np.int32)
        size = np.right_shift(np.int32(SIZE), level)
        texels = size.astype(np.float32)  # a power of two: exact, and float32 stays float32
        column = np.floor(u_m * scale * texels).astype(np.int32) & (size - 1)
        row = np.floor(v_m * scale * texels).astype(np.int32) & (size - 1)
        values: Floats = self._values.take(self._start.take(level) + row * size + column)
        return values


@lru_cache(maxsize=3)
def noise_texture(kind: Kind) -> NoiseTexture:
    """The tile of this kind; the same one in every scene (scenes shift and scale it)."""
    return NoiseTexture(kind)


def cell_hash(u: Floats, v: Floats, salt: Floats | float = 0.0) -> Floats:
    """float32 (N,) in 0..1: a random number for each whole-numbered cell (u, v), equal in all of the cell."""
    a = np.floor(u).astype(np.int64).astype(np.uint32)
    b = np.floor(v).astype(np.int64).astype(np.uint32)
    c = (np.asarray(salt, np.float32) * np.float32(1 << 20)).astype(np.int64).astype(np.uint32)
    h = a * np.uint32(0x9E3779B1) ^ b * np.uint32(0x85EBCA77) ^ c * np.uint32(0xC2B2AE3D)
    h ^= h >> np.uint32(15)
    h *= np.uint32(0x2C1B3C6D)
    h ^= h >> np.uint32(12)
    h *= np.uint32(0x297A2D39)
    h ^= h >> np.uint32(15)
    share: Floats = (h >> np.uint32(8)).astype(np.float32) * np.float32(1 / (1 << 24))
    return share
