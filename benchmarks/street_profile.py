"""How well hidden settings of a fleet are told from its private profile, and how much nearer fitted streets come.

    python scripts/make_profile_pool.py POOL.safetensors --columns COLUMNS.npz      # simulates: minutes of a quiet core
    python benchmarks/street_profile.py COLUMNS.npz

Every kind of drives of the pool is taken for a fleet in turn. Seven others are left out with it: what profiles are told
by, and the kinds that a fleet is fitted with, are made of the rest, so that neither its settings nor its streets are
known. A fleet of n drives draws that many of its kind's streets with replacement: with more drives there is less noise
for the same promise, but no street more. Settings are told by the mean of those of the fitted kinds; the share of their
variance that this explains over all fleets (1 perfect, 0 as good as the pool's mean) is in places of their ranges.

Distance: half of a kind's streets make the profile, the other half are held out; between their mean and that of fitted
streets over that of usual ones, root of mean squares, the held-out mean's own scatter taken out; in all directions of
a profile, and in all but the first, which is range noise. Prints a table and writes benchmarks/results/profile.json.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray
from results import write_result
from rich.console import Console
from rich.table import Table

from lidarsel.choices import ProfileFeatures
from lidarsel.privacy.noisy_mean import noisy_mean
from lidarsel.profiles.embedding import embed_columns
from lidarsel.profiles.file import StreetProfile, profile_facts
from lidarsel.profiles.fleet import shares_of
from lidarsel.profiles.kinds import RANGES, row_of, to_unit
from lidarsel.profiles.making import state_promise
from lidarsel.profiles.pool import Pool, make_pool
from lidarsel.simulation.mix import DriveKind

Doubles = NDArray[np.float64]
DELTA, FOLDS = 1e-6, 8
EPSILONS = (None, 8.0, 3.0, 1.0)
DRIVES = (20, 100, 500, 2000)


def within_one(vectors: Doubles) -> Doubles:
    """Rows of length 1 at most."""
    shortened: Doubles = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1)
    return shortened


def fitted(
    pool: Pool, streets: Doubles, n: int, epsilon: float | None, features: ProfileFeatures, seed: int
) -> Doubles:
    """Shares of the pool's kinds in a fleet of ``n`` drives, a frame of one of these ``streets`` (s, k) each."""
    drawn = within_one(streets)[np.random.default_rng(seed).integers(0, len(streets), n)]
    statement = None if epsilon is None else state_promise("drive", n, epsilon, DELTA)
    noise = 0.0 if statement is None else statement.ledger.entries[0].noise_multiplier
    facts = profile_facts(features, "drive", n, statement is not None)
    return shares_of(StreetProfile(facts, noisy_mean(drawn, noise), statement), pool)


def folds(kinds: int) -> Iterator[tuple[list[int], list[int]]]:
    """Kinds left out, and those left; the usual one, kind 0, is always left."""
    for fold in range(FOLDS):
        out = [kind for kind in range(1, kinds) if kind % FOLDS == fold]
        yield out, [kind for kind in range(kinds) if kind not in out]


def measure(rows: Doubles, embeddings: Doubles, features: ProfileFeatures) -> Iterator[dict[str, Any]]:
    """A row for each number of drives and epsilon, from embeddings (kinds, streets, d)."""
    hidden: dict[tuple[int, float | None], list[tuple[Doubles, Doubles]]] = {}
    squares: dict[tuple[int, float | None], list[tuple[Doubles, Doubles]]] = {}
    prior: list[Doubles] = []
    for out, left in folds(len(rows)):
        pool = make_pool(rows[left], embeddings[left])
        places = to_unit(pool.kinds)
        for kind in out:
            streets = pool.discriminants(embeddings[kind])
            prior.append(to_unit(rows[kind]) - places.mean(0))
            known, held_out = streets[::2], streets[1::2]
            scatter = held_out.var(0, ddof=1) / len(held_out)
            usual = (held_out.mean(0) - pool.means[0]) ** 2 - scatter
            for n in DRIVES:
                for epsilon in EPSILONS:
                    told = fitted(pool, streets, n, epsilon, features, kind) @ places
                    hidden.setdefault((n, epsilon), []).append((told, to_unit(rows[kind])))
                    near = fitted(pool, known, n, epsilon, features, kind) @ pool.means
                    squares.setdefault((n, epsilon), []).append(((held_out.mean(0) - near) ** 2 - scatter, usual))
    for (n, epsilon), pairs in hidden.items():
        errors = np.array([told - truth for told, truth in pairs])
        explained = 1 - (errors**2).mean(0) / (np.array(prior) ** 2).mean(0)
        apart, from_usual = np.mean(squares[n, epsilon], axis=0)
        yield {
            "features": features,
            "drives": n,
            "epsilon": epsilon,
            "explained": float(1 - (errors**2).mean() / (np.array(prior) ** 2).mean()),
            "error_of_range": float(np.sqrt((errors**2).mean())),
            "by_setting": dict(zip(RANGES, explained.tolist(), strict=True)),
            "distance_to_usual": float(np.sqrt(max(apart.sum(), 0.0) / from_usual.sum())),
            "but_for_the_first": float(np.sqrt(max(apart[1:].sum(), 0.0) / from_usual[1:].sum())),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("columns", type=Path)
    options = parser.parse_args()
    content = np.load(options.columns)
    columns, rows = content["columns"].astype(np.float64), content["rows"]
    assert np.allclose(rows[0], row_of(DriveKind()))
    found: list[dict[str, Any]] = []
    for features in get_args(ProfileFeatures):
        embedded = np.array([[embed_columns(frame, features) for frame in kind] for kind in columns])
        found += measure(rows[: len(columns)], embedded, features)
    Console(width=110).print(_table(found))
    for row in found:
        if row["drives"] == max(DRIVES) and row["epsilon"] is None:
            ordered = sorted(row["by_setting"].items(), key=lambda pair: -pair[1])
            Console(width=110).print(f"{row['features']}:", ", ".join(f"{name} {100 * e:.0f} %" for name, e in ordered))
    write_result("street_profile", {"kinds": len(columns), "streets": columns.shape[1], "delta": DELTA, "rows": found})


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table(
        "features", "drives", "epsilon", "settings explained", "error, of ranges", "distance", "but for noise"
    )
    for row in rows:
        epsilon = "no noise" if row["epsilon"] is None else f"{row['epsilon']:g}"
        figures = (f"{row['explained']:.2f}", f"{row['error_of_range']:.3f}", f"{row['distance_to_usual']:.2f}")
        but_for_noise = f"{row['but_for_the_first']:.2f}"
        table.add_row(row["features"], str(row["drives"]), epsilon, *figures, but_for_noise)
    return table


if __name__ == "__main__":
    main()
