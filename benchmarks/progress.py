"""How true progress is: what each long command says on a terminal while it works, against how long it then takes.

    nice python benchmarks/progress.py [--commands run,sweep] [--frames 6] [--write]

Each command is run on simulated frames made here, its stderr a terminal of 100 columns, and all that it says is kept
with its second. For each: its length; the longest silence, from the start of the process to its end; what it said at
half time to be left, over what was left (of the whole job where it tells that, else of the step); and the longest
stretch in which it said that less than 10 s were left. Small runs: with more to do, start-up weighs less.
"""

import argparse
import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

from results import write_result
from rich.console import Console
from rich.table import Table

SOON_S = 10.0
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_BAR = re.compile(r"(?P<job>evaluations in all)?[^\r\n]*?elapsed [\d:]+(?: left (?P<left>[\d:]+))?")
_CHEAP = "--network nearest --evaluations 2400"

COMMANDS = {
    "simulate": "{folder}/SIM --frames {frames} --drives 2 --image-size 256x800",
    "inspect": "{data}",
    "calibrate": "{data} -o {folder}/sensor.yaml",
    "shapley": f"{{data}} -o {{folder}}/values.json {_CHEAP}",
    "select": "{folder}/values.json --data {data} --network nearest -k 16,8 -o {folder}/lines.yaml",
    "evaluate": "{data} --lines {folder}/lines.yaml -o {folder}/report.json --network nearest",
    "run": f"{{data}} -k 16,8 -o {{folder}}/runs {_CHEAP}",
    "sweep": f"{{data}} -k 16,8 --seeds 0,1 -o {{folder}}/sweeps {_CHEAP}",
    "apply": "{data} --lines {folder}/lines.yaml -o {folder}/thinned",
    "train": "{data} --steps 100 -o {folder}/weights.safetensors",
    "shrink": "{data} --retrain 10 --evaluations 600 -o {folder}/small.safetensors",
}
"""In an order in which each finds what it reads."""

Saying = tuple[float, str]
"""Seconds since the process began, and what it wrote then."""


@dataclass(frozen=True)
class Truth:
    """seconds: how long the command took. half_time: what it said to be left, over what was left; None where it said
    nothing. soon_s: the longest that less than ``SOON_S`` were said to be left."""

    seconds: float
    silence_s: float
    half_time: float | None
    soon_s: float


def recorded(command: Sequence[str], folder: Path) -> tuple[list[Saying], float]:
    """What a command writes to a terminal, and its seconds. Raises SystemExit where it fails."""
    ours, its = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    said: list[Saying] = []
    start_s = time.monotonic()
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=its, env=environment) as process:
        os.close(its)
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other end is closed: the process has ended
                break
            if not part:
                break
            said.append((time.monotonic() - start_s, part.decode(errors="replace")))
        process.wait(timeout=60)
    os.close(ours)
    if process.returncode:
        raise SystemExit("".join(text for _, text in said)[-600:])
    return said, time.monotonic() - start_s


def lefts(said: Sequence[Saying]) -> list[tuple[float, float | None]]:
    """When it said how many seconds were left, or None of that, beside what had elapsed.

    Of the whole job from where it tells of that, else of the step.
    """
    found: list[tuple[float, float | None, bool]] = []
    for at_s, text in said:
        bars = [(bool(bar["job"]), bar["left"]) for bar in _BAR.finditer(_ESCAPES.sub("", text))]
        of_job = [bar for bar in bars if bar[0]]
        for is_job, left in (of_job or bars)[-1:]:
            found.append((at_s, None if left is None else _seconds(left), is_job))
    whole = any(is_job for _, _, is_job in found)
    return [(at_s, left_s) for at_s, left_s, is_job in found if is_job or not whole]


def truth_of(said: Sequence[Saying], seconds: float) -> Truth:
    """How true it was."""
    times = [0.0, *(at_s for at_s, _ in said), seconds]
    told = lefts(said)
    half_s = seconds / 2
    at_half = [left_s for at_s, left_s in told if at_s <= half_s][-1:]
    longest, since_s = 0.0, None
    for at_s, left_s in told:
        if left_s is None or left_s >= SOON_S:
            since_s = None
            continue
        since_s = at_s if since_s is None else since_s
        longest = max(longest, at_s - since_s)
    return Truth(
        seconds,
        max(later - earlier for earlier, later in pairwise(times)),
        at_half[0] / (seconds - half_s) if at_half and at_half[0] is not None else None,
        longest,
    )


def _seconds(clock: str) -> float:
    return float(sum(60**place * int(part) for place, part in enumerate(reversed(clock.split(":")))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--commands", default=",".join(COMMANDS), help="of them, parted by commas")
    parser.add_argument("--data", type=Path, help="instead of frames simulated here")
    parser.add_argument("--frames", type=int, default=6, help="of each of the two simulated drives")
    parser.add_argument("--write", action="store_true", help="add the figures to benchmarks/results/progress.json")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="lidarsel-bench-"))
    given = {"folder": folder, "data": (options.data or folder / "SIM").resolve(), "frames": options.frames}
    table = Table("Command", "Length s", "Silent s", "Half time", "Soon s", title="Progress on a terminal")
    found = {}
    for name in options.commands.split(","):
        words = [word.format(**given) for word in COMMANDS[name].split()]
        found[name] = one = truth_of(*recorded([sys.executable, "-m", "lidarsel", name, *words], Path.cwd()))
        half = "–" if one.half_time is None else f"{one.half_time:.2f}"
        table.add_row(name, f"{one.seconds:.0f}", f"{one.silence_s:.1f}", half, f"{one.soon_s:.0f}")
        sys.stderr.write(f"{name}: {one}\n")
    shutil.rmtree(folder)
    Console().print(table)
    if options.write:
        write_result("progress", {"frames": options.frames, **{name: asdict(one) for name, one in found.items()}})


if __name__ == "__main__":
    main()
