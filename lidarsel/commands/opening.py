"""What commands begin with: where runs go, data by path or by the name demo, the command as it was given."""

import shlex
import sys
from pathlib import Path

from lidarsel.errors import UsageError

RUNS = Path("runs")


def data_folder(data: Path, runs: Path = RUNS) -> Path:
    """The data's folder. ``demo`` is the embedded simulation, unless a folder of that name is there."""
    if str(data) != "demo" or data.exists():
        return data
    from lidarsel.workflow.demo import demo_data

    return demo_data(runs)


def data_to_run(data: Path, like: Path | None, runs: Path) -> Path:
    """``data_folder``, or beside a profile, where ``simulated`` stands for drives like it, those.

    Raises UsageError for a profile beside other data, and BadInputError for one that cannot be read.
    """
    if like is None:
        return data_folder(data, runs)
    from lidarsel.workflow.demo import data_like

    if str(data) != "simulated":
        raise UsageError(f"--like is for simulated streets; give simulated in place of {data}, or leave --like out")
    return data_like(like, runs)


def command_line() -> str:
    """The command as the user gave it."""
    return shlex.join(["lidarsel", *sys.argv[1:]])
