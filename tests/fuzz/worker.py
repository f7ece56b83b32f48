"""Cases in a process of their own: one that crashes, hangs or eats all memory is an end like any other."""

import json
import os
import select
import subprocess
import sys
from pathlib import Path
from types import TracebackType

from tests.fuzz.judge import MOST_SECONDS, Verdict
from tests.support.commands import outcome_of

ROOT = Path(__file__).resolve().parents[2]
_PATIENCE_S = MOST_SECONDS + 10  # an alarm is not heard inside of C


class Worker:
    """Asks a process of its own, and starts another where that has died."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, target: str, data: bytes | None) -> Verdict:
        """The verdict on one case; None leaves the valid files as they are."""
        process = self._process = self._process or self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{target} {'whole' if data is None else data.hex()}\n".encode())
        process.stdin.flush()
        if not select.select([process.stdout], [], [], _PATIENCE_S)[0]:
            self.close()
            return Verdict("failed", "hangs, and hears no alarm", _PATIENCE_S, 0.0)
        answer = process.stdout.readline()
        if not answer:
            code = process.wait(timeout=60)
            self.close()
            return Verdict("failed", f"the process died (exit code {code})", 0.0, 0.0)
        return Verdict(**json.loads(answer))

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            outcome_of(self._process)
        self._process = None

    def _started(self) -> "subprocess.Popen[bytes]":
        surroundings = {**os.environ, "OMP_NUM_THREADS": "1", "GOMP_SPINCOUNT": "1000"}
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env=surroundings,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        return process

    def __enter__(self) -> "Worker":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def run_case(target: str, data: bytes | None) -> Verdict:
    """One case in this process; None leaves the valid files as they are."""
    from tests.fuzz.choices import Choices
    from tests.fuzz.judge import judge
    from tests.fuzz.target import scratch
    from tests.fuzz.targets import TARGETS

    chosen = TARGETS[target]
    choices = Choices(data or b"")
    with scratch() as folder:
        chosen.write(folder)
        if data is not None:
            chosen.damage(folder, choices)
        os.chdir(folder)
        return judge(lambda: chosen.use(folder, choices))


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    answers.write("ready\n")
    answers.flush()
    for line in sys.stdin:
        target, _, data = line.strip().partition(" ")
        verdict = run_case(target, None if data == "whole" else bytes.fromhex(data))
        answers.write(json.dumps(verdict.to_dict()) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
