"""The steps that commands begin with: settings from file and options, data by path or by the name demo."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lidarsel.evaluation.engine_choice import EngineChoice
    from lidarsel.settings import RunSettings, SweepSettings
    from lidarsel.workflow.inputs import Inputs

RUNS = Path("runs")


def settings_from(path: Path | None, **given: Any) -> "RunSettings":
    """The settings file's, else the defaults, overridden by what was given. Raises UsageError, BadInputError."""
    from lidarsel.settings import make_settings, read_settings

    return make_settings(None if path is None else read_settings(path), **given)


def sweep_settings_from(path: Path | None, **given: Any) -> "SweepSettings":
    """The same for a sweep, from a file of a run or of a sweep."""
    from lidarsel.settings import SweepSettings, make_settings, read_settings

    return make_settings(SweepSettings() if path is None else read_settings(path, SweepSettings), **given)


def open_data(data: Path, settings: "RunSettings", runs: Path = RUNS, engine: "EngineChoice | None" = None) -> "Inputs":
    """Open the data and the network. ``demo`` is the embedded simulation, unless a folder of that name is there."""
    from lidarsel.evaluation.engine_choice import IN_PROCESS
    from lidarsel.workflow.demo import demo_data
    from lidarsel.workflow.inputs import open_inputs

    if str(data) == "demo" and not data.exists():
        data = demo_data(runs)
    return open_inputs(data, settings, command_line(), engine or IN_PROCESS)


def engine_from(kind: str, address: str | None, workers: int | None) -> "EngineChoice":
    """Where evaluations are to run. Raises UsageError for options that do not fit each other."""
    from lidarsel.evaluation.engine_choice import EngineChoice

    return EngineChoice(kind, address, workers)


def command_line() -> str:
    """The command as the user gave it."""
    return shlex.join(["lidarsel", *sys.argv[1:]])
