"""The steps that commands begin with: settings from file and options, data by path or by the name demo."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lidarsel.settings import RunSettings
    from lidarsel.workflow.inputs import Inputs

RUNS = Path("runs")


def settings_from(path: Path | None, **given: Any) -> "RunSettings":
    """The settings file's, else the defaults, overridden by what was given. Raises UsageError, BadInputError."""
    from lidarsel.settings import make_settings, read_settings

    return make_settings(None if path is None else read_settings(path), **given)


def open_data(data: Path, settings: "RunSettings", runs: Path = RUNS) -> "Inputs":
    """Open the data and the network. ``demo`` is the embedded simulation, unless a folder of that name is there."""
    from lidarsel.workflow.demo import demo_data
    from lidarsel.workflow.inputs import open_inputs

    if str(data) == "demo" and not data.exists():
        data = demo_data(runs)
    return open_inputs(data, settings, command_line())


def command_line() -> str:
    """The command as the user gave it."""
    return shlex.join(["lidarsel", *sys.argv[1:]])
