"""The GPU's benchmark on the CPU, small: every step runs, fails aloud, and what it writes can be read."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.support.commands import ROOT

SCRIPT = ROOT / "benchmarks" / "gpu.sh"


def run(out: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    small = {"DEVICE": "cpu", "QUICK": "--quick", "OMP_NUM_THREADS": "1", "PATIENCE": "10"}
    chosen = {**os.environ, "OUT": str(out), **small, **environment}
    return subprocess.run(["bash", SCRIPT], env=chosen, capture_output=True, text=True, timeout=1800, check=False)


@pytest.mark.slow
def test_every_step_is_in_the_result(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    steps = json.loads((tmp_path / "gpu.json").read_text())[-1]["result"]
    assert set(steps) == {"throughput", "agreement", "training"}
    assert steps["throughput"]["best_per_s"] > 0
    assert {row["precision"] for row in steps["throughput"]["rows"]} == {"float32", "tf32", "bfloat16"}
    assert not [row for row in steps["throughput"]["rows"] if "failed" in row]
    assert steps["agreement"]["largest_relative_difference"] == 0  # the CPU with itself
    assert {budget: len(lines) for budget, lines in steps["agreement"]["lines"].items()} == {"16": 16, "8": 8}
    assert len(steps["training"]["losses"]) == 4


def test_a_step_that_fails_is_told_and_the_others_run(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(
        "#!/bin/bash\n"
        '[ "$2" = agreement ] && echo "no such luck" >&2 && exit 3\n'
        f'[ "$2" = collect ] && exec {ROOT}/.venv/bin/python "$@"\n'
        'echo "{\\"asked\\": \\"$2\\"}"\n'
    )
    python.chmod(0o755)
    done = run(tmp_path, PYTHON=str(python))
    assert done.returncode == 1
    assert "agreement: FAILED (3)" in done.stdout
    steps = json.loads((tmp_path / "gpu.json").read_text())[-1]["result"]
    assert steps["agreement"] == {"failed": "no such luck"}
    assert steps["throughput"] == {"asked": "throughput"}
    assert steps["training"] == {"asked": "training"}


@pytest.mark.parametrize(
    ("said", "expected"), [("No module named 'kornia'", "No module named 'kornia'"), ("", "torch sees no GPU")]
)
def test_a_python_that_cannot_run_it_is_told_in_one_line(tmp_path: Path, said: str, expected: str) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/bash\n[ -n "{said}" ] && echo "{said}" >&2\nexit 1\n')
    python.chmod(0o755)
    done = run(tmp_path, PYTHON=str(python), DEVICE="cuda")
    assert done.returncode == 2
    assert done.stderr == f"gpu.sh: {python} cannot run this: {expected}\n"


def test_a_step_that_runs_past_its_limit_keeps_its_rows(tmp_path: Path) -> None:
    python = tmp_path / "python"
    slow = 'echo \'{"batch": 1, "per_s": 5}\' >&2; echo \'{"batch": 8\' >&2; exec sleep 60'
    python.write_text(
        f'#!/bin/bash\n[ "$2" = throughput ] && {{ {slow}; }}\n'
        f'[ "$2" = collect ] && exec {ROOT}/.venv/bin/python "$@"\n'
        'echo "{}"\n'
    )
    python.chmod(0o755)
    done = run(tmp_path, PYTHON=str(python), THROUGHPUT_SECONDS="2", PATIENCE="1")
    assert done.returncode == 1
    steps = json.loads((tmp_path / "gpu.json").read_text())[-1]["result"]
    assert steps["throughput"] == {"failed": "ran past 2 s", "rows": [{"batch": 1, "per_s": 5}]}
