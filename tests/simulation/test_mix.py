"""What drives are like: every setting moves what it is named by, and a fleet's drives are of its kinds."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from lidarsel.datasets.parts.semantic_kitti import SemanticLabel
from lidarsel.errors import UsageError
from lidarsel.frame import Frame
from lidarsel.simulation.frames import simulate_frames, simulate_seen
from lidarsel.simulation.mix import DriveKind, Fleet, StreetMix
from lidarsel.simulation.sensing.raycast import RayScene
from lidarsel.simulation.settings import SimulateSettings
from lidarsel.simulation.streets.frontage import KINDS, fill_side
from lidarsel.simulation.streets.mesh import Material, Mesh, MeshBuilder, Surface
from lidarsel.simulation.streets.road import Road
from lidarsel.simulation.streets.scene import Scene, build_scene
from lidarsel.simulation.streets.traffic import draw_carriageway, traffic

TINY = SimulateSettings(
    seed=8, frames=1, frames_per_scene=1, image_height=48, image_width=160, azimuth_step_deg=2.0, n_lines=16
)


def scene(mix: StreetMix) -> Scene:
    return build_scene(np.random.default_rng(5), 20.0, 9.0, True, mix)


def same(here: Frame, there: Frame) -> bool:
    return np.array_equal(here.points.depth_m, there.points.depth_m) and np.array_equal(here.image, there.image)  # type: ignore[arg-type]


def test_roads_are_of_the_shares_that_are_asked_for() -> None:
    for mix, expected in (
        (StreetMix(avenues=0.0, motorways=1.0), 1.0),
        (StreetMix(avenues=0.5, motorways=0.5), 0.5),
        (StreetMix(avenues=0.0, motorways=0.0), 0.0),
        (StreetMix(), 0.15),
    ):
        drawn = [draw_carriageway(np.random.default_rng(seed), mix).is_motorway for seed in range(400)]
        assert np.mean(drawn) == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / 400))


def test_more_traffic_and_more_of_it_heavy(monkeypatch: pytest.MonkeyPatch) -> None:
    heavy: list[float] = []
    box = MeshBuilder()
    box.box((0, 0), (0, 1), (4, 2), Surface(Material.PAINT, (1, 1, 1)))

    def plain_vehicle(_rng: np.random.Generator, _kinds: tuple[str, ...], heavy_chance: float) -> Mesh:
        heavy.append(heavy_chance)
        return box.mesh()

    monkeypatch.setattr(
        "lidarsel.simulation.streets.traffic.vehicle", lambda rng, kinds, heavy: plain_vehicle(rng, kinds, heavy)
    )

    def movers(mix: StreetMix) -> int:
        heavy.clear()
        for seed in range(30):
            rng = np.random.default_rng(seed)
            ways = draw_carriageway(rng)
            traffic(rng, ways, ways.ours[0], 40.0, 9.0, mix)
        return len(heavy)

    assert 2 * movers(StreetMix(traffic=0.3)) < movers(StreetMix()) < 0.7 * movers(StreetMix(traffic=2.5))
    usual = movers(StreetMix())
    chances = heavy.copy()
    assert movers(StreetMix(heavy=2.0)) == usual
    assert heavy == [2 * chance for chance in chances]


def labelled(mesh: Mesh, label: int) -> int:
    return int((mesh.label == label).sum())


def has_roof(scene: Scene) -> bool:
    """Whether anything hangs over the ego vehicle's lane."""
    above = scene.road.point_m(np.arange(0, scene.road.length_m + 80, 1.0), scene.lane_d_m, 3.0)
    up = np.broadcast_to(np.array([0, 0, 1], np.float32), above.shape)
    return bool((RayScene.of(scene.static).cast(above.astype(np.float32), up).distance < 8).any())


def test_a_street_has_more_or_less_of_what_is_asked_for() -> None:
    streets = StreetMix(avenues=0.0, motorways=0.0)
    bare = scene(replace(streets, pavements=0.0, people=0.05, parked=0.05, bridges=0.05))
    full = scene(replace(streets, pavements=1.0, people=8.0, parked=1.5, bridges=10.0))
    assert (max(bare.road.pavement_m), has_roof(bare)) == (0.0, False)
    assert min(full.road.pavement_m) >= 1.0
    assert has_roof(full)
    for label in (SemanticLabel.PERSON, SemanticLabel.CAR):
        assert labelled(bare.static, label) < labelled(full.static, label)


def test_paint_is_as_bright_as_it_is_asked_for() -> None:
    build = MeshBuilder()
    build.box((0, 0), (0, 1), (1, 1), Surface(Material.PAINT, (0.2, 0.4, 0.9)))
    build.box((0, 0), (1, 2), (1, 1), Surface(Material.GLASS, (0.2, 0.4, 0.9)))
    mesh = build.mesh().with_paint(1.25)
    np.testing.assert_allclose(np.unique(mesh.tint, axis=0), [[0.2, 0.4, 0.9], [0.25, 0.5, 1.0]])


def test_slopes_grow_with_their_factor() -> None:
    s = np.linspace(0, 60, 100)
    one, two = (Road(np.random.default_rng(3), 60.0, 4.0, (0.0, 0.0), f).slope(s) for f in (1.0, 2.0))
    np.testing.assert_allclose(two, 2 * one)


def roadside(mix: StreetMix, seed: int) -> Mesh:
    rng = np.random.default_rng(seed)
    return Mesh.join(fill_side(rng, Road(rng, 40.0, 4.0, (1.5, 1.5)), 1, [], KINDS, mix))


def test_houses_and_woods_and_how_far_they_stand() -> None:
    def sheets(material: Material, mix: StreetMix) -> int:
        return sum(int((roadside(mix, seed).material == material).sum()) for seed in range(3))

    town = StreetMix(buildings=10.0, greenery=0.05)
    country = StreetMix(buildings=0.05, greenery=10.0)
    assert sheets(Material.ROOF, town) > 2 * sheets(Material.ROOF, country)
    assert sheets(Material.LEAF, country) > 2 * sheets(Material.LEAF, town)
    near, far = (roadside(replace(town, setback_m=m), 2) for m in (0.0, 8.0))

    def nearest_m(mesh: Mesh) -> float:
        walls = mesh.triangle[mesh.material == Material.ROOF]
        return float(np.abs(mesh.vertex_m[walls][..., 1]).min())

    assert nearest_m(far) > nearest_m(near) + 6


@pytest.mark.parametrize(("name", "value"), [("traffic", 0.0), ("paint", 2.0), ("setback_m", -1.0), ("avenues", 0.9)])
def test_a_senseless_mix_is_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(UsageError, match=rf"streets: {name} "):
        StreetMix(**{name: value})


def test_frames_of_usual_drives_are_the_usual_ones_with_ground_truth_or_without() -> None:
    of_fleet = replace(TINY, fleet=Fleet((DriveKind(),), (1.0,), "0"))
    assert all(map(same, simulate_frames(TINY), simulate_seen(of_fleet)))


def test_drives_of_a_fleet_are_of_its_kinds_in_their_shares_by_the_seed() -> None:
    kinds = tuple(DriveKind(StreetMix(traffic=f), speed_m_per_s=s) for f, s in ((0.5, 5.0), (2.0, 12.0)))
    settings = replace(TINY, fleet=Fleet(kinds, (0.25, 0.75), "0"))
    drawn = [settings.of_drive(number) for number in range(300)]
    assert drawn == [settings.of_drive(number) for number in range(300)]
    wanted: list[dict[str, Any]] = [{field.name: getattr(k, field.name) for field in fields(k)} for k in kinds]
    assert all(one in [replace(TINY, **kind) for kind in wanted] for one in drawn)
    assert np.mean([one.speed_m_per_s == 12.0 for one in drawn]) == pytest.approx(0.75, abs=0.1)


@pytest.mark.parametrize("shares", [(), (0.5,), (1.5, -0.5), (0.4, 0.4)])
def test_shares_that_are_none_are_refused(shares: tuple[float, ...]) -> None:
    with pytest.raises(UsageError, match="fleet: shares must be 2"):
        Fleet((DriveKind(), DriveKind()), shares, "0")
