"""Make the pool that fleets are fitted with: kinds of drives, and the mean embedding of each, all from simulation.

    python scripts/make_profile_pool.py lidarsel/profiles/pool.safetensors [--streets 12] [--columns FILE.npz]

Every kind drives through ``streets`` streets, a frame in each, of half the width and height of KITTI's. FILE.npz keeps
the columns of all frames, and is gone on from where it is there: other features take no new simulation. Twenty minutes.
"""

import argparse
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from lidarsel.choices import ProfileFeatures
from lidarsel.profiles.columns import columns
from lidarsel.profiles.embedding import embed_columns
from lidarsel.profiles.kinds import draw_kinds, kind_of, row_of
from lidarsel.profiles.pool import Pool, make_pool, write_pool
from lidarsel.simulation.frames import simulate_seen
from lidarsel.simulation.mix import DriveKind, Fleet
from lidarsel.simulation.settings import SimulateSettings

SEED = 61000
"""Of kinds and of streets; kind number k has streets of seed SEED + 1 + k."""
FRAME = {"image_height": 188, "image_width": 621, "frames_per_scene": 1}


def simulated_columns(kind: DriveKind, seed: int, streets: int) -> NDArray[np.float32]:
    """Float32 (streets, COLUMNS, FIGURES)."""
    settings = SimulateSettings(seed=seed, frames=streets, fleet=Fleet((kind,), (1.0,), ""), **FRAME)  # type: ignore[arg-type]
    return np.array([columns(frame) for frame in simulate_seen(settings)], np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--kinds", type=int, default=64)
    parser.add_argument("--streets", type=int, default=12)
    parser.add_argument("--columns", type=Path)
    options = parser.parse_args()
    usual = row_of(DriveKind())
    rows = np.vstack([usual, draw_kinds(options.kinds - 1, SEED)])
    made: list[NDArray[np.float32]] = []
    if options.columns is not None and options.columns.exists():
        made = list(np.load(options.columns)["columns"])
    for number in range(len(made), options.kinds):
        made.append(simulated_columns(kind_of(rows[number]), SEED + 1 + number, options.streets))
        print(number + 1, "of", options.kinds, flush=True)  # noqa: T201
        if options.columns is not None:
            np.savez(options.columns, columns=np.array(made), rows=rows)
    pools: dict[ProfileFeatures, Pool] = {}
    for features in get_args(ProfileFeatures):
        embedded = np.array([[embed_columns(one, features) for one in kind.astype(np.float64)] for kind in made])
        pools[features] = make_pool(rows, embedded)
    write_pool(options.out, pools, f"make_profile_pool.py --kinds {options.kinds} --streets {options.streets}")


if __name__ == "__main__":
    main()
