"""The main job: value lines, select, judge, report."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from lidarsel.contracts import LinesFile, ReportFile, ValuesFile, write_contract
from lidarsel.evaluations import StoredGame
from lidarsel.game import LineGame
from lidarsel.progress import step
from lidarsel.report.html import write_html
from lidarsel.report.table import report_markdown
from lidarsel.settings import write_settings
from lidarsel.split import split_frames
from lidarsel.store import EvaluationStore
from lidarsel.workflow.inputs import Inputs
from lidarsel.workflow.judging import Choice, judge
from lidarsel.workflow.picturing import report_pictures
from lidarsel.workflow.runfolder import STORE, run_folder
from lidarsel.workflow.selecting import lines_file, select_lines
from lidarsel.workflow.valuing import Values, value_lines
from lidarsel.writing import write_bytes


@dataclass(frozen=True)
class RunResult:
    """What a run found and where it is written. lines: one for every budget, largest first."""

    folder: Path
    report: ReportFile
    values: ValuesFile
    lines: list[LinesFile]


def run(inputs: Inputs, runs: Path, name: str) -> RunResult:
    """Do the whole job into a new folder under ``runs``; interrupted, the same run goes on where it stopped."""
    with run_folder(runs, name, _key(inputs)) as folder, EvaluationStore.open(folder.path / STORE) as store:
        valuing, judged = _frames(inputs)
        game = StoredGame(inputs.game(valuing), store, inputs.settings.metric)
        values = value_lines(inputs, game)
        choices = _choose(inputs, values.file, game)
        files = [
            lines_file(values.file, inputs.provenance(), choice.method, choice.lines)
            for choice in choices
            if choice.method == inputs.settings.choose
        ]
        held_out = StoredGame(inputs.game(judged), store, inputs.settings.metric)
        chosen = Choice(files[0].method, tuple(files[0].lines))
        report = judge(inputs, held_out, choices, chosen, values.file.frames)
        _write(folder.path, inputs, values, files, report, held_out.game, chosen)
    assert folder.final is not None
    return RunResult(folder.final, report, values.file, files)


@contextmanager
def stored_game(inputs: Inputs, frames: list[int], store: Path) -> Iterator[StoredGame]:
    """The game on frames with the store at a path, made where there is none."""
    with EvaluationStore.open(store) as opened:
        yield StoredGame(inputs.game(frames), opened, inputs.settings.metric)


def _frames(inputs: Inputs) -> tuple[list[int], list[int]]:
    halves = None if inputs.settings.same_frames else split_frames(inputs.dataset.drives, inputs.frames)
    return halves or (inputs.frames, inputs.frames)


def _choose(inputs: Inputs, values: ValuesFile, game: StoredGame) -> list[Choice]:
    budgets = sorted(set(inputs.settings.budgets), reverse=True)
    wanted = [(method, budget) for budget in budgets for method in inputs.settings.methods]
    choices = []
    with step("selecting lines") as advance:
        for done, (method, budget) in enumerate(wanted):
            advance(done, len(wanted))
            choices.append(Choice(method, select_lines(values, method, budget, game.mean_errors)))
        advance(len(wanted), len(wanted))
    return choices


def _write(
    folder: Path,
    inputs: Inputs,
    values: Values,
    files: list[LinesFile],
    report: ReportFile,
    game: LineGame,
    chosen: Choice,
) -> None:
    with step("writing the report", 1) as advance:
        write_settings(folder / "settings.yaml", inputs.settings)
        values.write(folder / "values.json")
        write_contract(folder / "lines.yaml", files[0])
        for file in files[1:]:
            write_contract(folder / f"lines-{file.budget}.yaml", file)
        write_contract(folder / "report.json", report)
        write_bytes(folder / "report.md", report_markdown(report).encode())
        write_html(folder / "report.html", report, values.file, report_pictures(game, chosen.lines))
        advance(1, 1)


def _key(inputs: Inputs) -> str:
    parts = [msgspec.json.encode(inputs.settings), inputs.dataset.fingerprint, inputs.network.sha256, inputs.device]
    return hashlib.sha256(repr(parts).encode()).hexdigest()
