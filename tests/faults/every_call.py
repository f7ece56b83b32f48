"""Every call of a short run fails once: ``python -m tests.faults.every_call`` (as SQLite's own tests do).

For each command and kind of fault: an undisturbed run counts the calls on files (reads, looks such as stat, writes) and
the requests for 64 KiB and more of memory; then, for every n, a run whose n-th call fails. It must end with exit code 2
and one line, or do without that call and make the undisturbed run's bytes; what stands at its output's name must be
whole; and the same command, given again, must make the undisturbed run's bytes. A library may fall over its lack of
memory (numpy does): then there is no line, and the rest must hold.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.faults.disturb import what_is_wrong_after
from tests.faults.injector import FAULTS, PRELOADED, Fault, Injector, Ran, build
from tests.faults.jobs import DATA, Job, choose_lines
from tests.support.commands import ROOT, lidarsel, succeeded

RESULTS = ROOT / "build" / "every_call.json"
_SETTINGS = """crop: [32, 96]
network: nearest
evaluations: 130
sets: 2
seed: 3
methods: [random, densest]
choose: densest
"""
_STEPS = """steps: 2
validate_every: 1
validation_frames: 1
validation_crop: [32, 64]
crop: [32, 64]
subsets_per_image: 1
"""
_SMALL = ("--frames", 2, "--drives", 2, "--image-size", "64x160", "--azimuth-step-deg", "1.6", "--seed", 5)

MOST_S = 6 * 3600.0


class ShortJob(Job):
    """Shorter than those that are disturbed at random moments, since each is run a thousand times."""

    def prepare(self, folder: Path) -> None:
        super().prepare(folder)
        (folder / "settings.yaml").write_text(_SETTINGS)
        recipe = [
            line for line in (folder / "recipe.yaml").read_text().splitlines() if line.split(":")[0] not in _STEPS
        ]
        (folder / "recipe.yaml").write_text("\n".join(recipe) + "\n" + _STEPS)


JOBS = {
    job.name: job
    for job in (
        ShortJob("apply", ("apply", "../data", "--lines", "../lines.yaml", "-o", "out"), "out", once=True),
        ShortJob("run", ("run", "../data", "--settings", "settings.yaml", "--budget", "8", "-o", "runs"), "runs/*"),
        ShortJob(
            "sweep", ("sweep", "../data", "--settings", "settings.yaml", "--budgets", "8", "-o", "runs"), "runs/*"
        ),
        ShortJob("train", ("train", "--recipe", "recipe.yaml", "-o", "made/w.safetensors"), "made", improves=True),
    )
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.every_call", description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", nargs="+", choices=JOBS, default=list(JOBS))
    parser.add_argument("--faults", nargs="+", choices=FAULTS, default=list(FAULTS))
    parser.add_argument("--most", type=int, help="at most so many n of each, evenly spread; default: every n")
    parser.add_argument("--at", type=int, nargs="+", help="these n alone")
    parser.add_argument("-o", "--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    if PRELOADED in os.environ:
        sys.exit(_inject(given))
    with tempfile.TemporaryDirectory(prefix="lidarsel-every-call-") as place:
        library = str(build(Path(place)))
        threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # else a fork may hang in a lock of theirs
        surroundings = {**os.environ, **threads, "LD_PRELOAD": library, PRELOADED: library, "TMPDIR": place}
        again = [sys.executable, "-m", __spec__.name, *sys.argv[1:]]
        sys.exit(subprocess.run(again, env=surroundings, timeout=MOST_S).returncode)


def _inject(given: argparse.Namespace) -> int:
    base = Path(tempfile.gettempdir()) / "base"
    base.mkdir()
    del os.environ["LD_PRELOAD"]
    succeeded(lidarsel("simulate", base / DATA, *_SMALL))
    choose_lines(base)
    os.environ["TMPDIR"] = tempfile.tempdir = str(base)
    injector = Injector(base)
    rows, problems = [], []
    sys.stdout.write("".join(f"{column:{width}}" for column, width in _COLUMNS.items()) + "\n")
    for name in given.jobs:
        for fault in given.faults:
            row, found = _every_call(injector, JOBS[name], fault, base, given.at, given.most)
            rows.append(row)
            problems += found
            sys.stdout.write("".join(f"{row[column]!s:{width}}" for column, width in _COLUMNS.items()) + "\n")
            sys.stdout.write("".join(f"  {problem}\n" for problem in found))
            sys.stdout.flush()
            given.out.parent.mkdir(parents=True, exist_ok=True)
            given.out.write_text(json.dumps({"rows": rows, "problems": problems}, indent=1) + "\n")
    return int(bool(problems))


_COLUMNS = {"command": 9, "fault": 14, "calls": 7, "injected": 10, "refused": 9, "did_without": 13, "crashed": 9}
_COLUMNS |= {"problems": 10, "seconds": 8}


def _every_call(
    injector: Injector, job: Job, fault: str, base: Path, given: list[int] | None, most: int | None
) -> tuple[dict[str, object], list[str]]:
    """A row of the table, and what went wrong."""
    start = time.monotonic()
    whole, calls = _undisturbed(injector, job, FAULTS[fault], base)
    counts: Counter[str] = Counter()
    without: Counter[str] = Counter()
    said: Counter[str] = Counter()
    crashed: Counter[str] = Counter()
    problems = []
    fine: set[str] = set()
    for at in given or _spread(calls, most):
        folder = base / "job"
        job.prepare(folder)
        ran = injector.run(job.arguments, folder, FAULTS[fault], at)
        if ran.hit:  # threads share the count, so that a later run may make one call fewer
            counts["injected"] += 1
            counts[_ended(ran)] += 1
            where = f"{ran.call}({ran.path.removeprefix(str(base))})"
            if ran.code == 0:
                without[where] += 1
            said.update(line for line in ran.said.splitlines() if line.startswith("lidarsel: "))
            if ran.code < 0:
                crashed[_stack(ran)] += 1
            wrong = "" if ran.code < 0 and fault == "memory" else _what_is_wrong(ran)
            left = _left(folder)
            if not wrong and left not in fine:
                wrong = what_is_wrong_after(job, whole, folder, _Again(injector, job, folder))
            if not wrong:
                fine.add(left)
            else:
                problems.append(f"{job.name}, {fault}, n = {at}, {where}: {wrong}")
        shutil.rmtree(folder)
    row: dict[str, object] = {"command": job.name, "fault": fault, "calls": calls, "injected": counts["injected"]}
    row |= {name: counts[name] for name in ("refused", "did_without", "crashed")}
    row |= {"problems": len(problems), "seconds": round(time.monotonic() - start)}
    row |= {"done_without": dict(without), "said": dict(said), "crashes": dict(crashed)}
    return row, problems


def _ended(ran: Ran) -> str:
    if ran.code < 0:
        return "crashed"
    return {0: "did_without", 2: "refused"}.get(ran.code, "other")


def _left(folder: Path) -> str:
    """A digest of all that a run left: of two that left the same, one is enough to go on from."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        digest.update(repr((str(path.relative_to(folder)), path.is_file() and path.read_bytes())).encode())
    return digest.hexdigest()


def _stack(ran: Ran) -> str:
    """Of a run that a signal ended: the thread that it ended in, innermost first."""
    *_, own = ran.said.partition("Current thread")
    return "; ".join(line.strip() for line in own.splitlines() if line.startswith("  File "))[:700]


class _Again:
    """The same command, undisturbed."""

    def __init__(self, injector: Injector, job: Job, folder: Path) -> None:
        self.injector, self.job, self.folder = injector, job, folder

    def __call__(self) -> tuple[int, str]:
        ran = self.injector.run(self.job.arguments, self.folder)
        return ran.code, ran.said


def _what_is_wrong(ran: Ran) -> str:
    lines = [line for line in ran.said.splitlines() if line.startswith("lidarsel: ")]
    if ran.code not in (0, 2) or "Traceback" in ran.said or len(lines) != (ran.code == 2):
        return f"exit code {ran.code}, {_stack(ran) if ran.code < 0 else ran.said[-700:]}"
    if not all(_NAMED.match(line) for line in lines) or any("damaged" in line for line in lines):
        return f"no file is named, or is called damaged and is whole: {lines}"
    return ""


_NAMED = re.compile(r"lidarsel: \S+: |.*memory")


def _undisturbed(injector: Injector, job: Job, fault: Fault, base: Path) -> tuple[dict[str, object], int]:
    """What the command makes, and how many calls of the kind it takes."""
    for run in (injector.warm, injector.run):
        folder = base / "job"
        job.prepare(folder)
        ran = run(job.arguments, folder, *([fault] if run == injector.run else []))
        assert ran.code == 0, ran
        made = job.made(folder)
        shutil.rmtree(folder)
    return made, ran.calls


def _spread(calls: int, most: int | None) -> list[int]:
    if most is None or most >= calls:
        return list(range(1, calls + 1))
    return [1 + (2 * part + 1) * calls // (2 * most) for part in range(most)]


if __name__ == "__main__":
    main()
