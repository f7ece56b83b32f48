"""Rays against a scene: Open3D finds the triangles, materials say where a ray goes on between leaves."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import open3d as o3d
from numpy.typing import NDArray

from lidarsel.simulation.sensing.materials import LABEL_OF_MATERIAL, Spots, has_holes, holes
from lidarsel.simulation.sensing.vectors import dots, lengths
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

    table: float32 (13, T): texture coordinates of a triangle's first corner, what its second and third add to them,
    tint, param.
    """

    material: NDArray[np.uint8]
    label: NDArray[np.uint16]
    has_holes: NDArray[np.bool_]
    table: Floats

    @staticmethod
    def of(mesh: Mesh) -> "_Surfaces":
        first, second, third = (mesh.uv_m[mesh.triangle[:, corner]] for corner in range(3))
        columns = np.concatenate([first, second - first, third - first, mesh.tint, mesh.param], axis=1)
        label = np.where(mesh.label > 0, mesh.label, LABEL_OF_MATERIAL[mesh.material])
        return _Surfaces(mesh.material, label, has_holes(mesh.material, mesh.param), np.ascontiguousarray(columns.T))


@dataclass(frozen=True, eq=False)
class RayScene:
    """Still and moving meshes to cast rays at; what moves is small and stands elsewhere every frame.

    Args:
        still, moving: what finds the triangle that a ray meets; None where nothing moves.
        surfaces: of all triangles: what stands still, then one thing that may move after the other.
        starts: int64 (things + 1,), the numbers of their first triangles, and of all.
        numbers: int64, of the triangles of what moves now.
    """

    still: o3d.t.geometry.RaycastingScene
    moving: o3d.t.geometry.RaycastingScene | None
    surfaces: _Surfaces
    starts: NDArray[np.int64]
    numbers: NDArray[np.int64]

    @staticmethod
    def of(mesh: Mesh, movers: Sequence[Mesh] = ()) -> "RayScene":
        """A scene in which nothing moves yet, and all that may come to move in it."""
        starts = np.cumsum([len(one.triangle) for one in (mesh, *movers)])
        surfaces = _Surfaces.of(Mesh.join([mesh, *movers]))
        return RayScene(_engine(mesh), None, surfaces, starts, np.empty(0, np.int64))

    def with_moving(self, placed: Mapping[int, Mesh]) -> "RayScene":
        """The same still scene with some of the movers in it, by their numbers, as they stand; shares all that is
        large."""
        if not placed:
            return self
        numbers = [np.arange(self.starts[number], self.starts[number + 1]) for number in placed]
        return replace(self, moving=_engine(Mesh.join(list(placed.values()))), numbers=np.concatenate(numbers))

    @property
    def material(self) -> NDArray[np.uint8]:
        """uint8 (T,): of the triangles that hits name."""
        return self.surfaces.material

    @property
    def label(self) -> NDArray[np.uint16]:
        """uint16 (T,): SemanticKITTI's labels of the triangles that hits name."""
        return self.surfaces.label

    def cast(self, origin: Floats, direction: Floats) -> Hits:
        """Origins (N, 3) or (3,) and directions (N, 3), of any length; quickest with columns in one piece each."""
        rays = _rays(origin.T, direction.T)
        hits = self._first(rays, direction)
        doubtful = self._with_holes(hits)
        for _ in range(PASSES):
            doubtful = doubtful[self._through(hits, doubtful)]
            if len(doubtful) == 0:
                break
            ray = rays.take(doubtful, axis=0)
            gone = hits.distance[doubtful] + 1e-3 / lengths(ray[:, 3:])
            for axis in range(3):
                ray[:, axis] += ray[:, 3 + axis] * gone
            later = self._first(ray, ray[:, 3:])
            hits.distance[doubtful] = later.distance + gone
            hits.triangle[doubtful] = later.triangle
            hits.normal[doubtful], hits.place[doubtful] = later.normal, later.place
            doubtful = doubtful[self._with_holes(later)]
        return hits

    def _with_holes(self, hits: Hits) -> NDArray[np.int64]:
        """Indices of the hits on surfaces that may let a ray through."""
        return np.flatnonzero(self.surfaces.has_holes.take(hits.triangle) & (hits.triangle >= 0))

    def _through(self, hits: Hits, index: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of the hits of these indices, on surfaces with holes, go on through one."""
        return holes(self.material.take(hits.triangle.take(index)), lambda i: self.spots(hits, index[i]))

    def spots(self, hits: Hits, index: NDArray[np.int64], footprint_m: Floats | None = None) -> Spots:
        """The surface where the hits of these indices are."""
        if footprint_m is None:
            footprint_m = np.zeros(len(index), np.float32)
        of_triangle = self.surfaces.table.take(hits.triangle.take(index), axis=1)
        second, third = hits.place.take(index, axis=0).T
        uv_m = of_triangle[:2] + second * of_triangle[2:4] + third * of_triangle[4:6]
        return Spots(uv_m, of_triangle[6:9], of_triangle[9:], footprint_m)

    def in_shadow(self, point_m: Sequence[Floats], towards: NDArray[np.float64]) -> NDArray[np.bool_]:
        """bool (N,): whether anything (leaves taken as solid) stands between the points, x, y and z (N,), and the
        sun."""
        tensor = _tensor(_rays(point_m, towards))
        dark: NDArray[np.bool_] = self.still.test_occlusions(tensor).numpy()
        if self.moving is not None:
            dark |= self.moving.test_occlusions(tensor).numpy()
        return dark

    def _first(self, rays: Floats, direction: Floats) -> Hits:
        """What the rays (N, 6) meet first; ``direction`` (N, 3) is theirs."""
        tensor = _tensor(rays)
        found = {k: v.numpy() for k, v in self.still.cast_rays(tensor).items()}
        distance, place, normal = found["t_hit"], found["primitive_uvs"], found["primitive_normals"]
        triangle = found["primitive_ids"].view(np.int32).astype(np.int64)  # all bits set is nothing: -1
        if self.moving is not None:
            other = {k: v.numpy() for k, v in self.moving.cast_rays(tensor).items()}
            nearer = np.flatnonzero(other["t_hit"] < distance)
            distance[nearer] = other["t_hit"][nearer]
            place[nearer], normal[nearer] = other["primitive_uvs"][nearer], other["primitive_normals"][nearer]
            triangle[nearer] = self.numbers[other["primitive_ids"][nearer]]
        side = np.where(dots(normal, direction) > 0, np.float32(-1), np.float32(1))
        for axis in range(3):
            normal[:, axis] *= side
        return Hits(distance, triangle, normal, place)


def _rays(origin: Iterable[NDArray[np.floating]], direction: Iterable[NDArray[np.floating]]) -> Floats:
    """float32 (N, 6) as Open3D takes them, from x, y and z of origins and directions, either of which may be one."""
    columns = [*origin, *direction]
    (count,) = np.broadcast_shapes(*(np.shape(column) for column in columns))
    rays = np.empty((count, 6), np.float32)
    for place, column in enumerate(columns):
        rays[:, place] = column
    return rays


def _engine(mesh: Mesh) -> o3d.t.geometry.RaycastingScene:
    scene = o3d.t.geometry.RaycastingScene()
    scene.add_triangles(_tensor(mesh.vertex_m), _tensor(mesh.triangle))
    return scene


def _tensor(array: NDArray[np.float32] | NDArray[np.uint32]) -> o3d.core.Tensor:
    return o3d.core.Tensor.from_numpy(np.ascontiguousarray(array))
