"""Every command under every fault, at random moments: ``python -m tests.faults --runs 50`` (of all together)."""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

from tests.faults.disturb import FAULTS, disturb, undisturbed
from tests.faults.jobs import JOBS, prepare_data
from tests.support.commands import ROOT

RESULTS = ROOT / "benchmarks/results/faults.json"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-o", "--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    pairs = [(name, fault) for fault in FAULTS for name in JOBS if not (fault == "two at once" and JOBS[name].once)]
    counts: dict[tuple[str, str], Counter[str]] = {pair: Counter() for pair in pairs}
    problems: list[str] = []
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="lidarsel-faults-") as place:
        base = Path(place)
        prepare_data(base)
        whole = {name: undisturbed(job, base / name) for name, job in JOBS.items()}
        for run in range(given.runs):
            name, fault = pairs[run % len(pairs)]
            ended = disturb(JOBS[name], fault, whole[name], base / f"{run}", Random(f"{given.seed}:{run}"))
            counted = counts[name, fault]
            counted.update(runs=1, hit=ended.hit, same=ended.same)
            if not ended.same:
                problems.append(f"run {run}, {name}, {fault}: {ended.said}")
    rows = [{"command": name, "fault": fault, **counted} for (name, fault), counted in counts.items() if counted]
    content = {"minutes": round((time.monotonic() - start) / 60, 1), "rows": rows, "problems": problems}
    given.out.write_text(json.dumps(content, indent=1) + "\n")
    sys.stdout.write(f"{'command':12}{'fault':14}{'runs':>6}{'hit':>6}{'same':>6}\n")
    for row in rows:
        sys.stdout.write(f"{row['command']:12}{row['fault']:14}" + "".join(f"{row[k]:6}" for k in _COLUMNS) + "\n")
    sys.stdout.write("".join(f"{problem}\n" for problem in problems))
    sys.exit(int(bool(problems)))


_COLUMNS = ("runs", "hit", "same")

if __name__ == "__main__":
    main()
