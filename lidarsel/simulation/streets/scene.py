"""A street scene: the road, what stands beside it, and what moves on it, all from one seed."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lidarsel.simulation.mix import USUAL_STREETS, StreetMix
from lidarsel.simulation.streets.clearance import keep_clear
from lidarsel.simulation.streets.frontage import KINDS, MOTORWAY_KINDS, fill_side
from lidarsel.simulation.streets.furniture import barrier, clutter, pole
from lidarsel.simulation.streets.mesh import Material, Mesh, MeshBuilder, Surface
from lidarsel.simulation.streets.overhead import bridge, gantry, underpass
from lidarsel.simulation.streets.plants import leaf_surface, tree
from lidarsel.simulation.streets.road import APRON_M, GROUND_HALF_WIDTH_M, PavedGround, Road
from lidarsel.simulation.streets.traffic import Carriageway, Mover, clear_of_lanes, draw_carriageway, standing, traffic
from lidarsel.simulation.streets.vehicles import person, vehicle


@dataclass(frozen=True)
class Light:
    """Sun, sky and air, and how the camera takes them.

    sun: unit vector towards it. haze_m: distance at which 63 % is haze. exposure, contrast, saturation: factors, 1 for
    none.
    """

    sun: NDArray[np.float64]
    sun_strength: float
    ambient: float
    haze_m: float
    horizon: NDArray[np.float32]
    zenith: NDArray[np.float32]
    clouds: float
    exposure: float
    contrast: float
    saturation: float


@dataclass(frozen=True)
class Scene:
    """One street. ``lane_d_m``: where the ego vehicle drives."""

    road: Road
    static: Mesh
    movers: tuple[Mover, ...]
    light: Light
    lane_d_m: float

    def moving_at(self, time_s: float) -> dict[int, Mesh]:
        """The moving road users that are on the road at this time, as they stand, by their number in ``movers``."""
        placed = {}
        for number, m in enumerate(self.movers):
            s = m.s_m + m.speed_m_per_s * time_s
            if -APRON_M < s < self.road.length_m + APRON_M:
                placed[number] = standing(m.mesh, self.road, s, m.d_m, np.pi if m.speed_m_per_s < 0 else 0.0)
        return placed


def build_scene(
    rng: np.random.Generator,
    length_m: float,
    ego_speed_m_per_s: float,
    moving: bool,
    mix: StreetMix = USUAL_STREETS,
) -> Scene:
    """A new street.

    Args:
        rng: of what is drawn.
        length_m: how far the ego vehicle drives along it, starting at s = 0.
        ego_speed_m_per_s: its speed, by which other road users go.
        moving: whether they move.
        mix: how much there is of what.
    """
    ways = draw_carriageway(rng, mix)
    pavements = (0.0, 0.0) if ways.is_motorway else (_pavement_m(rng, mix), _pavement_m(rng, mix))
    road = Road(rng, length_m, ways.half_width_m, pavements, mix.slopes)
    lane_d = float(rng.choice(ways.ours))
    pieces: list[Mesh] = []
    paved: list[PavedGround] = []
    for side in (0, 1):
        pieces += fill_side(rng, road, side, paved, MOTORWAY_KINDS if ways.is_motorway else KINDS, mix)
    if ways.is_motorway:
        pieces += _rails(rng, road)
    else:
        pieces += _parked(rng, road, clear_of_lanes(ways), mix)
        pieces += _kerbside(rng, road, mix)
    if ways.median_m:
        pieces.append(_median(rng, road, ways.median_m))
    pieces += _overhead(rng, road, ways, mix.bridges)
    pieces = keep_clear(pieces, road, lane_d)
    pieces.append(_backdrop(rng, road))
    pieces.append(road.mesh(rng, paved, ways.marked, _meadow(rng)))
    movers = traffic(rng, ways, lane_d, length_m, ego_speed_m_per_s if moving else 0.0, mix)
    movers = tuple(replace(mover, mesh=mover.mesh.with_paint(mix.paint)) for mover in movers)
    return Scene(road, Mesh.join(pieces).with_paint(mix.paint), movers, _light(rng), lane_d)


def _pavement_m(rng: np.random.Generator, mix: StreetMix) -> float:
    return float(rng.uniform(1, 4.5)) if rng.random() < mix.pavements else 0.0


def _along(road: Road, d_m: float) -> NDArray[np.float64]:
    """Ground points (N, 3) all along the road, beside its middle."""
    return road.point_m(np.arange(-APRON_M * 0.9, road.length_m + APRON_M * 0.9, 2.0), d_m)


def _rails(rng: np.random.Generator, road: Road) -> list[Mesh]:
    """A motorway's guard rails, mostly on both sides."""
    sides = [side for side in (-1.0, 1.0) if rng.random() < 0.8]
    return [barrier(rng, _along(road, side * (road.half_width_m + 0.4)), "rail", 0.8) for side in sides]


def _median(rng: np.random.Generator, road: Road, width_m: float) -> Mesh:
    """What parts the two directions: a low wall, a rail, a hedge where there is room."""
    kind = str(rng.choice(["wall", "rail", "hedge"] if width_m > 2.5 else ["wall", "rail"]))
    return barrier(rng, _along(road, 0.0), kind, float(rng.uniform(0.8, 1.2)))


def _overhead(rng: np.random.Generator, road: Road, ways: Carriageway, often: float) -> list[Mesh]:
    """Bridges and gantries ahead, or an underpass that the ego vehicle may be in; ``often``: 1 for the usual."""
    pieces = []
    for chance in (0.6, 0.3) if ways.is_motorway else (0.25, 0.05):
        if rng.random() < chance * often:
            pieces.append(bridge(rng, road, float(rng.uniform(8, road.length_m + 80)), ways.median_m))
    if rng.random() < (0.4 if ways.is_motorway else 0.1) * often:
        pieces.append(gantry(rng, road, float(rng.uniform(8, road.length_m + 60))))
    if rng.random() < 0.06 * often and not ways.median_m:
        start = float(rng.uniform(-25, road.length_m + 30))
        pieces.append(underpass(rng, road, (start, start + float(rng.uniform(12, 60)))))
    return pieces


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
        ambient=float(np.exp(rng.uniform(np.log(0.2), np.log(0.9)))),
        haze_m=float(np.exp(rng.uniform(np.log(150), np.log(1500)))),
        horizon=horizon,
        zenith=zenith.astype(np.float32),
        clouds=float(rng.uniform(0, 0.6)),
        exposure=float(np.exp(rng.uniform(np.log(0.4), np.log(1.2)))),
        contrast=float(rng.uniform(1.0, 2.0)),
        saturation=float(rng.uniform(1.0, 3.0)),
    )


def _parked(rng: np.random.Generator, road: Road, clear_m: float, mix: StreetMix) -> list[Mesh]:
    """``clear_m``: from the middle on, nothing is in the way of a lane."""
    fleet = [vehicle(rng) for _ in range(9)]
    placed = []
    for sign in (-1.0, 1.0):
        density = rng.choice([0.0, 0.15, 0.5, 0.85]) * mix.parked
        # at the kerb or half on the pavement
        off = road.half_width_m - 1.05 if rng.random() < 0.7 else road.half_width_m + 0.6
        d = sign * max(off, clear_m)
        s = -APRON_M * 0.8
        while s < road.length_m + APRON_M * 0.8:
            s += rng.uniform(5.5, 9)
            if rng.random() < density:
                turn = (np.pi if rng.random() < 0.3 else 0.0) + rng.normal(0, 0.04)
                car = fleet[int(rng.integers(len(fleet)))]
                placed.append(standing(car, road, s, d + rng.normal(0, 0.12), turn, rng.uniform(0.92, 1.08)))
                s += 2 * max(0.0, float(np.abs(car.vertex_m[:, 0]).max()) - 2.6)
    return placed


def _kerbside(rng: np.random.Generator, road: Road, mix: StreetMix) -> list[Mesh]:
    poles, things = [pole(rng) for _ in range(5)], [clutter(rng) for _ in range(6)]
    people, trees = [person(rng) for _ in range(5)], [tree(rng) for _ in range(3)]
    crowds = [_crowd(rng, people) for _ in range(2)]
    placed = []
    for side, sign in ((0, -1.0), (1, 1.0)):
        edge, pavement = road.half_width_m, road.pavement_m[side]
        gaps = {"pole": rng.uniform(8, 45), "thing": rng.uniform(5, 40), "person": rng.uniform(5, 60) / mix.people}
        if pavement > 1.5 and rng.random() < 0.25 * mix.people:
            gaps["crowd"] = rng.uniform(8, 40)
        gaps["tree"] = rng.uniform(6, 20) if rng.random() < 0.35 * mix.greenery else np.inf
        for name, gap in gaps.items():
            s = -APRON_M * 0.9 + rng.uniform(0, 10)
            while s < road.length_m + APRON_M * 0.9:
                d = sign * (edge + (0.5 if name in ("pole", "tree") else rng.uniform(0.3, max(pavement, 1.0))))
                stock = {"pole": poles, "thing": things, "person": people, "crowd": crowds, "tree": trees}[name]
                item = stock[int(rng.integers(len(stock)))]
                any_way = name in ("person", "crowd", "tree")
                turn = rng.uniform(0, 6.28) if any_way else rng.choice([0, np.pi]) * (name != "pole")
                facing = float(road.heading_rad(s)) + turn + (np.pi if name == "pole" and sign > 0 else 0)
                placed.append(item.placed(road.point_m(s, d), facing, float(rng.lognormal(0, 0.12))))
                s += gap * rng.uniform(0.3, 1.8)
    return placed


def _crowd(rng: np.random.Generator, people: list[Mesh]) -> Mesh:
    """People close together, as at a stop or a crossing; one hides another."""
    spots_m = rng.normal(0, 0.9, (int(rng.integers(3, 13)), 2))
    return Mesh.join(
        [people[i % len(people)].placed((x, y, 0), float(rng.uniform(0, 6.28))) for i, (x, y) in enumerate(spots_m)]
    )


def _backdrop(rng: np.random.Generator, road: Road) -> Mesh:
    """A far wood all round, so that every line of the lidar has returns on all sides."""
    build = MeshBuilder()
    reach, end = float(rng.uniform(50, GROUND_HALF_WIDTH_M - 8)), APRON_M - 4
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
