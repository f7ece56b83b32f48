"""Seconds to open a frames.csv of many rows, each naming a scan, an image and a ground truth of its own.

    python benchmarks/frames_csv.py [--rows 100000]

The files are hard links to those of three simulated frames. Prints one line; nothing is kept.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

from results import write_result

from lidarsel.datasets.registry import open_dataset
from lidarsel.simulation.settings import SimulateSettings
from lidarsel.simulation.write import DATE, write_drives

SMALL = SimulateSettings(frames=3, n_lines=16, image_height=96, image_width=320, azimuth_step_deg=0.8)


def write_table(folder: Path, rows: int) -> None:
    """A thousand rows a drive; the calibration is the simulated day's."""
    write_drives(folder / "made", SMALL)
    kinds = {
        "scan": sorted(folder.glob("made/*/*/velodyne_points/data/*.bin")),
        "image": sorted(folder.glob("made/*/*/image_02/data/*.png")),
        "ground_truth": sorted(folder.glob("made/train/*/proj_depth/groundtruth_dense/image_02/*.png")),
    }
    for kind in kinds:
        (folder / kind).mkdir()
    with (folder / "frames.csv").open("w") as table:
        table.write(",".join([*kinds, "calibration", "drive", "frame"]) + "\n")
        for row in range(rows):
            cells = []
            for kind, files in kinds.items():
                source = files[row % len(files)]
                cells.append(f"{kind}/{row:07d}{source.suffix}")
                os.link(source, folder / cells[-1])
            table.write(",".join([*cells, f"made/{DATE}", f"drive_{row // 1000:04d}", str(row % 1000)]) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        write_table(Path(folder), rows)
        began = time.perf_counter()
        dataset = open_dataset(Path(folder))
        seconds = time.perf_counter() - began
    print(f"{len(dataset)} rows opened in {seconds:.2f} s")  # noqa: T201
    write_result("frames_csv", {"rows": rows, "seconds": seconds})


if __name__ == "__main__":
    main()
