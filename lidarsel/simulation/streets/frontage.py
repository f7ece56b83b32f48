"""What fills the two sides of a street: each side changes its kind every few dozen metres."""

from collections.abc import Sequence

import numpy as np

from lidarsel.simulation.mix import USUAL_STREETS, StreetMix
from lidarsel.simulation.streets.buildings import house, shed
from lidarsel.simulation.streets.furniture import barrier
from lidarsel.simulation.streets.mesh import Mesh
from lidarsel.simulation.streets.plants import boulder, bush, tree
from lidarsel.simulation.streets.road import APRON_M, PavedGround, Road
from lidarsel.simulation.streets.vehicles import vehicle

KINDS = ("facades", "houses", "field", "forest", "parking", "yard", "junction", "walls")
MOTORWAY_KINDS = ("field", "forest", "walls")
_BUILT, _GREEN = ("facades", "houses"), ("field", "forest")


def fill_side(
    rng: np.random.Generator,
    road: Road,
    side: int,
    paved: list[PavedGround],
    kinds: Sequence[str],
    mix: StreetMix = USUAL_STREETS,
) -> list[Mesh]:
    """Everything beyond the pavement on one side.

    Args:
        rng: of what is drawn.
        road: what it stands along.
        side: 0 right, 1 left.
        paved: what is paved there is added to it.
        kinds: what may follow each other, by name.
        mix: how much of it is houses, and fields and woods, and how far houses stand.
    """
    filler = _Filler(rng, road, side, paved, mix.setback_m)
    favour = [mix.buildings if kind in _BUILT else mix.greenery if kind in _GREEN else 1.0 for kind in kinds]
    likely = rng.dirichlet(0.6 * np.array(favour))
    s = -APRON_M
    while s < road.length_m + APRON_M - 10:
        kind = str(rng.choice(kinds, p=likely * 0.85 + 0.15 / len(kinds)))
        end = min(s + (rng.uniform(7, 14) if kind == "junction" else rng.uniform(18, 70)), road.length_m + APRON_M)
        getattr(filler, kind)(s, end)
        s = end
    return filler.placed


class _Filler:
    def __init__(
        self, rng: np.random.Generator, road: Road, side: int, paved: list[PavedGround], farther_m: float
    ) -> None:
        self.rng, self.road, self.paved = rng, road, paved
        self.sign = 1.0 if side else -1.0
        self.edge = road.half_width_m + road.pavement_m[side]
        self.placed: list[Mesh] = []
        self._trees = [tree(rng) for _ in range(5)]
        self._bushes = [bush(rng) for _ in range(4)]
        self._farther_m = farther_m
        self._setback = rng.uniform(0, 3) + 1.5 * (road.pavement_m[side] == 0) + farther_m

    def _put(self, mesh: Mesh, s: float, out: float, turn: float = 0.0, scale: float = 1.0) -> None:
        """``out``: metres beyond the pavement; ``turn`` = 0 has the mesh's front towards the street."""
        d = self.sign * (self.edge + out)
        yaw = float(self.road.heading_rad(s)) + (0.0 if self.sign > 0 else np.pi) + turn
        self.placed.append(mesh.placed(self.road.point_m(s, d), yaw, scale))

    def _pick(self, stock: list[Mesh]) -> Mesh:
        return stock[int(self.rng.integers(len(stock)))]

    def _scatter(self, s0: float, s1: float, out: tuple[float, float], per_100_m2: float, kinds: str) -> None:
        count = self.rng.poisson(per_100_m2 * (s1 - s0) * (out[1] - out[0]) / 100)
        for _ in range(min(int(count), 60)):
            s, o = self.rng.uniform(s0, s1), self.rng.uniform(*out)
            kind = self.rng.choice(list(kinds))
            if kind == "t":
                item = self._pick(self._trees)
            elif kind == "b":
                item = self._pick(self._bushes)
            else:
                item = {"r": boulder, "s": shed, "v": vehicle}[kind](self.rng)
            self._put(item, s, o, self.rng.uniform(0, 6.28), float(self.rng.lognormal(0, 0.25)))

    def _edge_barrier(self, s0: float, s1: float, out: float) -> None:
        s = np.arange(s0 + 1, s1 - 0.5, 1.0)
        if len(s) > 3:
            self.placed.append(barrier(self.rng, self.road.point_m(s, self.sign * (self.edge + out))))

    def facades(self, s0: float, s1: float) -> None:
        """Buildings wall to wall, each with its own width, height and setback."""
        s = s0
        storeys = self.rng.uniform(2, 6)
        while s < s1 - 4:
            width = float(min(self.rng.uniform(5, 20), s1 - s))
            height = float(self.rng.uniform(0.7, 1.3) * storeys * 3)
            back = self._setback + abs(self.rng.normal(0, 0.7))
            self._put(house(self.rng, width - 0.02, height, float(self.rng.uniform(7, 14))), s + width / 2, back)
            s += width

    def houses(self, s0: float, s1: float) -> None:
        """Detached houses in gardens, behind hedges or fences."""
        s = s0
        while s < s1 - 7:
            width = float(min(self.rng.uniform(6, 14), s1 - s))
            back = float(self.rng.uniform(2, 15)) + self._farther_m
            mesh = house(self.rng, width, float(self.rng.uniform(2.6, 8)), float(self.rng.uniform(6, 11)))
            self._put(mesh, s + width / 2, back, self.rng.normal(0, 0.08))
            gap = float(self.rng.uniform(2, 12))
            if self.rng.random() < 0.75:
                self._edge_barrier(s, s + width + gap - 3, float(self.rng.uniform(0.1, 0.8)))
            if back > 4:
                self._scatter(s, s + width + gap, (1.5, back - 1.5), 2.5, "tbbrv")
            s += width + gap
        self._scatter(s0, s1, (26, 60), 0.6, "ttbs")

    def field(self, s0: float, s1: float) -> None:
        """Open ground with single trees, bushes, rocks, barns."""
        if self.rng.random() < 0.5:
            self._edge_barrier(s0, s1, float(self.rng.uniform(0.5, 4)))
        self._scatter(s0, s1, (2, 70), float(self.rng.uniform(0.1, 0.8)), "tbbrrs")

    def forest(self, s0: float, s1: float) -> None:
        """Trees and undergrowth up to the roadside."""
        start = float(self.rng.uniform(1.5, 8))
        self._scatter(s0, s1, (start, start + 12), 4.5, "ttb")
        self._scatter(s0, s1, (start + 12, start + 30), 1.2, "t")

    def parking(self, s0: float, s1: float) -> None:
        """A car park with rows of vehicles and a large building behind it."""
        deep = float(self.rng.uniform(12, 45))
        inner, outer = self.sign * (self.edge - 0.5), self.sign * (self.edge + deep)
        self.paved.append(PavedGround((s0 + 1, s1 - 1), (min(inner, outer), max(inner, outer))))
        fleet = [vehicle(self.rng) for _ in range(4)]
        for row in np.arange(4.0, deep - 3, 9.0):
            for s in np.arange(s0 + 3, s1 - 3, 2.9):
                if self.rng.random() < 0.5:
                    self._put(
                        self._pick(fleet), s, row, np.pi / 2 * self.rng.choice([-1, 1]) + self.rng.normal(0, 0.05)
                    )
        if self.rng.random() < 0.6:
            mesh = house(self.rng, (s1 - s0) * 0.8, float(self.rng.uniform(4, 14)), 15.0)
            self._put(mesh, (s0 + s1) / 2, deep + 2)

    def yard(self, s0: float, s1: float) -> None:
        """A works yard: walls, containers, stacks, lorries."""
        if self.rng.random() < 0.6:
            self._edge_barrier(s0, s1, float(self.rng.uniform(0.1, 2)))
        self._scatter(s0, s1, (6, 40), 1.3, "sssvrb")

    def walls(self, s0: float, s1: float) -> None:
        """A retaining wall or a noise barrier close to the road, and what shows above it."""
        out, height = float(self.rng.uniform(0.6, 5)) + self._farther_m, float(self.rng.uniform(1.2, 6.5))
        s = np.arange(s0, s1 + 0.5, 1.0)
        kind = str(self.rng.choice(["wall", "wall", "boards"]))
        self.placed.append(barrier(self.rng, self.road.point_m(s, self.sign * (self.edge + out)), kind, height))
        self._scatter(s0, s1, (out + 2, out + 30), 1.5, "ttbs")

    def junction(self, s0: float, s1: float) -> None:
        """A side street with houses and vehicles along it."""
        inner, outer = self.sign * (self.edge - 6), self.sign * (self.edge + 65)
        self.paved.append(PavedGround((s0 + 1, s1 - 1), (min(inner, outer), max(inner, outer))))
        middle = (s0 + s1) / 2
        for out in np.arange(float(self.rng.uniform(3, 9)), 60, 13):
            if self.rng.random() < 0.6:
                self._put(vehicle(self.rng), middle + self.rng.choice([-1.9, 1.9]), float(out), np.pi / 2)
        self._scatter(s0, s1, (62, 70), 2.0, "tbs")
