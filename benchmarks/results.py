"""Where benchmarks keep their figures: a list of runs for each benchmark, each with its machine and commit.

``benchmarks/results/NAME.json`` is committed, so that a figure can be told from what it was before and elsewhere.
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
    runs = [*runs, {**provenance(), "result": content}][-MOST_RUNS:]
    whole = path.with_suffix(".part")
    whole.write_text(json.dumps(runs, indent=1, default=_plain) + "\n")
    whole.replace(path)
    return path


def provenance() -> dict[str, Any]:
    """The date, the commit (and whether files differ from it), and the machine, as far as figures depend on it."""
    from torch import __version__ as torch_version

    changed = [line for line in _git("status", "--porcelain").splitlines() if "benchmarks/results/" not in line]
    return {
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "commit": _git("rev-parse", "HEAD").strip() or None,
        "dirty": bool(changed),
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


def _git(*arguments: str) -> str:
    """What git says of the repository; nothing where this is no checkout or git is not there."""
    try:
        command = ["git", "-C", str(RESULTS.parent), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    except (OSError, subprocess.SubprocessError):
        return ""


def _plain(value: object) -> object:
    """JSON of what json does not know."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return str(value)
