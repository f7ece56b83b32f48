"""The main job: on the embedded simulation (demo) and on a user's data (run)."""

from pathlib import Path
from typing import Annotated

import typer

from lidarsel.commands.console import loading, show_run, stdout_for_json
from lidarsel.commands.opening import RUNS, command_line, data_to_run
from lidarsel.commands.options import SETTINGS_FILE, AsJson, Data, EngineOptions, Name, RunsFolder
from lidarsel.commands.takes import takes
from lidarsel.options import DATA
from lidarsel.settings import RunSettings, make_settings


@takes(RunSettings, only=("seed",))
def demo(settings: RunSettings, out: RunsFolder = RUNS, as_json: AsJson = False) -> None:
    """Simulate a drive, value its lines, select 32, 16 and 8 of them and judge them: the whole job without data."""
    from lidarsel.workflow.demo import demo_data
    from lidarsel.workflow.run import run as run_job

    with stdout_for_json(as_json):
        result = run_job(demo_data(out), make_settings(settings, budgets=(32, 16, 8)), out, "demo", command_line())
    show_run(result, as_json)


@takes(RunSettings, file=SETTINGS_FILE)
@takes(EngineOptions)
def run(
    data: Data,
    settings: RunSettings,
    engine: EngineOptions,
    out: RunsFolder = RUNS,
    name: Name = None,
    like: Annotated[
        Path | None,
        typer.Option(
            help="Profile of a fleet, for data 'simulated': drives like its own (docs/profile.md).",
            rich_help_panel=DATA,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The main job: value the lines, select, judge beside the baselines, write the run's folder."""
    settings.require_usable()
    where = engine.choice()
    with loading():
        from lidarsel.workflow.run import run as run_job

    with stdout_for_json(as_json):
        folder, title = data_to_run(data, like, out), name or data.resolve().name
        result = run_job(folder, settings, out, title, command_line(), where)
    show_run(result, as_json)
