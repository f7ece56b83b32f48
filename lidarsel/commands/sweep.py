"""The line-budget experiment: methods by budgets, metrics and seeds."""

from lidarsel.commands.console import loading, show_sweep, stdout_for_json
from lidarsel.commands.opening import RUNS, command_line, data_folder
from lidarsel.commands.options import (
    SETTINGS_FILE,
    AsJson,
    Data,
    EngineOptions,
    LogTo,
    Name,
    RunsFolder,
    parse_trackers,
)
from lidarsel.commands.takes import takes
from lidarsel.sweep_settings import SweepSettings


@takes(SweepSettings, file=SETTINGS_FILE)
@takes(EngineOptions)
def sweep(
    data: Data,
    settings: SweepSettings,
    engine: EngineOptions,
    out: RunsFolder = RUNS,
    name: Name = None,
    log_to: LogTo = None,
    as_json: AsJson = False,
) -> None:
    """Every method at every number of lines, by every metric and seed, chosen and judged on different frames.

    A killed sweep goes on where it stopped when the same command is given again (docs/sweep.md).
    """
    settings.require_usable()
    where, trackers = engine.choice(), parse_trackers(log_to)
    with loading():
        from lidarsel.workflow.sweeping import sweep as sweep_job

    with stdout_for_json(as_json):
        folder, title = data_folder(data, out), name or data.resolve().name
        result = sweep_job(folder, settings, out, title, command_line(), where, trackers)
    show_sweep(result, as_json)
