"""What a simulated frame costs at full size: CPU seconds by part, paired with those of an older commit.

    python benchmarks/simulate.py [--seeds 0 3 7] [--frames 4] [--turns 5] [--before FOLDER]

A turn writes one drive on one core, with a clock on every part of it: the street, the scans (eleven more than frames),
the pictures, the ground truth, the PNG files. ``--before`` is a checkout of an older commit (``git worktree add FOLDER
COMMIT``), whose turns alternate with this one's, first the one and then the other, each in a process of its own that
otherwise waits, so that what else the machine does falls on both; it also says whether every file has the same bytes.
The first turn warms up. Prints a table and writes benchmarks/results/simulate.json.
"""

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

from results import write_result
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent.parent
PARTS = ("street", "scan", "picture", "ground truth", "PNG")
Turn = dict[str, Any]
"""CPU seconds by part, of a frame and of the whole drive; bytes written, and their digest."""


class Clock:
    """CPU seconds of this thread's calls, by part."""

    def __init__(self) -> None:
        self.taken_s: defaultdict[str, float] = defaultdict(float)

    def on(self, owner: Any, name: str, part: str) -> None:
        """From now on ``owner``'s function of this name is timed."""
        work: Callable[..., Any] = getattr(owner, name)

        def timed(*given: Any, **named: Any) -> Any:
            start = time.thread_time()
            try:
                return work(*given, **named)
            finally:
                self.taken_s[part] += time.thread_time() - start

        setattr(owner, name, timed)


def serve(seed: int, frames: int) -> None:
    """A turn, as a line of JSON, for every line read: on one core, so that every thread's work is in its own time."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    from lidarsel.simulation import sweeps, write
    from lidarsel.simulation.drive import Drive
    from lidarsel.simulation.settings import SimulateSettings

    clock = Clock()
    for name, part in {"__init__": "street", "scan_at": "scan", "picture_at": "picture"}.items():
        clock.on(Drive, name, part)
    if hasattr(Drive, "unrolled"):  # until 0.2.0 beside the scan
        clock.on(Drive, "unrolled", "scan")
    clock.on(sweeps, "accumulated", "ground truth")
    clock.on(write, "write_png", "PNG")
    settings = SimulateSettings(seed=seed, frames=frames)
    after_s: list[float] = []
    while sys.stdin.readline():
        clock.taken_s.clear()
        after_s.clear()
        with tempfile.TemporaryDirectory() as folder:
            out, start_s = Path(folder) / "out", time.process_time()
            write.write_drives(out, settings, lambda done, total: after_s.append(time.process_time()))
            drive_s = time.process_time() - start_s
            contents = [path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()]
        frame_s = statistics.median(after - before for before, after in pairwise(after_s))
        turn: Turn = {"frame": frame_s, "drive": drive_s, **clock.taken_s, "mb": sum(map(len, contents)) / 1e6}
        turn["digest"] = hashlib.sha256(b"".join(contents)).hexdigest()
        sys.stdout.write(json.dumps(turn) + "\n")
        sys.stdout.flush()


@contextmanager
def started(checkout: Path, seed: int, frames: int) -> Iterator[Callable[[], Turn]]:
    """Turns of a checkout's code, in a process of its own."""
    command = [sys.executable, __file__, "--serve", str(seed), "--frames", str(frames)]
    environment = {**os.environ, "PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        asked, said = process.stdin, process.stdout

        def turn() -> Turn:
            asked.write("turn\n")
            asked.flush()
            answer: Turn = json.loads(said.readline())
            return answer

        yield turn
        asked.close()


def measure(seed: int, options: argparse.Namespace) -> dict[str, Any]:
    """Medians over turns, of each checkout, and of the ratios turn by turn."""
    checkouts = {"now": HERE} | ({"before": options.before} if options.before else {})
    turns: dict[str, list[Turn]] = {name: [] for name in checkouts}
    with ExitStack() as stack:
        ask = {name: stack.enter_context(started(path, seed, options.frames)) for name, path in checkouts.items()}
        for number in range(-1, options.turns):
            for name in list(ask)[:: -1 if number % 2 else 1]:
                taken = ask[name]()
                if number >= 0:
                    turns[name].append(taken)
    row: dict[str, Any] = {"seed": seed, "mb_per_frame": turns["now"][0]["mb"] / options.frames}
    for part in ("frame", "drive", *PARTS):
        for name, of_checkout in turns.items():
            row[f"{part}, {name}"] = statistics.median(turn[part] for turn in of_checkout)
        if options.before:
            pairs = zip(turns["before"], turns["now"], strict=True)
            row[f"{part}, ratio"] = statistics.median(before[part] / now[part] for before, now in pairs)
    if options.before:
        row["same bytes"] = len({turn["digest"] for taken in turns.values() for turn in taken}) == 1
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before", type=Path)
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 3, 7])
    parser.add_argument("--frames", type=int, default=4)
    parser.add_argument("--turns", type=int, default=5)
    options = parser.parse_args()
    if options.frames < 2:
        parser.error("--frames: a frame's cost is told from the second on; give no fewer than 2")
    if options.serve is not None:
        serve(options.serve, options.frames)
        return
    rows = [measure(seed, options) for seed in options.seeds]
    title = f"375 x 1242, 64 lines; CPU seconds, medians of {options.turns} turns of {options.frames} frames"
    table = Table("", *(f"seed {row['seed']}" for row in rows), title=title)
    for name in list(rows[0])[1:]:
        table.add_row(name, *(str(row[name]) if name == "same bytes" else f"{row[name]:.3g}" for row in rows))
    Console(width=120).print(table)
    write_result("simulate", {"frames": options.frames, "turns": options.turns, "rows": rows})


if __name__ == "__main__":
    main()
