"""The main job: value lines, select, judge, report."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from lidarsel.contracts import LinesFile, ReportFile, ValuesFile
from lidarsel.datasets.split import split_frames
from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.store import EvaluationStore
from lidarsel.evaluation.stored import StoredGame
from lidarsel.workflow.bench import Bench
from lidarsel.workflow.finding import find, write_found
from lidarsel.workflow.inputs import Inputs
from lidarsel.workflow.runfolder import STORE, run_folder


@dataclass(frozen=True)
class RunResult:
    """What a run found and where it is written. lines: one for every budget, largest first."""

    folder: Path
    report: ReportFile
    values: ValuesFile
    lines: list[LinesFile]


def run(inputs: Inputs, runs: Path, name: str) -> RunResult:
    """Do the whole job into a new folder under ``runs``; interrupted, the same run goes on where it stopped."""
    with (
        run_folder(runs, name, run_key(inputs)) as folder,
        EvaluationStore.open(folder.path / STORE) as store,
        inputs.open_engine() as engine,
    ):
        bench = Bench.of(inputs, _frames(inputs), store, engine)
        found = find(inputs, bench)
        write_found(folder.path, inputs.settings, found, bench.judged)
    assert folder.final is not None
    return RunResult(folder.final, found.report, found.values.file, found.lines)


@contextmanager
def stored_game(inputs: Inputs, frames: list[int], store: Path) -> Iterator[StoredGame[LineGame]]:
    """The game on frames with the store at a path, made where there is none."""
    with EvaluationStore.open(store) as opened, inputs.open_engine() as engine:
        yield StoredGame(inputs.game(frames), opened, inputs.settings.metric, engine)


def run_key(inputs: Inputs) -> str:
    """The same for the same job: what an unfinished folder is found again by."""
    parts = [msgspec.json.encode(inputs.settings), inputs.dataset.fingerprint, inputs.network.sha256, inputs.device]
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _frames(inputs: Inputs) -> tuple[list[int], list[int]]:
    halves = None if inputs.settings.same_frames else split_frames(inputs.dataset.drives, inputs.frames)
    return halves or (inputs.frames, inputs.frames)
