"""What a store costs once everything is known: whole commands that look all of it up, beside an older commit's.

    python benchmarks/warm.py DATA --before FOLDER [--frames 12] [--evaluations 6000] [--turns 7]

``--before`` is a checkout of an older commit (``git worktree add FOLDER COMMIT``), run in this one's environment. Each
fills a store of its own by ``shapley`` with network ``nearest``, whose figures cost least; then both give the same
command again, in turns, each in a new process, so that what else the machine does falls on both. Nothing is evaluated
any more: what is left is start, reading frames, looking up, and estimating. Prints medians, their ratio and that of the
stores' sizes, and writes benchmarks/results/warm.json.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from results import write_result
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).resolve().parents[1]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--before", type=Path, required=True)
    parser.add_argument("--frames", type=int, default=12)
    parser.add_argument("--evaluations", type=int, default=6000)
    parser.add_argument("--turns", type=int, default=7)
    return parser.parse_args()


def command_s(checkout: Path, data: Path, store: Path, given: argparse.Namespace) -> float:
    """Seconds of one command, start included."""
    options = ["--network", "nearest", "--max-frames", given.frames, "--evaluations", given.evaluations]
    places = ["--store", store, "-o", store.with_name("values.json")]
    started = time.perf_counter()
    subprocess.run(
        list(map(str, [sys.executable, checkout / "cli.py", "shapley", data, *options, *places])),
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(checkout)},
    )
    return time.perf_counter() - started


def size_bytes(store: Path) -> int:
    """With its write-ahead log."""
    return sum(path.stat().st_size for path in store.parent.glob(store.name + "*") if not path.name.endswith("-shm"))


def main() -> None:
    given = arguments()
    checkouts = {"now": HERE, "before": given.before.resolve()}
    with tempfile.TemporaryDirectory() as folder:
        stores = {name: Path(folder) / name / "evaluations.sqlite" for name in checkouts}
        seconds: dict[str, list[float]] = {name: [] for name in checkouts}
        filling: dict[str, float] = {}
        for name, checkout in checkouts.items():
            stores[name].parent.mkdir()
            filling[name] = command_s(checkout, given.data.resolve(), stores[name], given)
        for turn in range(given.turns):
            for name in sorted(checkouts, reverse=bool(turn % 2)):
                seconds[name].append(command_s(checkouts[name], given.data.resolve(), stores[name], given))
        sizes = {name: size_bytes(store) for name, store in stores.items()}
    ratios = [now / before for now, before in zip(seconds["now"], seconds["before"], strict=True)]
    table = Table("", "filling, s", "warm, s (median)", "store, MB")
    for name in checkouts:
        warm = statistics.median(seconds[name])
        table.add_row(name, f"{filling[name]:.1f}", f"{warm:.2f}", f"{sizes[name] / 1e6:.2f}")
    ratio, larger = statistics.median(ratios), sizes["now"] / sizes["before"]
    Console().print(table)
    Console().print(f"warm, paired ratio {ratio:.3f} (median of {given.turns}); store {larger:.2f} times as large")
    content = {"options": vars(given), "filling_s": filling, "warm_s": seconds, "ratios": ratios, "bytes": sizes}
    write_result("warm", content)


if __name__ == "__main__":
    main()
