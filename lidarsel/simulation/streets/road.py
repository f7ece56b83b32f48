"""The road's course, and the ground to both sides of it, in road coordinates: s along, d to the left."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.simulation.streets.mesh import Material, Mesh, MeshBuilder, Surface

Doubles = NDArray[np.float64]
Lengths = float | Doubles
GROUND_HALF_WIDTH_M = 84.0
APRON_M = 104.0
"""How far the street goes on before the first and after the last place of the ego vehicle."""


@dataclass(frozen=True)
class PavedGround:
    """A piece of ground beside the road that is paved too: a side street, a car park, a drive."""

    s_m: tuple[float, float]
    d_m: tuple[float, float]


class Road:
    """Centre line (x, y, z)(s) and ground height (s, d) of one scene; all lengths in metres."""

    def __init__(
        self,
        rng: np.random.Generator,
        length_m: float,
        half_width_m: float,
        kerb_width_m: tuple[float, float],
        steepness: float = 1.0,
    ):
        """``kerb_width_m``: pavement widths right and left, 0 for none. ``steepness``: of its slopes, 1 for the
        usual."""
        self.length_m = length_m
        self.half_width_m = half_width_m
        self.pavement_m = kerb_width_m
        self.kerb_m = float(rng.uniform(0.05, 0.18))
        step = 0.5
        self._s = np.arange(-APRON_M - 60, length_m + APRON_M + 60 + step, step)
        bend, hill = np.zeros_like(self._s), np.zeros_like(self._s)
        for wave_m in (90.0, 200.0, 420.0):
            # least radius about 140 m, so that the ground's outer edge does not fold over itself
            bend += rng.uniform(-1, 1) * wave_m / 2650 * np.sin(2 * np.pi * self._s / wave_m + rng.uniform(0, 6.28))
            hill += (
                rng.uniform(-1, 1) * (0.04 * steepness) * np.sin(2 * np.pi * self._s / wave_m + rng.uniform(0, 6.28))
            )
        self._bend, self._slope = bend, hill
        self._x = np.cumsum(np.cos(bend)) * step
        self._y = np.cumsum(np.sin(bend)) * step
        self._z = np.cumsum(hill) * step
        self._side_slope = rng.normal(0, 0.07, 2) + (rng.random(2) < 0.2) * rng.uniform(0.05, 0.2, 2)
        self._bump_m = rng.uniform(0.0, 1.2)
        self._bump_wave = rng.normal(0, 1, (4, 2)) * np.array([[0.05], [0.08], [0.15], [0.3]])
        self._bump_phase = rng.uniform(0, 6.28, 4)
        self._crown = rng.uniform(0.0, 0.03)

    def heading_rad(self, s_m: Lengths) -> Doubles:
        """Direction of the road against the x axis."""
        return np.asarray(np.interp(s_m, self._s, self._bend))

    def slope(self, s_m: Lengths) -> Doubles:
        """Rise per metre along the road."""
        return np.asarray(np.interp(s_m, self._s, self._slope))

    def ground_m(self, s_m: Lengths, d_m: Lengths) -> Doubles:
        """Height of the ground; broadcasts."""
        s, d = np.broadcast_arrays(np.asarray(s_m, np.float64), np.asarray(d_m, np.float64))
        side = (d > 0).astype(int)
        off = np.abs(d)
        kerb = np.where(off > self.half_width_m, self.kerb_m * (np.array(self.pavement_m)[side] > 0), 0.0)
        verge = np.maximum(off - self.half_width_m - np.array(self.pavement_m)[side], 0)
        far = np.minimum(verge / 25, 1)
        bumps = np.zeros_like(d)
        for wave, phase in zip(self._bump_wave, self._bump_phase, strict=True):
            bumps += np.sin(s * wave[0] + d * wave[1] + phase)
        slope = self._side_slope[side] * (verge - 4 * (1 - np.exp(-verge / 4)))
        crown = -self._crown * np.minimum(off, self.half_width_m)
        middle_m = np.interp(s, self._s, self._z)
        height_m: NDArray[np.float64] = middle_m + kerb + crown + slope + bumps * self._bump_m * 0.5 * far
        return height_m

    def point_m(self, s_m: Lengths, d_m: Lengths, above_m: Lengths = 0.0) -> Doubles:
        """(..., 3): the world point on (or above) the ground at road coordinates (s, d); broadcasts."""
        s, d = np.broadcast_arrays(np.asarray(s_m, np.float64), np.asarray(d_m, np.float64))
        heading = self.heading_rad(s)
        x = np.interp(s, self._s, self._x) - d * np.sin(heading)
        y = np.interp(s, self._s, self._y) + d * np.cos(heading)
        return np.stack([x, y, self.ground_m(s, d) + above_m], -1)

    def mesh(self, rng: np.random.Generator, paved: list[PavedGround], lanes: float, meadow: Surface) -> Mesh:
        """Carriageway, kerbs, pavements and open ground; ``lanes``: marked lanes, 0 for none."""
        grey = rng.uniform(0.1, 0.32)
        warm = rng.uniform(-0.02, 0.03)
        grey3 = (float(grey + warm), float(grey), float(grey - warm))
        dash = float(rng.uniform(2, 6))
        asphalt = Surface(Material.ASPHALT, grey3, (self.half_width_m, lanes, dash, float(rng.random())))
        plain = Surface(Material.ASPHALT, grey3, (0.0, 0.0, 0.0, float(rng.random())))
        tone = rng.uniform(0.25, 0.5)
        paving = Surface(Material.PAVING, (tone, tone, tone * 0.95), (float(rng.uniform(0.15, 0.6)), 0, 0, 0))
        kerb = Surface(Material.CONCRETE, (tone * 1.1,) * 3)
        build = MeshBuilder()
        s = np.arange(-APRON_M - 20, self.length_m + APRON_M + 20.1, 2.0)
        w = self.half_width_m
        self._sheet(build, s, np.linspace(-w, w, 9), [], asphalt, asphalt)
        for side, sign in ((0, -1.0), (1, 1.0)):
            edge, pavement = w, self.pavement_m[side]
            if pavement > 0:
                self._kerb(build, s, sign, paved, kerb)
                edge += pavement
                self._sheet(build, s, sign * np.linspace(w + 0.001, edge, 4), paved, paving, plain)
            out = edge + (GROUND_HALF_WIDTH_M + 8 - edge) * np.linspace(0, 1, 26) ** 1.6
            self._sheet(build, s, sign * out, paved, meadow, plain)
        return build.mesh()

    def _kerb(self, build: MeshBuilder, s: Doubles, sign: float, paved: list[PavedGround], surface: Surface) -> None:
        low = self.point_m(s, sign * self.half_width_m)
        high = self.point_m(s, sign * (self.half_width_m + 0.001))
        uv = np.stack([np.stack([s, 0 * s], -1), np.stack([s, 0 * s + self.kerb_m], -1)], 1)
        build.grid(np.stack([low, high], 1), uv, surface)

    def _sheet(
        self, build: MeshBuilder, s: Doubles, d: Doubles, paved: list[PavedGround], surface: Surface, plain: Surface
    ) -> None:
        points = self.point_m(s[:, None], d[None])
        uv = np.stack(np.broadcast_arrays(s[:, None], d[None]), -1)
        middle_s, middle_d = (s[1:, None] + s[:-1, None]) / 2, (d[None, 1:] + d[None, :-1]) / 2
        is_paved = np.zeros((len(s) - 1, len(d) - 1), bool)
        for p in paved:
            inside = (middle_s > p.s_m[0]) & (middle_s < p.s_m[1]) & (middle_d > p.d_m[0]) & (middle_d < p.d_m[1])
            is_paved |= inside
        build.grid(points, uv, surface, ~is_paved)
        build.grid(points, uv, plain, is_paved)
