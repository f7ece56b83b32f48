"""Rays against a scene: Open3D finds the triangles, materials say where a ray goes on between leaves."""

from dataclasses import dataclass, replace

import numpy as np
import open3d as o3d
from numpy.typing import NDArray

from lidarsel.simulation.sensing.materials import LABEL_OF_MATERIAL, SEE_THROUGH, Spots, holes
from lidarsel.simulation.streets.mesh import Mesh

Floats = NDArray[np.float32]
PASSES = 4
"""A ray that has met this many gaps stops at the next surface, whatever that is."""


@dataclass(frozen=True, eq=False)
class Hits:
    """What N rays met. distance: float32 (N,) in lengths of the ray's direction vector, inf = nothing.

    triangle: int64 (N,), -1 = nothing. normal: float32 (N, 3), towards the ray's origin. place: float32 (N, 2), the
    triangle's barycentric coordinates of its second and third corner.
    """

    distance: Floats
    triangle: NDArray[np.int64]
    normal: Floats
    place: Floats


@dataclass(frozen=True, eq=False)
class _Surfaces:
    """What is asked of T triangles. material: uint8 (T,). label: uint16 (T,). has_holes: bool (T,).

    table: float32 (T, 13), one row a triangle, so that a hit asks memory once: texture coordinates of its first corner,
    what its second and third add to them, tint, param.
    """

    material: NDArray[np.uint8]
    label: NDArray[np.uint16]
    has_holes: NDArray[np.bool_]
    table: Floats

    @staticmethod
    def of(mesh: Mesh) -> "_Surfaces":
        first, second, third = (mesh.uv_m[mesh.triangle[:, corner]] for corner in range(3))
        table = np.concatenate([first, second - first, third - first, mesh.tint, mesh.param], axis=1)
        label = np.where(mesh.label > 0, mesh.label, LABEL_OF_MATERIAL[mesh.material])
        return _Surfaces(mesh.material, label, np.isin(mesh.material, SEE_THROUGH), table)

    def and_also(self, other: "_Surfaces") -> "_Surfaces":
        """Both, the other's triangles numbered after these."""
        return _Surfaces(
            np.concatenate([self.material, other.material]),
            np.concatenate([self.label, other.label]),
            np.concatenate([self.has_holes, other.has_holes]),
            np.concatenate([self.table, other.table]),
        )


@dataclass(frozen=True, eq=False)
class RayScene:
    """Still and moving meshes to cast rays at; the moving one is small and another one every frame.

    Args:
        still, moving: what finds the triangle that a ray meets; None where nothing moves.
        n_still: how many triangles stand still; those that move are numbered after them.
        surfaces: of all triangles.
    """

    still: o3d.t.geometry.RaycastingScene
    moving: o3d.t.geometry.RaycastingScene | None
    n_still: int
    surfaces: _Surfaces

    @staticmethod
    def of(mesh: Mesh) -> "RayScene":
        """A scene in which nothing moves."""
        return RayScene(_engine(mesh), None, len(mesh.triangle), _Surfaces.of(mesh))

    def with_moving(self, mesh: Mesh) -> "RayScene":
        """The same still scene with these moving meshes in it; shares all that is large."""
        if not len(mesh.triangle):
            return self
        return replace(self, moving=_engine(mesh), surfaces=self.surfaces.and_also(_Surfaces.of(mesh)))

    @property
    def material(self) -> NDArray[np.uint8]:
        """uint8 (T,): of the triangles that hits name."""
        return self.surfaces.material

    @property
    def label(self) -> NDArray[np.uint16]:
        """uint16 (T,): SemanticKITTI's labels of the triangles that hits name."""
        return self.surfaces.label

    def cast(self, origin: Floats, direction: Floats) -> Hits:
        """Origins (N, 3) or (3,) and directions (N, 3), of any length."""
        n = len(direction)
        rays = np.empty((n, 6), np.float32)
        rays[:, :3], rays[:, 3:] = origin, direction
        hits = self._first(rays)
        doubtful = np.flatnonzero((hits.triangle >= 0) & self.surfaces.has_holes[hits.triangle])
        for _ in range(PASSES):
            triangle = hits.triangle[doubtful]
            through = holes(self.material[triangle], self.spots(hits, doubtful))
            doubtful = doubtful[through]
            if len(doubtful) == 0:
                break
            ray = rays[doubtful]
            gone = hits.distance[doubtful] + 1e-3 / np.linalg.norm(ray[:, 3:], axis=1)
            ray[:, :3] += ray[:, 3:] * gone[:, None]
            later = self._first(ray)
            hits.distance[doubtful] = later.distance + gone
            hits.triangle[doubtful] = later.triangle
            hits.normal[doubtful], hits.place[doubtful] = later.normal, later.place
            again = (later.triangle >= 0) & self.surfaces.has_holes[later.triangle]
            doubtful = doubtful[again]
        return hits

    def spots(self, hits: Hits, index: NDArray[np.int64], footprint_m: Floats | None = None) -> Spots:
        """The surface where the hits of these indices are."""
        triangle = hits.triangle[index]
        if footprint_m is None:
            footprint_m = np.zeros(len(index), np.float32)
        row, place = self.surfaces.table[triangle], hits.place[index]
        uv_m = row[:, :2] + place[:, :1] * row[:, 2:4] + place[:, 1:] * row[:, 4:6]
        return Spots(uv_m, row[:, 6:9], row[:, 9:], footprint_m)

    def in_shadow(self, point_m: Floats, towards: NDArray[np.float64]) -> NDArray[np.bool_]:
        """bool (N,): whether anything (leaves taken as solid) stands between the points and the sun."""
        rays = np.empty((len(point_m), 6), np.float32)
        rays[:, :3], rays[:, 3:] = point_m, towards
        tensor = _tensor(rays)
        dark: NDArray[np.bool_] = self.still.test_occlusions(tensor).numpy()
        if self.moving is not None:
            dark |= self.moving.test_occlusions(tensor).numpy()
        return dark

    def _first(self, rays: Floats) -> Hits:
        tensor = _tensor(rays)
        found = {k: v.numpy() for k, v in self.still.cast_rays(tensor).items()}
        distance, place, normal = found["t_hit"], found["primitive_uvs"], found["primitive_normals"]
        triangle = np.where(np.isfinite(distance), found["primitive_ids"].astype(np.int64), -1)
        if self.moving is not None:
            other = {k: v.numpy() for k, v in self.moving.cast_rays(tensor).items()}
            nearer = np.flatnonzero(other["t_hit"] < distance)
            distance[nearer] = other["t_hit"][nearer]
            place[nearer], normal[nearer] = other["primitive_uvs"][nearer], other["primitive_normals"][nearer]
            triangle[nearer] = other["primitive_ids"][nearer].astype(np.int64) + self.n_still
        away = np.einsum("ij,ij->i", normal, rays[:, 3:]) > 0
        normal *= np.where(away, np.float32(-1), np.float32(1))[:, None]
        return Hits(distance, triangle, normal, place)


def _engine(mesh: Mesh) -> o3d.t.geometry.RaycastingScene:
    scene = o3d.t.geometry.RaycastingScene()
    scene.add_triangles(_tensor(mesh.vertex_m), _tensor(mesh.triangle))
    return scene


def _tensor(array: NDArray[np.float32] | NDArray[np.uint32]) -> o3d.core.Tensor:
    return o3d.core.Tensor.from_numpy(np.ascontiguousarray(array))
