"""What opening a data set and reading every frame once costs, beside an older commit's, and whether it gives the same.

    python benchmarks/opening.py DATA [DATA ...] --before FOLDER [--turns 3]

``--before`` is a checkout of an older commit (``git worktree add FOLDER COMMIT``), run in this one's environment. Each
gives ``lidarsel inspect DATA --json`` in turns, every time in a new process, so that what else the machine does falls
on both; processor time is told beside it, which a busy machine changes less. Before that, each reads every frame whole,
and the digests of what it read are compared. Prints medians and paired ratios (now over before), and writes
benchmarks/results/opening.json.
"""

import argparse
import hashlib
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from results import write_result
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).resolve().parents[1]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="+")
    parser.add_argument("--before", type=Path)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--digest", action="store_true", help="print the digest of one data set's frames, and end")
    given = parser.parse_args()
    if not given.digest and given.before is None:
        parser.error("--before is missing")
    return given


def digest(data: Path) -> str:
    """SHA-256 hex of all that the frames of a data set hold."""
    from lidarsel.datasets.registry import open_dataset

    dataset, found = open_dataset(data), hashlib.sha256()
    for index in range(len(dataset)):
        frame, scan = dataset.frame(index), dataset.scan(index)
        points = frame.points
        parts = [frame.ground_truth_m, frame.image, points.row, points.column, points.depth_m, points.line]
        parts += [] if scan is None else [scan.xyz_m, scan.intensity, scan.line]
        for part in parts:
            found.update(b"" if part is None else np.ascontiguousarray(part).tobytes())
    return found.hexdigest()


def child(checkout: Path, *words: object) -> tuple[str, float, float]:
    """What a Python process of a checkout prints, and its seconds of wall clock and of processor time."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(checkout)},
    )
    wall_s = time.perf_counter() - started
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.stdout, wall_s, now.ru_utime + now.ru_stime - spent.ru_utime - spent.ru_stime


def measured(data: Path, checkouts: dict[str, Path], turns: int) -> dict[str, dict[str, list[float]]]:
    """Wall clock and processor seconds of each turn, by checkout."""
    seconds: dict[str, dict[str, list[float]]] = {name: {"wall_s": [], "cpu_s": []} for name in checkouts}
    for turn in range(turns):
        for name in sorted(checkouts, reverse=bool(turn % 2)):
            _, wall_s, cpu_s = child(checkouts[name], checkouts[name] / "cli.py", "inspect", data, "--json")
            seconds[name]["wall_s"].append(wall_s)
            seconds[name]["cpu_s"].append(cpu_s)
    return seconds


def paired(seconds: dict[str, dict[str, list[float]]], kind: str) -> float:
    """Median of now over before, turn by turn."""
    return statistics.median(n / b for n, b in zip(seconds["now"][kind], seconds["before"][kind], strict=True))


def main() -> None:
    given = arguments()
    if given.digest:
        Console().print(digest(given.data[0]), soft_wrap=True)
        return
    checkouts = {"now": HERE, "before": given.before.resolve()}
    table = Table("data", "before, s", "now, s", "ratio", "before, CPU s", "now, CPU s", "ratio", "same frames")
    rows = {}
    for data in given.data:
        digests = {name: child(folder, __file__, data, "--digest")[0].strip() for name, folder in checkouts.items()}
        seconds = measured(data, checkouts, given.turns)
        told = [data.name]
        for kind in ("wall_s", "cpu_s"):
            told += [f"{statistics.median(seconds[name][kind]):.1f}" for name in ("before", "now")]
            told.append(f"{paired(seconds, kind):.2f}")
        same = digests["now"] == digests["before"]
        table.add_row(*told, "yes" if same else "NO")
        rows[str(data)] = {**seconds, "same": same, **{f"{k}_ratio": paired(seconds, k) for k in ("wall_s", "cpu_s")}}
    Console(width=140).print(table)
    write_result("opening", {"options": vars(given), "data": rows})


if __name__ == "__main__":
    main()
