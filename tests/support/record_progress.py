"""Record when the steps of a command moved: ``python -m tests.support.record_progress OUT.json run DATA -k 16,8``.

``tests/test_pace.py`` plays the records again. A line of the file is [seconds, what, ...]: "plan" with the steps of a
job, "begin" of a step with its title, "move" with done and total, "share" with the share that is done, "end".
"""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from pathlib import Path
from typing import Any

from lidarsel import progress
from lidarsel.pace import PlannedStep


def record(out: Path, arguments: list[str]) -> None:
    """Run the command and write its moves."""
    events: list[list[Any]] = []
    start_s = time.monotonic()
    noted_step, planned = progress.noted_step, progress.planned

    def note(*event: Any) -> None:
        events.append([round(time.monotonic() - start_s, 2), *event])

    @contextmanager
    def recorded_step(title: str, total: int | None = None) -> Iterator[progress.NotedAdvance]:
        note("begin", title)
        with noted_step(title, total) as advance:

            def told(done: int, whole: int, said: str) -> None:
                note("move", done, whole)
                note("share", round(done / whole if whole else 1.0, 4))
                advance(done, whole, said)

            yield told
        note("end")

    @contextmanager
    def recorded_plan(steps: Sequence[PlannedStep], counted: str = "evaluations in all") -> Iterator[None]:
        note("plan", [astuple(step) for step in steps])
        with planned(steps, counted):
            yield

    vars(progress).update(noted_step=recorded_step, planned=recorded_plan)  # before the modules that import them
    from lidarsel.cli import main

    sys.argv = ["lidarsel", *arguments]
    try:
        main()
    finally:
        out.write_text("[\n" + ",\n".join(map(json.dumps, events)) + "\n]\n")


if __name__ == "__main__":
    record(Path(sys.argv[1]), sys.argv[2:])
