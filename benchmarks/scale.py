"""Does memory stay flat over ten thousand frames, and does the network wait for frames to be read?

    python benchmarks/scale.py [--frames 10000] [--data DATA ...]

Frames: three simulated ones of a 16-line sensor repeated through a frames.csv, each row with a scan of its own whose
points are moved by some millimetres. `lidarsel run` as a user gives it, over all of them, in a process of its own whose
resident memory is looked at all the while. Then, in this process, the share of time that evaluation waits for frames,
for some numbers of evaluations a frame, with the thread that reads ahead and without, on each data set (up to 16
frames; the frames.csv's are small, so give real ones too). Prints tables and writes benchmarks/results/scale.json. How
long a large frames.csv takes to open is benchmarks/frames_csv.py's.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from frames_csv import write_table
from results import write_result
from rich.console import Console
from rich.table import Table

from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.prepared import PreparedFrame, PreparedFrames
from lidarsel.settings import RunSettings
from lidarsel.workflow.session import open_source

EVALUATIONS_A_FRAME = (2, 8, 32)
MOST_FRAMES = 16
PASSES_OVER_FRAMES = 2
LOOK_EVERY_S = 0.5
JITTER_M = 0.003


def jitter_scans(folder: Path) -> None:
    """Give each row a scan of its own."""
    rng = np.random.default_rng(0)
    for path in sorted((folder / "scan").iterdir()):
        points = np.fromfile(path, "<f4").reshape(-1, 4)
        points[:, :3] *= (1 + rng.normal(0, JITTER_M / 30, (len(points), 1))).astype(np.float32)
        path.unlink()  # a hard link
        points.tofile(path)


def memory_of_run(data: Path, frames: int) -> dict[str, object]:
    """Runs the main job over all frames; resident MiB at tenths of its time, and its peak."""
    command = [sys.executable, "-m", "lidarsel", "run", str(data), "--budget", "8", "--max-frames", str(frames)]
    command += [
        "--methods",
        "spaced,sas",
        "--method",
        "sas",
        "--evaluations",
        str(4 * frames),
        "-o",
        str(data / "runs"),
    ]
    start, looks = time.perf_counter(), []
    job = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    while job.poll() is None:
        try:
            pages = int(Path(f"/proc/{job.pid}/statm").read_text().split()[1])
        except (FileNotFoundError, IndexError):
            break
        looks.append(pages * os.sysconf("SC_PAGE_SIZE") / 2**20)
        time.sleep(LOOK_EVERY_S)
    said, _ = job.communicate()
    if job.returncode:
        raise SystemExit(f"the run ended with {job.returncode}: {said}")
    tenths = [looks[int(place)] for place in np.linspace(0, len(looks) - 1, 11)]
    seconds = time.perf_counter() - start
    return {"frames": frames, "seconds": seconds, "mib_by_tenth": tenths, "peak_mib": max(looks)}


class TimedFrames(PreparedFrames):
    """Frames that count the seconds their user waited for them; ``ahead``: whether they are read ahead of it."""

    ahead = True
    waited_s = 0.0

    def read_ahead(self, frame: int, facts_only: bool = False) -> None:
        if self.ahead:
            super().read_ahead(frame, facts_only)

    def get(self, frame: int) -> PreparedFrame:
        start = time.perf_counter()
        super().read_ahead(frame)
        found = super().get(frame)
        self.waited_s += time.perf_counter() - start
        return found


def share_of_waiting(data: Path) -> list[dict[str, object]]:
    """A row for each number of evaluations a frame, with and without reading ahead; frames are never kept."""
    rows = []
    for count in EVALUATIONS_A_FRAME:
        for ahead in (True, False):
            source = open_source(data, RunSettings(max_frames=MOST_FRAMES))
            game = source.game(source.frames)
            frames = TimedFrames(source.dataset, game.frames, source.network, game.crop, game.device)
            frames.ahead = ahead
            game._prepared = frames
            start = time.perf_counter()
            for _ in range(PASSES_OVER_FRAMES):
                go_round(game, count)
            seconds = time.perf_counter() - start
            rows.append(
                {"data": str(data), "evaluations_a_frame": count, "ahead": ahead, "waited": frames.waited_s / seconds}
                | {"frames_per_s": PASSES_OVER_FRAMES * len(game) / seconds}
            )
    return rows


def go_round(game: LineGame, count: int) -> None:
    """Evaluate random sets on every frame, each read anew, as in a data set of more frames than are kept."""
    rng = np.random.default_rng(0)
    game._prepared.forget()
    game._encodings.forget()
    for frame in range(len(game)):
        game.read_ahead(frame)
        if frame + 1 < len(game):
            game.read_ahead(frame + 1)
        game.errors(frame, rng.random((count, game.n_lines)) < 0.5)


def show(console: Console, run: dict[str, object] | None, waits: Sequence[dict[str, object]]) -> None:
    if run:
        tenths = " ".join(f"{mib:.0f}" for mib in run["mib_by_tenth"])  # type: ignore[attr-defined]
        console.print(f"run over {run['frames']} frames: {run['seconds']:.0f} s, peak {run['peak_mib']:.0f} MiB")
        console.print(f"resident MiB at each tenth of its time: {tenths}")
    table = Table("data", "evaluations a frame", "waited, reading ahead", "without", "frames/s", "without")
    for with_thread, without in zip(waits[::2], waits[1::2], strict=True):
        table.add_row(
            str(with_thread["data"]),
            str(with_thread["evaluations_a_frame"]),
            *(f"{row['waited']:.0%}" for row in (with_thread, without)),
            *(f"{row['frames_per_s']:.1f}" for row in (with_thread, without)),
        )
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=10_000, help="0: no run")
    parser.add_argument("--data", type=Path, nargs="*", default=[], help="more data sets to look at the waiting on")
    options = parser.parse_args()
    run = None
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        write_table(data, options.frames or MOST_FRAMES)
        jitter_scans(data)
        if options.frames:
            run = memory_of_run(data, options.frames)
        waits = [row for path in [data, *options.data] for row in share_of_waiting(path)]
    show(Console(width=130), run, waits)
    write_result("scale", {"run": run, "waiting": waits})


if __name__ == "__main__":
    main()
