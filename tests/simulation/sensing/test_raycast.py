"""Things that move within a scene, against the same things as part of what stands still."""

import numpy as np
import pytest

from lidarsel.simulation.sensing.raycast import RayScene
from lidarsel.simulation.streets.mesh import Material, Mesh, MeshBuilder, Surface


def wall(x_m: float, material: Material, tint: float) -> Mesh:
    build = MeshBuilder()
    corners = [(x_m, -30.0, -30.0), (x_m, 30.0, -30.0), (x_m, 30.0, 30.0), (x_m, -30.0, 30.0)]
    build.quad(corners, Surface(material, (tint,) * 3, (tint, 0.5, 0.0, 0.0)))
    return build.mesh()


def box(material: Material, tint: float) -> Mesh:
    build = MeshBuilder()
    build.box((0, 0), (-1, 1), (2, 2), Surface(material, (tint,) * 3, (tint, 0.0, 0.0, 0.0)))
    return build.mesh()


STREET = wall(20, Material.CONCRETE, 0.5)
MOVERS = [box(Material.PAINT, 0.1), box(Material.RUBBER, 0.2), box(Material.GLASS, 0.3)]
AIM = np.random.default_rng(0).uniform(-0.7, 0.7, (4000, 3)).astype(np.float32)
AIM[:, 0] = 1


@pytest.mark.parametrize("present", [(), (1,), (0, 2), (2, 0, 1)])
def test_movers_are_met_where_they_stand_and_as_what_they_are(present: tuple[int, ...]) -> None:
    """Whichever of them are there, and in whatever order: distance, material, tint and texture of every hit."""
    placed = {n: MOVERS[n].placed((8.0, 5.0 * n - 5.0, 0.0), 0.3 * n) for n in present}
    scene = RayScene.of(STREET, MOVERS).with_moving(placed)
    still = RayScene.of(Mesh.join([STREET, *placed.values()]))
    found, expected = (one.cast(np.zeros(3, np.float32), AIM) for one in (scene, still))
    np.testing.assert_array_equal(found.distance, expected.distance)
    np.testing.assert_array_equal(found.normal, expected.normal)
    np.testing.assert_array_equal(scene.material[found.triangle], still.material[expected.triangle])
    np.testing.assert_array_equal(scene.label[found.triangle], still.label[expected.triangle])
    every = np.arange(len(AIM))
    seen, meant = scene.spots(found, every), still.spots(expected, every)
    for figure in ("uv_m", "tint", "param"):
        np.testing.assert_array_equal(getattr(seen, figure), getattr(meant, figure))
    assert len(np.unique(scene.material[found.triangle])) == 1 + len(present)


def test_what_moved_before_is_not_there_any_more() -> None:
    scene = RayScene.of(STREET, MOVERS)
    moved = scene.with_moving({1: MOVERS[1].placed((8.0, 0.0, 0.0))})
    ahead = np.array([[1.0, 0.0, 0.0]], np.float32)
    assert moved.cast(np.zeros(3, np.float32), ahead).distance[0] == pytest.approx(7)
    assert scene.cast(np.zeros(3, np.float32), ahead).distance[0] == pytest.approx(20)


def test_columns_in_one_piece_give_the_same_hits_as_rows() -> None:
    scene = RayScene.of(Mesh.join([STREET, MOVERS[0].placed((8.0, 0.0, 0.0))]))
    origins = np.random.default_rng(1).uniform(-1, 1, AIM.shape).astype(np.float32)
    rows = scene.cast(origins, AIM)
    columns = scene.cast(np.ascontiguousarray(origins.T).T, np.ascontiguousarray(AIM.T).T)
    np.testing.assert_array_equal(rows.distance, columns.distance)
    np.testing.assert_array_equal(rows.normal, columns.normal)
    assert (np.einsum("ij,ij->i", rows.normal, AIM) <= 0).all()


def test_nothing_to_ask_is_answered_by_nothing() -> None:
    scene, none = RayScene.of(STREET), np.empty((0, 3), np.float32)
    assert len(scene.cast(np.zeros(3, np.float32), none).distance) == 0
    assert len(scene.in_shadow(list(none.T), np.array([0.0, 0.0, 1.0]))) == 0
