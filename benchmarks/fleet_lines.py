"""What it costs to choose lines on simulated streets instead of a fleet's own: usual streets, and ones fitted to it.

    python benchmarks/fleet_lines.py [--real ../shared/data/kitti_raw] [--kinds 4] [--drives 24] [--work FOLDER]

The shipped network and ``interval`` without its prior of simulated streets. *Simulated fleets*: hidden settings, drawn
anew and so none of the pool's, twice --drives of a frame each, of half of KITTI's width and height. Lines are chosen on
two thirds of these ("own"), on --drives usual ones, and on as many that are fitted to the profile of the two thirds,
without noise and with epsilon 8; all are judged on the last third. *Real frames*: each part of them, a third and two
thirds, judges what was chosen on the other ("own"), on usual drives, and on drives like the profile of the other part,
a frame being its unit. Evenly spaced lines, of the offset that is best on the own part, stand beside. A regret is RMSE
less that of "own" in mm: its mean over fleets, or over the two parts, with a 95 % interval over fleets. Prints a table
and writes benchmarks/results/fleet_lines.json. What is simulated and evaluated already is used again from the work
folder.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from results import write_result
from rich.console import Console
from rich.table import Table
from transfer import by_frame, chosen

from lidarsel.confidence import independent_groups, mean_interval
from lidarsel.datasets.split import Part
from lidarsel.profiles.fleet import fleet_like
from lidarsel.profiles.kinds import draw_kinds, kind_of
from lidarsel.profiles.making import make_profile, state_promise
from lidarsel.settings import RunSettings
from lidarsel.simulation.mix import Fleet
from lidarsel.simulation.settings import SimulateSettings
from lidarsel.simulation.write import write_drives
from lidarsel.workflow.session import open_session, open_source

BUDGETS = (4, 8, 16, 32)
SETS = 128
SEED = 62000  # of hidden kinds and their streets; the pool's begin at 61000
EPSILON, DELTA = 8.0, 1e-6
PARTS: tuple[tuple[Part, Part], ...] = (("valuing", "held-out"), ("held-out", "valuing"))
Masks = NDArray[np.bool_]
Doubles = NDArray[np.float64]


class Work:
    """Simulated drives, choices and errors in a folder, each made once."""

    def __init__(self, folder: Path, drives: int) -> None:
        self.folder, self.drives = folder, drives
        folder.mkdir(parents=True, exist_ok=True)

    def simulated(self, name: str, seed: int, fleet: Fleet | None, half_size: bool, drives: int | None = None) -> Path:
        """A folder of drives of one frame each."""
        out = self.folder / name
        if not out.exists():
            settings = SimulateSettings(seed=seed, drives=drives or self.drives, frames=1, fleet=fleet)
            write_drives(out, replace(settings, image_height=188, image_width=621) if half_size else settings)
        return out

    def lines(self, data: Path, method: str, part: Part = "all") -> Masks:
        """Bool (budgets, lines): chosen on a part of the frames."""
        source = open_source(data, RunSettings())
        with open_session(source, self.folder / f"{data.name}.sqlite") as session:
            return chosen(session.game(source.part(part), "rmse"), method, BUDGETS, SETS, 0)

    def judged(self, data: Path, part: Part, rivals: dict[str, Masks]) -> dict[str, Doubles]:
        """Float64 (budgets,) of each choice: mean RMSE in mm over a part of the frames."""
        source = open_source(data, RunSettings())
        with open_session(source, self.folder / f"{data.name}.sqlite") as session:
            game = session.game(source.part(part), "rmse")
            return {name: by_frame(game, sets).mean(0) for name, sets in rivals.items()}


def profiled(data: Path, part: Part, epsilon: float | None) -> Fleet:
    """The fleet fitted to a part of the frames, each a unit."""
    source = open_source(data, RunSettings())
    frames = source.part(part)
    units = ([source.dataset.frame(at)] for at in frames)
    promise = None if epsilon is None else state_promise("frame", len(frames), epsilon, DELTA)
    return fleet_like(make_profile(units, len(frames), "frame", "ntk", promise))


def simulated_fleets(work: Work, kinds: int) -> Iterator[dict[str, Doubles]]:
    """RMSE by choice for each hidden kind."""
    usual = work.lines(work.simulated("usual_half", SEED, None, True), "interval")
    for number, row in enumerate(draw_kinds(kinds, SEED), 1):
        hidden = Fleet((kind_of(row),), (1.0,), "")
        data = work.simulated(f"fleet_{number}", SEED + number, hidden, True, 2 * work.drives)
        rivals = {
            "own": work.lines(data, "interval", "valuing"),
            "spaced": work.lines(data, "spaced", "valuing"),
            "usual streets": usual,
        }
        for name, epsilon in (("fitted streets", None), (f"fitted, epsilon {EPSILON:g}", EPSILON)):
            folder = f"like_{number}" if epsilon is None else f"like_{number}_private"
            if not (work.folder / folder).exists():  # its noise is drawn anew each time
                work.simulated(folder, SEED + 100 + number, profiled(data, "valuing", epsilon), True)
            rivals[name] = work.lines(work.folder / folder, "interval")
        yield work.judged(data, "held-out", rivals)


def real_parts(work: Work, data: Path) -> Iterator[dict[str, Doubles]]:
    """RMSE by choice for each part of real frames."""
    usual = work.lines(work.simulated("usual", SEED, None, False), "interval")
    for number, (chosen_on, judged_on) in enumerate(PARTS, 1):
        like = work.simulated(f"like_real_{number}", SEED + 200, profiled(data, chosen_on, None), False)
        rivals = {
            "own": work.lines(data, "interval", chosen_on),
            "spaced": work.lines(data, "spaced", chosen_on),
            "usual streets": usual,
            "fitted streets": work.lines(like, "interval"),
        }
        yield work.judged(data, judged_on, rivals)


def regrets(found: Sequence[dict[str, Doubles]], independent: bool) -> list[dict[str, object]]:
    """A row for each choice: mean RMSE by budget, mean regret, and its interval where cases are independent."""
    rows: list[dict[str, object]] = []
    groups = independent_groups([str(case) for case in range(len(found))])
    for name in found[0]:
        regret = np.array([case[name] - case["own"] for case in found])
        intervals = [mean_interval(one, groups) for one in regret.T] if independent else []
        rows.append(
            {
                "chosen_on": name,
                "rmse_mm": np.mean([case[name] for case in found], 0),
                "regret_mm": regret.mean(0),
                "regret_95_mm": [(one.low, one.high) for one in intervals],
            }
        )
    return rows


def table_of(title: str, rows: Sequence[dict[str, object]]) -> Table:
    table = Table("chosen on", *(f"{budget} lines" for budget in BUDGETS), title=title)
    for row in rows:
        told = []
        for at in range(len(BUDGETS)):
            interval = row["regret_95_mm"][at] if row["regret_95_mm"] else None  # type: ignore[index]
            between = f" [{interval[0]:+.0f}, {interval[1]:+.0f}]" if interval else ""
            told.append(f"{row['rmse_mm'][at]:.0f} ({row['regret_mm'][at]:+.0f}{between})")  # type: ignore[index]
        table.add_row(str(row["chosen_on"]), *told)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--real", type=Path)
    parser.add_argument("--kinds", type=int, default=4)
    parser.add_argument("--drives", type=int, default=24)
    parser.add_argument("--work", type=Path, default=Path("runs/fleet_lines"))
    given = parser.parse_args()
    work = Work(given.work, given.drives)
    console, results = Console(width=130), {}
    if given.kinds:
        results["simulated"] = regrets(list(simulated_fleets(work, given.kinds)), independent=True)
        console.print(table_of(f"{given.kinds} simulated fleets: RMSE in mm (regret)", results["simulated"]))
    if given.real:
        results["real"] = regrets(list(real_parts(work, given.real)), independent=False)
        console.print(table_of(f"{given.real}: RMSE in mm (regret)", results["real"]))
    write_result("fleet_lines", {"budgets": BUDGETS, "sets": SETS, "drives": given.drives, **results})


if __name__ == "__main__":
    main()
