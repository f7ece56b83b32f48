"""Many cases on every target: ``python -m tests.fuzz --cases 100000``; prints a table by target, and writes JSON.

Case number n of a target is the same on every machine. A failure prints the line that makes it again.
"""

import argparse
import json
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from math import ceil
from pathlib import Path
from threading import Lock
from typing import Any

from tests.fuzz.judge import Verdict
from tests.fuzz.worker import ROOT, Worker, run_case

RESULTS = ROOT / "build/fuzz.json"
BYTES = 64
SLOW = {"kitti_depth-alone": 0.02, "kitti_depth-selection": 0.01, "prices.yaml": 0.1}
"""Share of the cases where one takes a second or so: lines fitted to depth images, a curve with its uncertainty."""


class Tally:
    """What became of the cases of one target, told by several threads."""

    def __init__(self) -> None:
        self._one_at_a_time = Lock()
        self.ends: Counter[str] = Counter()
        self.slowest_s = 0.0
        self.peak_mib = 0.0
        self.failures: dict[str, int] = {}

    def add(self, number: int, verdict: Verdict) -> None:
        said = verdict.said.strip().splitlines()
        with self._one_at_a_time:
            self.ends[verdict.end] += 1
            self.slowest_s = max(self.slowest_s, verdict.seconds)
            self.peak_mib = max(self.peak_mib, verdict.peak_mib)
            if verdict.end == "failed":
                self.failures.setdefault(" | ".join(line.strip() for line in (said[-3:-2] + said[-1:]))[:200], number)

    def to_dict(self) -> dict[str, Any]:
        return {
            "cases": self.ends.total(),
            "refused": self.ends["refused"],
            "used": self.ends["used"],
            "failed": self.ends["failed"],
            "slowest_ms": round(1000 * self.slowest_s),
            "peak_mib": round(self.peak_mib),
            "failures": self.failures,
        }


def case(target: str, number: int) -> bytes:
    """The bytes of a case."""
    return random.Random(f"{target}:{number}").randbytes(BYTES)


def run_targets(shares: list[tuple[str, range]], tallies: dict[str, Tally], save: Callable[[], object]) -> None:
    """One worker's part; saved after every target, as a long run may be cut."""
    try:
        with Worker() as worker:
            for target, numbers in shares:
                for number in numbers:
                    tallies[target].add(number, worker.ask(target, case(target, number)))
                save()
    except Exception:
        traceback.print_exc()
        raise


def main() -> None:
    from tests.fuzz.targets import TARGETS, lacking

    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000, help="of all targets together")
    parser.add_argument("--targets", default=",".join(TARGETS), help="by comma")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--one", type=int, help="this case of one target only, with its traceback")
    parser.add_argument("-o", "--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    asked = given.targets.split(",")
    absent = [said for said in map(lacking, asked) if said]
    sys.stdout.write("".join(f"skipped: {said}\n" for said in absent))
    names = [name for name in asked if not lacking(name)]
    if given.one is not None:
        sys.stdout.write(f"{run_case(names[0], case(names[0], given.one))}\n".replace("\\n", "\n"))
        return
    weight = sum(SLOW.get(name, 1.0) for name in names)
    counts = {name: ceil(given.cases * SLOW.get(name, 1.0) / weight) for name in names}
    tallies = {name: Tally() for name in names}
    given.out.parent.mkdir(parents=True, exist_ok=True)
    start, one_at_a_time = time.monotonic(), Lock()

    def save() -> dict[str, dict[str, Any]]:
        with one_at_a_time:
            found = {name: tally.to_dict() for name, tally in tallies.items()}
            total = sum(row["cases"] for row in found.values())
            content = {"cases": total, "minutes": round((time.monotonic() - start) / 60, 1), "targets": found}
            given.out.write_text(json.dumps(content, indent=1) + "\n")
            return found

    with ThreadPoolExecutor(given.workers) as pool:
        for worker in range(given.workers):
            shares = [(name, range(worker, count, given.workers)) for name, count in counts.items()]
            pool.submit(run_targets, shares, tallies, save)
    found = save()
    show(found)
    sys.exit(int(any(row["failed"] for row in found.values())))


def show(found: dict[str, dict[str, Any]]) -> None:
    columns = ("cases", "refused", "used", "failed", "slowest_ms", "peak_mib")
    sys.stdout.write(f"{'':24}" + "".join(f"{name:>12}" for name in columns) + "\n")
    for target, row in found.items():
        sys.stdout.write(f"{target:24}" + "".join(f"{row[name]:>12}" for name in columns) + "\n")
    for target, row in found.items():
        for said, number in row["failures"].items():
            sys.stdout.write(f"\npython -m tests.fuzz --targets {target} --one {number}\n  {said}\n")


if __name__ == "__main__":
    main()
