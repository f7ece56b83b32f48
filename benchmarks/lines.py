"""Lines of scans in no order: our search for cones beside the library alice-lri (MIT), on real and simulated sensors.

    pip install alice-lri
    python benchmarks/lines.py [--limit 200] [--data ../shared/data] [--alice CASE ...]

Every scan is shuffled; the oracle is the line by scan order (KITTI), by ring (nuScenes) or by the simulator. "right" is
the share of all points that are given their true line, "wrong" that are given another one; the rest are unknown. Both
methods' cones number the points in the same way. Each trial is a process of its own, ended after ``--limit`` seconds.
Prints a table and writes benchmarks/results/lines.json.
"""

import argparse
import multiprocessing
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from results import write_result
from rich.console import Console
from rich.table import Table

from lidarsel.frame import UNKNOWN_LINE
from lidarsel.geometry.lines import lines_from_scan_order
from lidarsel.geometry.ring_order import find_order, ring_elevations
from lidarsel.geometry.unordered import LaserCones, find_cones

DAY = "kitti_raw/2011_09_26/2011_09_26_drive"
KITTI = {
    "KITTI raw 9999/5": f"{DAY}_9999_sync/velodyne_points/data/0000000005.bin",
    "KITTI raw 0001/5": f"{DAY}_0001_sync/velodyne_points/data/0000000005.bin",
    "KITTI object 0": "kitti_object/training/velodyne/000000.bin",
    "KITTI cropped to camera": "edge_cases/kitti_object_000008_cropped_to_camera.bin",
}
NUSCENES = "nuScenes, freed of motion"
SIMULATED = {f"simulated, {n} lines": n for n in (16, 32, 64, 128)}
Truth = tuple[NDArray[np.float32], NDArray[np.int16]]


def truth(case: str, data: Path) -> Truth:
    """Points float32 (N, 3) and their lines int16 (N,), shuffled; points of unknown line are left out."""
    if case in KITTI:
        xyz = np.fromfile(data / KITTI[case], "<f4").reshape(-1, 4)[:, :3]
        line = lines_from_scan_order(xyz)
    elif case == NUSCENES:
        sweep = np.fromfile(next((data / "nuscenes_sweep").glob("*.pcd.bin")), "<f4").reshape(-1, 5)
        sweep = sweep[np.hypot(sweep[:, 0], sweep[:, 1]) > 2.0]  # a third of it is the vehicle itself
        xyz, ring = sweep[:, :3], sweep[:, 4].astype(np.int64)
        line = find_order(ring_elevations(xyz, ring)).line_of_ring[ring]
    else:
        xyz, line = simulated(SIMULATED[case])
    order = np.random.default_rng(0).permutation(len(xyz))
    return xyz[order], line[order]


def simulated(n_lines: int) -> Truth:
    from lidarsel.simulation.drive import Drive
    from lidarsel.simulation.settings import SimulateSettings

    scan = Drive(SimulateSettings(n_lines=n_lines, frames=2), 0, 2.0).scan_at(0, 0.5).scan
    return scan.xyz_m, scan.line


def ours(xyz: NDArray[np.float32]) -> LaserCones:
    return find_cones(xyz).cones


def alice(xyz: NDArray[np.float32]) -> LaserCones:
    import alice_lri

    found = alice_lri.estimate_intrinsics(*xyz.astype(np.float64).T.copy()).scanlines
    pairs = sorted(((np.degrees(one.vertical_angle), one.vertical_offset) for one in found), reverse=True)
    elevation, height = np.array(pairs).T
    return LaserCones(elevation, height, 180.0)


METHODS: dict[str, Callable[[NDArray[np.float32]], LaserCones]] = {"ours": ours, "alice-lri": alice}


def trial(method: str, case: str, data: Path, answers) -> None:  # type: ignore[no-untyped-def]
    xyz, line = truth(case, data)
    start = time.process_time()
    try:
        cones = METHODS[method](xyz)
    except ValueError as error:
        answers.put({"refused": str(error), "cpu_s": time.process_time() - start})
        return
    cpu_s = time.process_time() - start
    found = cones.lines_of(xyz)
    told = found != UNKNOWN_LINE
    answers.put(
        {
            "cpu_s": cpu_s,
            "n_lines": cones.n_lines,
            "right": float((found == line).mean()),
            "wrong": float((told & (found != line)).mean()),
        }
    )


def measure(method: str, case: str, data: Path, limit_s: float) -> dict[str, object]:
    """A trial in a process of its own: what does not end is ended."""
    answers: multiprocessing.Queue[dict[str, object]] = multiprocessing.Queue()
    process = multiprocessing.Process(target=trial, args=(method, case, data, answers))
    process.start()
    try:
        return answers.get(timeout=limit_s)
    except Exception:  # queue.Empty
        process.kill()
        return {"refused": f"not ended after {limit_s:.0f} s"}
    finally:
        process.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "data")
    parser.add_argument("--limit", type=float, default=200.0, help="seconds a trial may take")
    parser.add_argument("--alice", nargs="*", metavar="CASE", help="cases to try alice-lri on; default: all")
    options = parser.parse_args()
    rows = []
    table = Table("scan", "lines", "method", "found", "right", "wrong", "CPU s")
    for case in [*KITTI, NUSCENES, *SIMULATED]:
        _, line = truth(case, options.data)
        for method in METHODS:
            if method != "ours" and options.alice is not None and case not in options.alice:
                continue
            row = measure(method, case, options.data, options.limit)
            rows.append({"scan": case, "n_lines_true": len(np.unique(line)), "method": method, **row})
            cells = [str(row.get("n_lines", row.get("refused")))]
            cells += [f"{row[key]:.3%}" if key in row else "" for key in ("right", "wrong")]
            table.add_row(
                case, str(len(np.unique(line))), method, *cells, f"{row['cpu_s']:.1f}" if "cpu_s" in row else ""
            )
    write_result("lines", rows)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
