"""How long the simulation takes at full size: a scene, a scan, a picture, and a written frame with everything.

    nice -n 10 python benchmarks/simulate.py [--frames 24] [--seeds 3]

Prints a table and writes benchmarks/results/simulate.json.
"""

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

from results import write_result
from rich.console import Console
from rich.table import Table

from lidarsel.simulation.drive import Drive
from lidarsel.simulation.settings import SimulateSettings
from lidarsel.simulation.write import write_drives


def measure(seed: int, frames: int) -> dict[str, float]:
    """Seconds of each part for one seed. The first scan and picture warm up and are not counted."""
    settings = SimulateSettings(seed=seed, frames=frames)
    start = time.perf_counter()
    drive = Drive(settings, 0, frames * settings.frame_period_s)
    row: dict[str, float] = {"scene_s": time.perf_counter() - start, "triangles": len(drive.scene.static.triangle)}
    parts = {"scan_s": drive.scan_at, "picture_s": drive.picture_at}
    for name, part in parts.items():
        times = []
        for i in range(6):
            start = time.perf_counter()
            part(i, i * settings.frame_period_s)
            times.append(time.perf_counter() - start)
        row[name] = statistics.median(times[1:])
    with tempfile.TemporaryDirectory() as folder:
        start, cpu = time.perf_counter(), time.process_time()
        write_drives(Path(folder) / "out", settings)
        taken = time.perf_counter() - start
        row["cpu_s_per_frame"] = (time.process_time() - cpu) / frames
        files = [p for p in (Path(folder) / "out").rglob("*") if p.is_file()]
        row["mb_per_frame"] = sum(p.stat().st_size for p in files) / frames / 1e6
    return {**row, "frames_per_s": frames / taken}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    load = os.getloadavg()[0]
    rows = [{"seed": seed, **measure(seed, options.frames)} for seed in range(options.seeds)]
    table = Table(title=f"375 x 1242, 64 lines, {options.frames} frames a drive, load {load:.1f} before")
    for name in rows[0]:
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(*(f"{value:.4g}" for value in row.values()))
    Console(width=120).print(table)
    write_result("simulate", {"frames": options.frames, "load_before": load, "rows": rows})


if __name__ == "__main__":
    main()
