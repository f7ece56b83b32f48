"""Where benchmarks keep their figures: a list of runs for each benchmark, each with its machine and commit.

``benchmarks/results/NAME.json`` is committed, so that a figure can be told from what it was before and elsewhere. A run
is one line of it, so that a new run is one line of a commit; figures have six digits, as a benchmark's last are noise.
"""

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

RESULTS = Path(__file__).parent / "results"
DIGITS = 6
MOST_RUNS = 20
"""A file's oldest runs go first; the repository has them still."""


def write_result(name: str, content: Mapping[str, Any] | Sequence[Any], folder: Path = RESULTS) -> Path:
    """Add a run to a benchmark's results.

    Args:
        name: of the benchmark; the file is ``NAME.json``.
        content: what was measured, and with which options: JSON, arrays and paths.
        folder: where the file stands.

    Returns:
        The file: a list of runs, the newest last.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    runs: list[dict[str, Any]] = json.loads(path.read_text()) if path.exists() else []
    runs = [*runs, {**provenance(), "result": _plain(content)}][-MOST_RUNS:]
    whole = path.with_suffix(".part")
    whole.write_text("[\n" + ",\n".join(json.dumps(run) for run in runs) + "\n]\n")
    whole.replace(path)
    return path


def provenance(repository: Path = RESULTS.parent) -> dict[str, Any]:
    """The date, the commit (and whether files differ from it), and the machine, as far as figures depend on it.

    Results do not count as a difference: a second benchmark is of the same code as the first.
    """
    from torch import __version__ as torch_version

    code = (":/", ":(exclude,top)benchmarks/results")
    return {
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "commit": _git(repository, "rev-parse", "HEAD").strip() or None,
        "dirty": bool(_git(repository, "status", "--porcelain", "--", *code)),
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "torch": str(torch_version),
    }


def processor() -> str:
    """The processor's model as the kernel names it."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def _git(repository: Path, *arguments: str) -> str:
    """What git says of the repository; nothing where this is no checkout or git is not there."""
    try:
        command = ["git", "-C", str(repository), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    except (OSError, subprocess.SubprocessError):
        return ""


def _plain(value: Any) -> Any:
    """As JSON has it."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    return str(value) if isinstance(value, Path) else value
