"""The command that looks at the machine."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from lidarsel.commands.console import show
from lidarsel.commands.opening import RUNS
from lidarsel.commands.options import AsJson


def doctor(
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder that runs are to be written in.")] = RUNS,
    as_json: AsJson = False,
) -> None:
    """What this machine has, what is missing for which command, and the line that mends it.

    Exit code 0: the main job can run; 1: it cannot.
    """
    from lidarsel.machine.checkup import check_up
    from lidarsel.machine.summary import summary_lines

    found = check_up(out)
    if as_json:
        # json, not msgspec: it must speak where msgspec is what is missing
        sys.stdout.write(json.dumps(asdict(found)) + "\n")
    else:
        for line in summary_lines(found):
            show(line)
    if not found.works:
        raise typer.Exit(1)
