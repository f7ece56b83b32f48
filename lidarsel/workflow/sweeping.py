"""The line-budget experiment: every method at every budget, by every metric and with every seed, on the same frames."""

import re
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from lidarsel.choices import FIGURES, TrackerName
from lidarsel.contracts import ReportFile
from lidarsel.criterion import criterion
from lidarsel.evaluation.engine_choice import IN_PROCESS, EngineChoice
from lidarsel.evaluation.line_game import LineGame
from lidarsel.pattern import Pattern, read_patterns
from lidarsel.places import require_writable
from lidarsel.progress import planned
from lidarsel.report.metric_words import error_of
from lidarsel.report.page.sweep_page import write_sweep_page
from lidarsel.report.sweep import sweep_csv, sweep_markdown
from lidarsel.report.sweep_answer import run_told
from lidarsel.report.sweep_means import SweepRow
from lidarsel.settings import RunSettings
from lidarsel.sweep_settings import SweepSettings
from lidarsel.tracking.base import Track, TrackedRun
from lidarsel.tracking.opening import tracked
from lidarsel.workflow.budgets import with_budgets
from lidarsel.workflow.expected import planned_steps
from lidarsel.workflow.finding import Findings, find, write_findings
from lidarsel.workflow.judging import Judgement
from lidarsel.workflow.runfolder import STORE, run_folder
from lidarsel.workflow.session import Session, open_session, open_source
from lidarsel.writing import write_bytes


@dataclass(frozen=True)
class SweepResult:
    """What a sweep found and where it is written. report: of the first metric and seed; rows: of all."""

    folder: Path
    report: ReportFile
    rows: list[SweepRow]


def sweep(
    data: Path,
    settings: SweepSettings,
    runs: Path,
    name: str,
    command: str,
    engine: EngineChoice = IN_PROCESS,
    trackers: Sequence[TrackerName] = (),
) -> SweepResult:
    """A run for each metric and seed into one new folder, through one store; interrupted, the same sweep goes on.

    Args:
        data: the data's folder.
        settings: all that decides the figures.
        runs: where the folder is made.
        name: of the folder, after its time.
        command: the command line, for the files.
        engine: where evaluations run.
        trackers: of experiments, told every row as well.

    Raises:
        BadInputError: data or weights cannot be used.
        UsageError: the settings do not fit the data or each other, or a tracker cannot be had.
        OutputError: the folder cannot be written, or another process is at this sweep.
    """
    require_writable(runs / STORE)
    patterns = read_patterns(settings.patterns)
    source = open_source(data, settings)
    settings = with_budgets(settings, source.dataset.n_lines, data)
    source = replace(source, settings=settings)
    for pattern in patterns:
        pattern.require_sensor(source.dataset.n_lines, data)
    games = source.games()
    with run_folder(runs, name, source.key()) as folder:
        with open_session(source, folder.path / STORE, engine) as session:

            def trackers_of(one: RunSettings) -> AbstractContextManager[Track]:
                return tracked(trackers, _shown(one, name, folder.path, command))

            found = _find_all(session, games, settings, patterns, trackers_of)
            first = replace(found[0], notes=[*found[0].notes, *_one_of_several(settings)])
            written = write_findings(folder.path, settings, first, source, games, command)
            rows = [
                SweepRow(metric=one.metric, seed=one.seed, row=row)
                for one, findings in zip(settings.runs(), found, strict=True)
                for row in findings.judgement.rows
            ]
            write_bytes(folder.path / "sweep.csv", sweep_csv(rows).encode())
            write_bytes(folder.path / "sweep.md", sweep_markdown(written.report, rows).encode())
            write_sweep_page(folder.path, written.report, rows)
        final = folder.finish()
    return SweepResult(final, written.report, rows)


def _one_of_several(settings: SweepSettings) -> list[str]:
    told = run_told(settings.metrics, settings.seeds)
    return [told] if told else []


def _find_all(
    session: Session,
    games: tuple[LineGame, LineGame],
    settings: SweepSettings,
    patterns: list[Pattern],
    trackers_of: Callable[[RunSettings], AbstractContextManager[Track]],
) -> list[Findings]:
    found = []
    each = settings.runs()
    with planned([planned_step for one in each for planned_step in planned_steps(games, one)]):
        for number, one in enumerate(each, 1):
            if len(each) > 1:
                sys.stderr.write(f"{number} of {len(each)}: metric {one.metric}, seed {one.seed}\n")
            with trackers_of(one) as track:
                found.append(find(session, games, one, patterns))
                _track_rows(found[-1].judgement, track)
    return found


def _shown(one: RunSettings, name: str, folder: Path, command: str) -> TrackedRun:
    """What trackers know a run of the sweep by."""
    title = f"{one.metric}-seed-{one.seed}"
    said = {key: str(value) for key, value in msgspec.structs.asdict(one).items()}
    event_files = folder / "tensorboard" / re.sub(r"[^\w.@-]+", "-", title)
    return TrackedRun(f"{name} {title}", event_files, {"command": command, **said})


def _track_rows(judgement: Judgement, track: Track) -> None:
    """The four errors of every method, and the one that decided, at its number of lines."""
    decided = criterion(judgement.metric).figure
    for row in sorted(judgement.rows, key=lambda row: row.budget):
        if row.is_judged:
            errors = {figure: getattr(row, figure) for figure in FIGURES} | {decided: error_of(row, judgement.metric)}
            track({f"{figure}/{row.method}": error for figure, error in errors.items()}, row.budget)
