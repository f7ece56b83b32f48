"""The line-budget experiment: every method at every budget, by every metric and with every seed, on the same frames."""

import sys
from dataclasses import dataclass, replace
from pathlib import Path

from lidarsel.contracts import ReportFile
from lidarsel.datasets.split import split_frames
from lidarsel.errors import UsageError
from lidarsel.evaluation.store import EvaluationStore
from lidarsel.report.sweep import SweepRow, sweep_csv, sweep_markdown
from lidarsel.settings import SweepSettings
from lidarsel.workflow.bench import Bench
from lidarsel.workflow.finding import Found, find, write_found
from lidarsel.workflow.inputs import Inputs
from lidarsel.workflow.run import run_key
from lidarsel.workflow.runfolder import STORE, run_folder
from lidarsel.writing import write_bytes


@dataclass(frozen=True)
class SweepResult:
    """What a sweep found and where it is written. report: of the first metric and seed; rows: of all."""

    folder: Path
    report: ReportFile
    rows: list[SweepRow]


def sweep(inputs: Inputs, settings: SweepSettings, runs: Path, name: str) -> SweepResult:
    """A run for each metric and seed into one new folder under ``runs``, through one store.

    Interrupted, the same sweep goes on where it stopped. inputs: opened with ``settings``.
    Raises UsageError where the data cannot be split into frames to choose on and frames to judge on.
    """
    frames = _frames(inputs)
    with (
        run_folder(runs, name, run_key(inputs)) as folder,
        EvaluationStore.open(folder.path / STORE) as store,
        inputs.open_engine() as engine,
    ):
        bench = Bench.of(inputs, frames, store, engine)
        found = _find_all(inputs, settings, bench)
        rows = [
            SweepRow(metric=each.report.metric, seed=each.report.seed, row=row)
            for each in found
            for row in each.report.rows
        ]
        report = found[0].report
        write_found(folder.path, settings, found[0], bench.judged)
        write_bytes(folder.path / "sweep.csv", sweep_csv(rows).encode())
        write_bytes(folder.path / "sweep.md", sweep_markdown(report, rows).encode())
    assert folder.final is not None
    return SweepResult(folder.final, report, rows)


def _find_all(inputs: Inputs, settings: SweepSettings, bench: Bench) -> list[Found]:
    found = []
    each = settings.runs()
    for number, one in enumerate(each, 1):
        if len(each) > 1:
            sys.stderr.write(f"{number} of {len(each)}: metric {one.metric}, seed {one.seed}\n")
        found.append(find(replace(inputs, settings=one), bench))
    return found


def _frames(inputs: Inputs) -> tuple[list[int], list[int]]:
    if inputs.settings.same_frames:
        return inputs.frames, inputs.frames
    halves = split_frames(inputs.dataset.drives, inputs.frames)
    if halves is None:
        raise UsageError(
            f"{inputs.data}: a single frame cannot be split into frames to choose on and frames to judge on; "
            "give more frames, or judge on the same one with --same-frames"
        )
    return halves
