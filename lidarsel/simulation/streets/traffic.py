"""The carriageway's lanes, and what drives in them."""

from dataclasses import dataclass

import numpy as np

from lidarsel.simulation.mix import USUAL_STREETS, StreetMix
from lidarsel.simulation.streets.mesh import Mesh
from lidarsel.simulation.streets.road import Road
from lidarsel.simulation.streets.vehicles import ON_MOTORWAYS, ON_STREETS, vehicle


@dataclass(frozen=True)
class Mover:
    """A road user that keeps its lane and speed; ``s_m`` at time 0."""

    mesh: Mesh
    s_m: float
    d_m: float
    speed_m_per_s: float


def standing(mesh: Mesh, road: Road, s_m: float, d_m: float, turn_rad: float = 0.0, scale: float = 1.0) -> Mesh:
    """A vehicle on the road with all wheels down, tilted with its slope.

    Args:
        mesh: the vehicle.
        road: what it stands on.
        s_m: how far along the road.
        d_m: how far from its middle, left is positive.
        turn_rad: by how much it is turned against the road's direction.
        scale: of its size.
    """
    yaw, slope = float(road.heading_rad(s_m)) + turn_rad, float(road.slope(s_m)) * float(np.cos(turn_rad))
    return mesh.placed(road.point_m(s_m, d_m), yaw, scale, slope)


@dataclass(frozen=True)
class Carriageway:
    """Lengths in metres; right of the middle is negative, and there the ego vehicle drives.

    ours, oncoming: middles of the lanes of either direction; oncoming ones may lack. marked: lanes in all that markings
    show, 0 for none. median_m: width of what parts the directions, 0 for a painted line.
    """

    half_width_m: float
    ours: tuple[float, ...]
    oncoming: tuple[float, ...]
    marked: float
    median_m: float = 0.0
    is_motorway: bool = False


def draw_carriageway(rng: np.random.Generator, mix: StreetMix = USUAL_STREETS) -> Carriageway:
    """A lane or a street of one lane a direction (six in ten), a city's main road, or a motorway."""
    shares = [max(0.0, 1 - mix.avenues - mix.motorways), mix.avenues, mix.motorways]
    kind = rng.choice(["street", "avenue", "motorway"], p=shares)
    if kind == "street":
        half = float(rng.uniform(2.4, 8.5))
        lanes = float(rng.choice([0, 2, 2, 2])) if half < 5.5 else float(rng.choice([2, 4, 4]))
        middle = half * (0.25 if lanes == 4 else 0.5)
        if half <= 2.8:
            return Carriageway(half, (float(rng.uniform(-0.4, 0.4)),), (), lanes)
        return Carriageway(half, (-middle,), (middle,), lanes)
    count = int(rng.integers(2, 4))
    motorway = kind == "motorway"
    lane = float(rng.uniform(3.4, 3.8) if motorway else rng.uniform(2.9, 3.4))
    median = float(rng.uniform(1.0, 4.0)) if motorway or rng.random() < 0.3 else 0.0
    shoulder = float(rng.uniform(0.8, 3.0) if motorway else rng.uniform(0.3, 0.6))
    middles = median / 2 + lane * (np.arange(count) + 0.5)
    half = median / 2 + lane * count + shoulder
    return Carriageway(half, tuple(-middles), tuple(middles), 2.0 * count, median, motorway)


def traffic(
    rng: np.random.Generator,
    ways: Carriageway,
    lane_d: float,
    length_m: float,
    ego_speed: float,
    mix: StreetMix = USUAL_STREETS,
) -> tuple[Mover, ...]:
    """Vehicles ahead in the ego vehicle's lane, never slower than it; beside it in lanes of the same direction, in
    queues or far apart, many of them high; oncoming ones in the lanes of the other. A lane has one speed.

    Args:
        rng: of what is drawn.
        ways: the road's lanes.
        lane_d: the middle of the ego vehicle's lane, metres from the road's.
        length_m: of the road that is driven.
        ego_speed: metres a second.
        mix: how much of it there is, and how much of it is heavy.
    """
    movers = []
    kinds = ON_MOTORWAYS if ways.is_motorway else ON_STREETS
    queue = len(ways.ours) > 1 and rng.random() < 0.5
    if rng.random() < (0.9 if queue else 0.7) * mix.traffic:
        ahead = float(rng.uniform(5, 45)) + (0.0 if ego_speed else length_m)
        speed = ego_speed * float(rng.uniform(1.0, 1.15))
        for gap in [0.0, *rng.uniform(1.5, 8, 4)] if queue else [0.0, float(rng.uniform(4, 30))]:
            leader = vehicle(rng, kinds, heavy=0.3 * mix.heavy)
            back, front = leader.vertex_m[:, 0].min(), leader.vertex_m[:, 0].max()
            ahead += float(gap) - float(back)
            movers.append(Mover(leader, ahead, lane_d + float(rng.normal(0, 0.15)), speed))
            ahead += float(front)
    for d in ways.ours:
        if d != lane_d:
            pace = rng.uniform(0.95, 1.05) if queue else rng.uniform(0.85, 1.25)
            heavy = (0.5 if d < lane_d else 0.25) * mix.heavy
            movers += _beside(rng, kinds, heavy, d, length_m, ego_speed * float(pace), queue, mix.traffic)
    for d in ways.oncoming:
        s, gap = -60.0, rng.uniform(12, 90)
        speed = -ego_speed * float(rng.uniform(0.7, 1.2)) if ego_speed else -1e-9  # the sign turns it round
        while s < length_m * (2.5 if ego_speed else 1) + 90:
            s += gap * rng.uniform(0.5, 1.5) / mix.traffic + 9
            movers.append(Mover(vehicle(rng, kinds, heavy=0.15 * mix.heavy), s, d, speed))
    return tuple(movers)


def _beside(
    rng: np.random.Generator,
    kinds: tuple[str, ...],
    heavy: float,
    d_m: float,
    length_m: float,
    speed: float,
    queue: bool,
    density: float,
) -> list[Mover]:
    """A lane's vehicles from behind the ego vehicle to beyond where it gets, one after another."""
    movers: list[Mover] = []
    s, gaps = float(rng.uniform(-35, -15)), (1.5, 8.0) if queue else (8.0, 60.0)
    while s < min(length_m, 60.0) + 60.0:
        mesh = vehicle(rng, kinds, heavy)
        back, front = float(mesh.vertex_m[:, 0].min()), float(mesh.vertex_m[:, 0].max())
        movers.append(Mover(mesh, s - back, d_m + float(rng.normal(0, 0.1)), speed))
        s += front - back + float(rng.uniform(*gaps)) / density
    return movers


def clear_of_lanes(ways: Carriageway) -> float:
    """The least distance from the middle at which a vehicle may be parked without standing in a lane."""
    return max(abs(d) for d in (*ways.ours, *ways.oncoming)) + 2.3
