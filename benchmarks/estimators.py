"""Shapley estimators on games of 64 ordered players with known values: error against evaluations.

    python benchmarks/estimators.py --bench BENCH [--seeds 10] [--peers] [--plot docs/images/estimators.svg]

Prints a table and writes it, with every single run, to benchmarks/results/estimators.json. BENCH is a set of test games
that is no part of this repository (games.py, games.c; gcc is needed), copied to a temporary folder as they build a
library beside themselves.
``cov64s7`` is the coverage game drawn from another seed, ``cov64p`` the one whose players are shuffled (no order
left), ``cov64x5`` the rough one.
Where the folder has no reference, 200,000 evaluations of our own estimator are the reference: good for judging
estimates from at most 16,000. shapiq, captum and LightGBM are development extras: with ``--peers`` those that can be
imported are measured too, and the others are named.
"""

import argparse
import importlib
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from error_plot import write_error_plot
from results import RESULTS, write_result

from lidarsel.shapley import regression
from lidarsel.shapley.base import ShapleyEstimate
from lidarsel.shapley.registry import estimator

Array = np.ndarray[Any, np.dtype[Any]]
Value = Callable[[Array], Array]
ROOT = Path(__file__).resolve().parents[1]


class OneFrame:
    """A game of the bench folder, its mean over frames as the one frame of a FrameGame."""

    n_frames = 1

    def __init__(self, value: Value, n_players: int) -> None:
        self.value, self.n_players, self.ordered = value, n_players, True

    def values(self, frame: int, coalitions: Array) -> Array:
        return self.value(coalitions)


def ours(value: Value, n: int, evaluations: int, seed: int) -> ShapleyEstimate:
    return regression.estimate(OneFrame(value, n), evaluations, seed)


def antithetic(value: Value, n: int, evaluations: int, seed: int) -> ShapleyEstimate | Array:
    if (evaluations - 2) // (2 * (n - 1)) < 2:
        return np.full(n, np.nan)
    return estimator("permutation")(OneFrame(value, n), evaluations, seed)


def permutations(value: Value, n: int, evaluations: int, seed: int) -> Array:
    """Castro, Gomez and Tejada 2009: walks in random order, nothing else."""
    rng = np.random.default_rng(seed)
    orders = rng.random(((evaluations - 2) // (n - 1), n)).argsort(1)
    gains = np.empty(orders.shape)
    ends = value(np.array([[False] * n, [True] * n]))
    for row, order in enumerate(orders):
        coalitions = order.argsort()[None] < np.arange(1, n)[:, None]
        gains[row, order] = np.diff(np.concatenate([ends[:1], value(coalitions), ends[1:]]))
    return gains.mean(0)


def shapiq_msr(value: Value, n: int, evaluations: int, seed: int) -> Array:
    """shapiq's RegressionMSR with LightGBM: the best of other libraries on these games."""
    approximator = importlib.import_module("shapiq.approximator")
    model = importlib.import_module("lightgbm").LGBMRegressor(verbose=-1, n_jobs=1)
    found = approximator.RegressionMSR(n=n, index="SV", random_state=seed, proxy_model=model).approximate(
        budget=evaluations, game=lambda x: value(np.atleast_2d(np.asarray(x)).astype(bool))
    )
    return np.array([found[(i,)] for i in range(n)])


def shapiq_kernel(value: Value, n: int, evaluations: int, seed: int) -> Array:
    approximator = importlib.import_module("shapiq.approximator")
    found = approximator.KernelSHAP(n=n, random_state=seed, pairing_trick=True).approximate(
        budget=evaluations, game=lambda x: value(np.atleast_2d(np.asarray(x)).astype(bool))
    )
    return np.array([found[(i,)] for i in range(n)])


def captum_sampling(value: Value, n: int, evaluations: int, seed: int) -> Array:
    torch = importlib.import_module("torch")
    sampling = importlib.import_module("captum.attr").ShapleyValueSampling
    torch.manual_seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - captum draws from the global generator
    method = sampling(lambda x: torch.from_numpy(value(x.numpy() > 0.5)))
    one = torch.ones(1, n, dtype=torch.float64)
    count = max(1, (evaluations - 1) // n)
    found: Array = method.attribute(one, baselines=0.0, n_samples=count, perturbations_per_eval=n)[0].numpy()
    return found


OWN = {"lidarsel regression": ours, "lidarsel permutation (antithetic)": antithetic, "permutations": permutations}
PEERS = {
    "shapiq RegressionMSR, LightGBM": (shapiq_msr, ("lightgbm:LGBMRegressor", "shapiq.approximator:RegressionMSR")),
    "shapiq KernelSHAP, paired": (shapiq_kernel, ("shapiq.approximator:KernelSHAP",)),
    "captum ShapleyValueSampling": (captum_sampling, ("captum.attr:ShapleyValueSampling",)),
}


def importable(need: str) -> bool:
    """True where "module:name" can be had, in the version that is installed."""
    module, name = need.split(":")
    try:
        return hasattr(importlib.import_module(module), name)
    except ImportError:
        return False


def open_bench(source: Path) -> ModuleType:
    """The games module of a writable copy of the bench folder."""
    folder = Path(tempfile.mkdtemp(prefix="lidarsel-bench-"))
    for file in [source / "games.py", source / "games.c", *source.glob("ref_*.npz")]:
        shutil.copyfile(file, folder / file.name)
    sys.path.insert(0, str(folder))
    return importlib.import_module("games")


def load(games: ModuleType, name: str) -> tuple[Any, Array]:
    """Game and reference values; a suffix sN draws the game from N added to its own seed, p shuffles the players."""
    parts = re.fullmatch(r"((?:cov|gp)\d+(?:x\d+)?)(?:s(\d+))?(p?)", name)
    if parts is None:
        raise SystemExit(f"no game {name!r}: cov64, gp64, cov64x5, cov64s7, cov64p, ...")
    base, shift, shuffled = parts.groups()
    if shift:
        draw = np.random.default_rng
        vars(games)["np"] = _SeedShift(int(shift), draw)
    game = games.load(base)
    vars(games)["np"] = np
    order = np.random.default_rng(0).permutation(game.n) if shuffled else np.arange(game.n)
    ends = np.argsort(order)
    if shift or "x" in base:
        truth = regression.estimate(OneFrame(game, game.n), 200_000, 987654).mean
    else:
        truth = games.reference(base)
    game.order = ends
    return game, truth[order]


class _SeedShift:
    """numpy, but for a generator whose seed is another."""

    def __init__(self, shift: int, draw: Callable[[int], np.random.Generator]) -> None:
        self.random = type("random", (), {"default_rng": staticmethod(lambda seed: draw(seed + shift))})

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)


def measure(game: Any, truth: Array, method: Callable[..., Any], evaluations: int, seed: int) -> dict[str, float]:
    n, spent = game.n, 0.0

    def value(coalitions: Array) -> Array:
        nonlocal spent
        started = time.process_time()
        answer: Array = game(coalitions[:, game.order])
        spent += time.process_time() - started
        return answer

    started = time.process_time()
    found = method(value, n, evaluations, seed)
    outside = time.process_time() - started - spent
    mean = found.mean if isinstance(found, ShapleyEstimate) else found
    result = {
        "seed": seed,
        "error": float(np.linalg.norm(mean - truth) / np.linalg.norm(truth)),
        "outside_us_per_evaluation": outside / evaluations * 1e6,
    }
    if isinstance(found, ShapleyEstimate):
        result["covered"] = float((np.abs(mean - truth) <= found.half_width()).mean())
    return result


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", type=Path, default=ROOT.parent / "shared" / "bench")
    parser.add_argument("--games", default="cov64,gp64")
    parser.add_argument("--evaluations", default="1000,4000,16000")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--peer-seeds", type=int, default=2)
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results")
    parser.add_argument("--plot", type=Path, help="SVG picture to write, as docs/images/estimators.svg")
    given = parser.parse_args()

    methods: dict[str, tuple[Callable[..., Any], int]] = {name: (m, given.seeds) for name, m in OWN.items()}
    if given.peers:
        for name, (method, needs) in PEERS.items():
            missing = [need for need in needs if not importable(need)]
            if missing:
                say(f"{name}: not measured, there is no {', no '.join(missing)} here")
            else:
                methods[name] = (method, given.peer_seeds)
    games = open_bench(given.bench)
    rows: list[dict[str, Any]] = []
    for game_name in given.games.split(","):
        game, truth = load(games, game_name)
        say(f"\n{game_name}: relative L2 error (95 % intervals covering; own CPU time outside the game)")
        for name, (method, seeds) in methods.items():
            cells = []
            for evaluations in map(int, given.evaluations.split(",")):
                runs = [measure(game, truth, method, evaluations, seed) for seed in range(seeds)]
                mean = {key: float(np.mean([run[key] for run in runs])) for key in runs[0] if key != "seed"}
                cover = f"{mean['covered']:.3f}; " if "covered" in mean else ""
                cells.append(f"{mean['error']:.4f} ({cover}{mean['outside_us_per_evaluation']:.0f} us)")
                rows.append({"game": game_name, "method": name, "evaluations": evaluations, **mean, "runs": runs})
            say(f"  {name:36s}" + "  ".join(f"{cell:26s}" for cell in cells))
    write_result("estimators", rows, given.out)
    if given.plot:
        write_error_plot(rows, given.plot)


if __name__ == "__main__":
    main()
