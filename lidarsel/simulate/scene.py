"""A street scene: the road, what stands beside it, and what moves on it, all from one seed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.simulate.clearance import keep_clear
from lidarsel.simulate.frontage import fill_side
from lidarsel.simulate.furniture import clutter, pole
from lidarsel.simulate.mesh import Material, Mesh, MeshBuilder, Surface
from lidarsel.simulate.plants import leaf_surface, tree
from lidarsel.simulate.road import APRON_M, GROUND_HALF_WIDTH_M, PavedGround, Road
from lidarsel.simulate.vehicles import person, vehicle


@dataclass(frozen=True)
class Light:
    """Sun, sky and air. sun: unit vector towards it. haze_m: distance at which 63 % is haze."""

    sun: NDArray[np.float64]
    sun_strength: float
    ambient: float
    haze_m: float
    horizon: NDArray[np.float32]
    zenith: NDArray[np.float32]
    clouds: float
    exposure: float


@dataclass(frozen=True)
class Mover:
    """A road user that keeps its lane and speed; ``s_m`` at time 0."""

    mesh: Mesh
    s_m: float
    d_m: float
    speed_m_per_s: float


@dataclass(frozen=True)
class Scene:
    """One street. ``lane_d_m``: where the ego vehicle drives."""

    road: Road
    static: Mesh
    movers: tuple[Mover, ...]
    light: Light
    lane_d_m: float

    def moving_at(self, time_s: float) -> Mesh:
        """The moving road users as they stand at this time."""
        placed = []
        for m in self.movers:
            s = m.s_m + m.speed_m_per_s * time_s
            if -APRON_M < s < self.road.length_m + APRON_M:
                turn = np.pi if m.speed_m_per_s < 0 else 0.0
                yaw = float(self.road.heading_rad(s)) + turn
                placed.append(m.mesh.placed(self.road.point_m(s, m.d_m), yaw))
        return Mesh.join(placed)


def build_scene(rng: np.random.Generator, length_m: float, ego_speed_m_per_s: float, moving: bool) -> Scene:
    """A new street along which the ego vehicle drives ``length_m`` metres, starting at s = 0."""
    half_width = float(rng.uniform(2.4, 8.5))
    lanes = float(rng.choice([0, 2, 2, 2])) if half_width < 5.5 else float(rng.choice([2, 4, 4]))
    pavements = tuple(float(rng.uniform(1, 4.5)) if rng.random() < 0.75 else 0.0 for _ in range(2))
    road = Road(rng, length_m, half_width, (pavements[0], pavements[1]))
    lane_d = -half_width * (0.25 if lanes == 4 else 0.5) if half_width > 2.8 else float(rng.uniform(-0.4, 0.4))
    pieces: list[Mesh] = []
    paved: list[PavedGround] = []
    for side in (0, 1):
        pieces += fill_side(rng, road, side, paved)
    pieces += _parked(rng, road, lane_d)
    pieces += _kerbside(rng, road)
    pieces = keep_clear(pieces, road, lane_d)
    pieces.append(_backdrop(rng, road))
    pieces.append(road.mesh(rng, paved, lanes, _meadow(rng)))
    movers = _traffic(rng, road, lane_d, length_m, ego_speed_m_per_s if moving else 0.0)
    return Scene(road, Mesh.join(pieces), movers, _light(rng), lane_d)


def _meadow(rng: np.random.Generator) -> Surface:
    if rng.random() < 0.75:
        green = rng.uniform(0.08, 0.3)
        tint = (float(green * rng.uniform(0.5, 1.1)), float(green), float(green * rng.uniform(0.15, 0.5)))
    else:
        tone = rng.uniform(0.12, 0.4)
        tint = (float(tone), float(tone * rng.uniform(0.7, 0.95)), float(tone * 0.6))
    return Surface(Material.GRASS, tint, (float(rng.lognormal(0, 0.6)), float(rng.random()), 0.0, 0.0))


def _light(rng: np.random.Generator) -> Light:
    bearing, strength = rng.uniform(0, 2 * np.pi), rng.uniform(0, 1) ** 0.7
    high = np.radians(rng.uniform(18, 65) if strength > 0.35 else rng.uniform(65, 88))
    sun = np.array([np.cos(bearing) * np.cos(high), np.sin(bearing) * np.cos(high), np.sin(high)])
    grey = rng.uniform(0.75, 1.0)
    blue = strength * rng.uniform(0.3, 1)
    horizon = np.array([grey, grey, min(grey * 1.03, 1)], np.float32) * np.float32(rng.uniform(0.7, 1.0))
    zenith = horizon * np.array([1 - 0.75 * blue, 1 - 0.5 * blue, 1 - 0.1 * blue], np.float32)
    return Light(
        sun=sun,
        sun_strength=float(0.35 + 1.9 * strength),
        ambient=float(rng.uniform(0.45, 0.9)),
        haze_m=float(np.exp(rng.uniform(np.log(150), np.log(1500)))),
        horizon=horizon,
        zenith=zenith.astype(np.float32),
        clouds=float(rng.uniform(0, 0.6)),
        exposure=float(rng.uniform(0.75, 1.5)),
    )


def _parked(rng: np.random.Generator, road: Road, lane_d: float) -> list[Mesh]:
    fleet = [vehicle(rng) for _ in range(9)]
    placed = []
    for sign in (-1.0, 1.0):
        density = rng.choice([0.0, 0.15, 0.5, 0.85])
        # at the kerb or half on the pavement, and clear of both lanes that are driven
        off = road.half_width_m - 1.05 if rng.random() < 0.7 else road.half_width_m + 0.6
        d = sign * max(off, abs(lane_d) + 2.3)
        s = -APRON_M * 0.8
        while s < road.length_m + APRON_M * 0.8:
            s += rng.uniform(5.5, 9)
            if rng.random() < density:
                yaw = float(road.heading_rad(s)) + (np.pi if rng.random() < 0.3 else 0) + rng.normal(0, 0.04)
                car = fleet[int(rng.integers(len(fleet)))]
                placed.append(car.placed(road.point_m(s, d + rng.normal(0, 0.12)), yaw, rng.uniform(0.92, 1.08)))
                s += 2 * max(0.0, float(np.abs(car.vertex_m[:, 0]).max()) - 2.6)
    return placed


def _kerbside(rng: np.random.Generator, road: Road) -> list[Mesh]:
    poles, things = [pole(rng) for _ in range(5)], [clutter(rng) for _ in range(6)]
    people, trees = [person(rng) for _ in range(5)], [tree(rng) for _ in range(3)]
    placed = []
    for side, sign in ((0, -1.0), (1, 1.0)):
        edge, pavement = road.half_width_m, road.pavement_m[side]
        gaps = {"pole": rng.uniform(8, 45), "thing": rng.uniform(5, 40), "person": rng.uniform(5, 60)}
        gaps["tree"] = rng.uniform(6, 20) if rng.random() < 0.35 else np.inf
        for name, gap in gaps.items():
            s = -APRON_M * 0.9 + rng.uniform(0, 10)
            while s < road.length_m + APRON_M * 0.9:
                d = sign * (edge + (0.5 if name in ("pole", "tree") else rng.uniform(0.3, max(pavement, 1.0))))
                stock = {"pole": poles, "thing": things, "person": people, "tree": trees}[name]
                item = stock[int(rng.integers(len(stock)))]
                turn = rng.uniform(0, 6.28) if name in ("person", "tree") else rng.choice([0, np.pi]) * (name != "pole")
                facing = float(road.heading_rad(s)) + turn + (np.pi if name == "pole" and sign > 0 else 0)
                placed.append(item.placed(road.point_m(s, d), facing, float(rng.lognormal(0, 0.12))))
                s += gap * rng.uniform(0.3, 1.8)
    return placed


def _backdrop(rng: np.random.Generator, road: Road) -> Mesh:
    """A far wood all round, so that every line of the lidar has returns on all sides."""
    build = MeshBuilder()
    reach, end = GROUND_HALF_WIDTH_M - 4, APRON_M - 4
    sides = np.arange(-end, road.length_m + end + 1, 2.0)
    across = np.arange(-reach, reach + 1, 2.0)
    paths = [
        road.point_m(sides, -reach),
        road.point_m(sides, reach),
        road.point_m(-end, across),
        road.point_m(road.length_m + end, across),
    ]
    height = rng.uniform(8, 17)
    for path in paths:
        leaves = leaf_surface(rng, 0.0)
        levels = np.linspace(0, 1, 8)
        along = np.arange(len(path)) * 2.0
        top = 1 + 0.2 * np.sin(along / rng.uniform(8, 20)) + rng.normal(0, 0.09, len(path))
        sheet = np.repeat(path[:, None], len(levels), 1)
        sheet[..., 2] += np.outer(height * top, levels) - 3 * (levels == 0)
        sheet[..., :2] += rng.normal(0, 0.7, (*sheet.shape[:2], 2))
        uv = np.stack(np.broadcast_arrays(along[:, None], sheet[..., 2]), -1)
        build.grid(sheet, uv, leaves)
    return build.mesh()


def _traffic(
    rng: np.random.Generator, road: Road, lane_d: float, length_m: float, ego_speed: float
) -> tuple[Mover, ...]:
    """Two vehicles ahead in the ego vehicle's lane, never slower than it, and oncoming ones in the other lane."""
    movers = []
    if rng.random() < 0.7:
        ahead = float(rng.uniform(5, 45)) + (0.0 if ego_speed else length_m)
        speed = ego_speed * float(rng.uniform(1.0, 1.15))
        for gap in (0.0, float(rng.uniform(4, 30))):
            leader = vehicle(rng)
            back, front = leader.vertex_m[:, 0].min(), leader.vertex_m[:, 0].max()
            ahead += gap - float(back)
            movers.append(Mover(leader, ahead, lane_d + float(rng.normal(0, 0.15)), speed))
            ahead += float(front)
    if road.half_width_m > 2.8:
        s, gap = -60.0, rng.uniform(12, 90)
        speed = -ego_speed * float(rng.uniform(0.7, 1.2)) if ego_speed else -1e-9  # the sign turns it round
        while s < length_m * (2.5 if ego_speed else 1) + 90:
            s += gap * rng.uniform(0.5, 1.5) + 9
            movers.append(Mover(vehicle(rng), s, -lane_d, speed))
    return tuple(movers)
