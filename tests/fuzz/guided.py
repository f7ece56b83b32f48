"""Cases led by coverage, where atheris is installed: ``python -m tests.fuzz.guided --seconds 60`` (of each target).

libFuzzer looks for bytes that reach new branches of lidarsel; what they mean, and how a case is judged, is as in
``python -m tests.fuzz``. A table is printed, and JSON written; a failure comes with the bytes that make it again.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.fuzz.__main__ import BYTES, case
from tests.fuzz.worker import ROOT, run_case

RESULTS = ROOT / "build/fuzz-guided.json"
_SEEDS = 64
_RSS_MIB = 6 << 10  # above the judge's own limit, which is to be the one that is met
_DONE = re.compile(r"Done (\d+) (?:runs )?in")
_PULSE = re.compile(r"#(\d+)\s.*?cov: (\d+)")


def fuzz(target: str, seconds: int, corpus: Path) -> dict[str, Any]:
    """A process of its own for one target: libFuzzer ends it at the first failure."""
    for number in range(_SEEDS):
        (corpus / f"seed-{number}").write_bytes(case(target, number))
    command = [sys.executable, "-m", "tests.fuzz.guided", "--inside", target]
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={BYTES}",
        "-len_control=0",
        f"-rss_limit_mb={_RSS_MIB}",
        "-timeout=0",
    ]
    found = corpus / "failure-"
    said = subprocess.run(
        [*command, *options, f"-artifact_prefix={found}", str(corpus)],
        capture_output=True,
        text=True,
        errors="replace",
        cwd=ROOT,
        check=False,
        timeout=seconds + 300,
    )
    pulses = _PULSE.findall(said.stderr)
    done = _DONE.findall(said.stderr)
    failures = [path.read_bytes().hex() for path in sorted(corpus.glob("failure-*"))]
    if said.returncode != 0 and not failures and not done:  # once in a while it crashes as it ends, all runs done
        raise RuntimeError(f"{target}: {said.stderr[-2000:]}")
    return {
        "cases": int(done[-1] if done else pulses[-1][0] if pulses else 0),
        "branches_first": int(pulses[0][1]) if pulses else 0,
        "branches": int(pulses[-1][1]) if pulses else 0,
        "failures": failures,
    }


def inside(target: str, options: list[str]) -> None:
    """libFuzzer's loop, with lidarsel instrumented as it is imported, which is in part while it runs."""
    import atheris

    def once(data: bytes) -> None:
        verdict = run_case(target, data)
        if verdict.end == "failed":
            raise RuntimeError(f"{target} {data.hex()}\n{verdict.said}")

    with atheris.instrument_imports(include=["lidarsel"]):
        once(b"")
        atheris.Setup([sys.argv[0], *options], once)
        atheris.Fuzz()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.guided", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--targets", help="by comma; all without it")
    parser.add_argument("--again", metavar="HEX", help="the case of these bytes, on the one target given")
    parser.add_argument("--inside", metavar="TARGET", help=argparse.SUPPRESS)
    parser.add_argument("-o", "--out", type=Path, default=RESULTS)
    given, options = parser.parse_known_args()
    if given.inside:
        inside(given.inside, options)
        return
    if options:
        parser.error(f"unknown: {' '.join(options)}")
    if given.again is not None:
        sys.stdout.write(f"{run_case(given.targets, bytes.fromhex(given.again))}\n".replace("\\n", "\n"))
        return
    from tests.fuzz.targets import TARGETS, importable, lacking

    if not importable("atheris"):
        parser.error("needs atheris: pip install 'lidarsel[fuzz]'")
    given.out.parent.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    rows: dict[str, dict[str, Any]] = {}
    sys.stdout.write(f"{'':24}{'cases':>10}{'branches':>10}{'at first':>10}{'failed':>8}\n")
    for target in given.targets.split(",") if given.targets else TARGETS:
        if said := lacking(target):
            sys.stdout.write(f"skipped: {said}\n")
            continue
        with tempfile.TemporaryDirectory(prefix="lidarsel-corpus-") as corpus:
            row = rows[target] = fuzz(target, given.seconds, Path(corpus))
        figures = f"{row['cases']:10}{row['branches']:10}{row['branches_first']:10}{len(row['failures']):8}"
        sys.stdout.write(f"{target:24}{figures}\n")
        for failure in row["failures"]:
            sys.stdout.write(f"python -m tests.fuzz.guided --targets {target} --again {failure}\n")
        sys.stdout.flush()
        minutes = round((time.monotonic() - start) / 60, 1)
        cases = sum(one["cases"] for one in rows.values())
        given.out.write_text(json.dumps({"cases": cases, "minutes": minutes, "targets": rows}, indent=1) + "\n")
    sys.exit(int(any(row["failures"] for row in rows.values())))


if __name__ == "__main__":
    main()
