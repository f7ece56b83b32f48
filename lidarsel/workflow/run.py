"""The main job: value lines, select, judge, report."""

from dataclasses import dataclass, replace
from pathlib import Path

from lidarsel.contracts import LinesFile, ReportFile, ValuesFile
from lidarsel.evaluation.engine_choice import IN_PROCESS, EngineChoice
from lidarsel.places import require_writable
from lidarsel.progress import planned
from lidarsel.settings import RunSettings
from lidarsel.workflow.budgets import with_budgets
from lidarsel.workflow.expected import planned_steps
from lidarsel.workflow.finding import find, write_findings
from lidarsel.workflow.runfolder import STORE, run_folder
from lidarsel.workflow.session import open_session, open_source


@dataclass(frozen=True)
class RunResult:
    """What a run found and where it is written. lines: one for every budget, largest first."""

    folder: Path
    report: ReportFile
    values: ValuesFile
    lines: list[LinesFile]


def run(
    data: Path, settings: RunSettings, runs: Path, name: str, command: str, engine: EngineChoice = IN_PROCESS
) -> RunResult:
    """Do the whole job into a new folder; interrupted, the same run goes on where it stopped.

    Args:
        data: the data's folder.
        settings: all that decides the figures.
        runs: where the folder is made.
        name: of the folder, after its time.
        command: the command line, for the files.
        engine: where evaluations run.

    Raises:
        BadInputError: data or weights cannot be used.
        UsageError: the settings do not fit the data, or each other.
        OutputError: the folder cannot be written, or another process is at this run.
    """
    require_writable(runs / STORE)
    source = open_source(data, settings)
    settings = with_budgets(settings, source.dataset.n_lines, data)
    source = replace(source, settings=settings)
    games = source.games()
    with run_folder(runs, name, source.key()) as folder:
        with open_session(source, folder.path / STORE, engine) as session:
            with planned(planned_steps(games, settings)):
                findings = find(session, games, settings)
            written = write_findings(folder.path, settings, findings, source, games, command)
        final = folder.finish()
    return RunResult(final, written.report, written.values, written.lines)
