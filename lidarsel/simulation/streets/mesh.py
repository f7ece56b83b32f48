"""Triangle meshes with a material, and the solids that street objects are put together from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]


class Material(IntEnum):
    """What a triangle is made of; materials.py says how each looks."""

    ASPHALT = 0
    PAVING = 1
    GRASS = 2
    FACADE = 3
    PAINT = 4
    GLASS = 5
    RUBBER = 6
    BARK = 7
    LEAF = 8
    FENCE = 9
    ROOF = 10
    SIGN = 11
    CONCRETE = 12


@dataclass(frozen=True)
class Surface:
    """Material, colour (linear RGB, 0..1) and four numbers whose meaning is the material's own."""

    material: Material
    tint: tuple[float, float, float]
    param: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, eq=False)
class Mesh:
    """Triangles in metres.

    vertex_m: float32 (V, 3). uv_m: float32 (V, 2), texture coordinates in metres. triangle: uint32 (T, 3).
    material: uint8 (T,). tint: float32 (T, 3). param: float32 (T, 4). label: uint16 (T,), SemanticKITTI's label of the
    thing that a triangle is part of, 0 where its material tells what it is.
    """

    vertex_m: Floats
    uv_m: Floats
    triangle: NDArray[np.uint32]
    material: NDArray[np.uint8]
    tint: Floats
    param: Floats
    label: NDArray[np.uint16]

    def labelled(self, label: int) -> "Mesh":
        """The mesh as all of one thing."""
        return replace(self, label=np.full_like(self.label, label))

    def placed(self, position_m: ArrayLike, yaw_rad: float = 0.0, scale: float = 1.0, slope: float = 0.0) -> "Mesh":
        """The mesh scaled, its front lifted by ``slope`` metres a metre, turned about z and moved; textures grow
        with it."""
        run = float(np.hypot(1.0, slope))
        along, up = 1 / run, slope / run
        c, s = np.cos(yaw_rad), np.sin(yaw_rad)
        turn = np.array([[c * along, -s, -c * up], [s * along, c, -s * up], [up, 0, along]]) * scale
        vertex_m = self.vertex_m @ turn.T.astype(np.float32) + np.asarray(position_m, np.float32)
        uv_m = self.uv_m * np.float32(scale)
        return replace(self, vertex_m=vertex_m, uv_m=uv_m)

    def with_paint(self, brightness: float) -> "Mesh":
        """The mesh with what is painted so many times as bright, 1 being white at most."""
        painted = (self.material == Material.PAINT)[:, None]
        return replace(self, tint=np.where(painted, np.minimum(self.tint * np.float32(brightness), 1), self.tint))

    @staticmethod
    def join(meshes: Sequence["Mesh"]) -> "Mesh":
        """All meshes as one."""
        if not meshes:
            return MeshBuilder().mesh()
        starts = np.cumsum([0] + [len(m.vertex_m) for m in meshes[:-1]]).astype(np.uint32)
        return Mesh(
            np.concatenate([m.vertex_m for m in meshes]),
            np.concatenate([m.uv_m for m in meshes]),
            np.concatenate([m.triangle + start for m, start in zip(meshes, starts, strict=True)]),
            np.concatenate([m.material for m in meshes]),
            np.concatenate([m.tint for m in meshes]),
            np.concatenate([m.param for m in meshes]),
            np.concatenate([m.label for m in meshes]),
        )


class MeshBuilder:
    """Collects pieces; every piece has vertices of its own, so that textures do not run over edges."""

    def __init__(self) -> None:
        self._pieces: list[tuple[Floats, Floats, NDArray[np.uint32], Surface]] = []
        self._meshes: list[Mesh] = []

    def add(self, vertex_m: ArrayLike, uv_m: ArrayLike, triangle: ArrayLike, surface: Surface) -> None:
        """Vertices (V, 3), texture coordinates (V, 2) and triangles (T, 3) of one surface."""
        self._pieces.append(
            (
                np.asarray(vertex_m, np.float32),
                np.asarray(uv_m, np.float32),
                np.asarray(triangle, np.uint32),
                surface,
            )
        )

    def add_mesh(self, mesh: Mesh) -> None:
        """A finished mesh, its surfaces kept."""
        self._meshes.append(mesh)

    def quad(self, corners: ArrayLike, surface: Surface) -> None:
        """Corners (4, 3) in turn; u runs from corner 0 to 1, v from corner 0 to 3."""
        p = np.asarray(corners, np.float32)
        u1, v3 = np.linalg.norm(p[1] - p[0]), np.linalg.norm(p[3] - p[0])
        u2 = np.linalg.norm(p[2] - p[3])
        uv = np.array([[0, 0], [u1, 0], [(u1 + u2) / 2, v3], [0, v3]])
        self.add(p, uv, [[0, 1, 2], [0, 2, 3]], surface)

    def prism(
        self,
        centre: tuple[float, float],
        z: tuple[float, float],
        bottom: tuple[float, float],
        top: tuple[float, float],
        side: Surface,
        cap: Surface | None = None,
        shift: float = 0.0,
    ) -> None:
        """A box whose top may differ from its bottom.

        Args:
            centre: (x, y) of the bottom, in metres as all that follows.
            z: of bottom and top.
            bottom, top: (length, width).
            side: surface of the four sides.
            cap: surface of bottom and top; None for that of the sides.
            shift: of the top along x.
        """
        (cx, cy), (z0, z1) = centre, z
        ring = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
        low = np.column_stack([ring * bottom + (cx, cy), np.full(4, z0)])
        high = np.column_stack([ring * top + (cx + shift, cy), np.full(4, z1)])
        for i in range(4):
            j = (i + 1) % 4
            self.quad([low[i], low[j], high[j], high[i]], side)
        self.quad(high, cap or side)
        self.quad(low[::-1], cap or side)

    def box(self, centre: tuple[float, float], z: tuple[float, float], size: tuple[float, float], s: Surface) -> None:
        """An upright box of size (length, width)."""
        self.prism(centre, z, size, size, s)

    def tube(self, start: ArrayLike, end: ArrayLike, radii: tuple[float, float], s: Surface, sides: int = 8) -> None:
        """A cone frustum, closed at both ends.

        Args:
            start, end: (3,), the middles of its ends, in metres.
            radii: of these, in metres.
            s: its surface.
            sides: how many faces stand for its round.
        """
        a, b = np.asarray(start, np.float64), np.asarray(end, np.float64)
        axis = (b - a) / np.linalg.norm(b - a)
        across = np.cross(axis, [1.0, 0, 0] if abs(axis[0]) < 0.8 else [0, 1.0, 0])
        across /= np.linalg.norm(across)
        angle = np.linspace(0, 2 * np.pi, sides + 1)
        ring = np.outer(np.cos(angle), across) + np.outer(np.sin(angle), np.cross(axis, across))
        vertex = np.concatenate([a + ring * radii[0], b + ring * radii[1], [a, b]])
        u, length = angle * max(radii), np.linalg.norm(b - a)
        uv = np.concatenate([np.column_stack([u, 0 * u]), np.column_stack([u, 0 * u + length]), [[0, 0], [0, length]]])
        i = np.arange(sides)
        j, n = i + 1, sides + 1
        faces = [(i, j, j + n), (i, j + n, i + n), (j, i, 0 * i + 2 * n), (i + n, j + n, 0 * i + 2 * n + 1)]
        self.add(vertex, uv, np.concatenate([np.column_stack(f) for f in faces]), s)

    def blob(
        self,
        centre: ArrayLike,
        radii: ArrayLike,
        s: Surface,
        rng: np.random.Generator,
        bumps: float = 0.25,
        fine: int = 2,
    ) -> None:
        """An ellipsoid with bumps: a crown, a bush, a boulder, a head.

        Args:
            centre: (3,), in metres.
            radii: (3,), in metres.
            s: its surface.
            rng: of its bumps.
            bumps: about how far they rise, as a share of the radii.
            fine: how often the faces of an icosahedron are split in four.
        """
        ball, faces = _icosphere(fine)
        wave = rng.normal(size=(5, 3)) * 2.5
        swell = 1 + bumps * np.sin(ball @ wave.T + rng.uniform(0, 6.28, 5)).mean(1, keepdims=True) * 1.8
        local = ball * swell * np.asarray(radii)
        # an oblique plane instead of angles: no seam, and no side is seen edge-on in both coordinates
        uv = local @ np.array([[0.8, 0.45], [0.6, -0.35], [0.25, 0.9]]) + rng.uniform(0, 50, 2)
        self.add(local + np.asarray(centre), uv, faces, s)

    def grid(self, points: ArrayLike, uv_m: ArrayLike, surface: Surface, keep: NDArray[np.bool_] | None = None) -> None:
        """A sheet of (R, C, 3) points with (R, C, 2) texture coordinates; ``keep`` (R-1, C-1) leaves cells out."""
        p, uv = np.asarray(points, np.float32), np.asarray(uv_m, np.float32)
        rows, columns = p.shape[:2]
        index = np.arange(rows * columns).reshape(rows, columns)
        quads = np.stack([index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]], -1)
        quads = quads.reshape(-1, 4) if keep is None else quads[keep]
        if len(quads) == 0:
            return
        used, compact = np.unique(quads, return_inverse=True)
        compact = compact.reshape(-1, 4)
        faces = np.concatenate([compact[:, [0, 1, 2]], compact[:, [0, 2, 3]]])
        self.add(p.reshape(-1, 3)[used], uv.reshape(-1, 2)[used], faces, surface)

    def mesh(self) -> Mesh:
        """Everything added so far."""
        p = self._pieces
        counts = [len(t) for _, _, t, _ in p]
        starts = np.cumsum([0] + [len(v) for v, _, _, _ in p]).astype(np.uint32)
        pieces = Mesh(
            _stack((v for v, _, _, _ in p), 3, np.float32),
            _stack((uv for _, uv, _, _ in p), 2, np.float32),
            _stack((t + starts[i] for i, (_, _, t, _) in enumerate(p)), 3, np.uint32),
            np.repeat(np.array([s.material for *_, s in p], np.uint8), counts),
            np.repeat(np.array([s.tint for *_, s in p], np.float32).reshape(-1, 3), counts, axis=0),
            np.repeat(np.array([s.param for *_, s in p], np.float32).reshape(-1, 4), counts, axis=0),
            np.zeros(sum(counts), np.uint16),
        )
        return Mesh.join([pieces, *self._meshes]) if self._meshes else pieces


def _stack(arrays: Iterable[NDArray[Any]], columns: int, dtype: type) -> NDArray[Any]:
    return np.concatenate([np.zeros((0, columns), dtype), *arrays])


_BALLS: dict[int, tuple[NDArray[np.float64], NDArray[np.int64]]] = {}


def _icosphere(fine: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Unit sphere from an icosahedron halved ``fine`` times: 20 * 4**fine triangles."""
    if fine not in _BALLS:
        _BALLS[fine] = _make_icosphere(fine)
    return _BALLS[fine]


def _make_icosphere(fine: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    g = (1 + 5**0.5) / 2
    upright = [(a, b * g, 0.0) for a in (-1, 1) for b in (-1, 1)]  # one of three golden rectangles
    ball = np.array([np.roll(corner, turn) for turn in range(3) for corner in upright])
    edges = np.linalg.norm(ball[:, None] - ball[None], axis=2)
    near = np.isclose(edges, 2)
    faces = np.array(
        [(i, j, k) for i in range(12) for j in range(i) for k in range(j) if near[i, j] and near[j, k] and near[i, k]]
    )
    for _ in range(fine):
        a, b, c = faces.T
        pairs = np.sort(np.concatenate([np.column_stack(x) for x in ((a, b), (b, c), (c, a))]), axis=1)
        unique, back = np.unique(pairs, axis=0, return_inverse=True)
        ab, bc, ca = back.reshape(3, -1) + len(ball)
        ball = np.concatenate([ball, ball[unique].mean(1)])
        faces = np.concatenate([np.column_stack(x) for x in ((a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca))])
    return ball / np.linalg.norm(ball, axis=1, keepdims=True), faces
