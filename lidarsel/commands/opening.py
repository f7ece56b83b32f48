"""What commands begin with: where runs go, data by path or by the name demo, the command as it was given."""

import shlex
import sys
from pathlib import Path

RUNS = Path("runs")


def data_folder(data: Path, runs: Path = RUNS) -> Path:
    """The data's folder. ``demo`` is the embedded simulation, unless a folder of that name is there."""
    if str(data) != "demo" or data.exists():
        return data
    from lidarsel.workflow.demo import demo_data

    return demo_data(runs)


def command_line() -> str:
    """The command as the user gave it."""
    return shlex.join(["lidarsel", *sys.argv[1:]])
