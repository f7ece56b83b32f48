"""What ``run`` and ``sweep`` share: value lines, select, judge, and write what was found."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from lidarsel.contracts import LinesFile, ReportFile, ValuesFile, write_contract
from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.stored import StoredGame
from lidarsel.progress import step
from lidarsel.report.figures.files import write_figures
from lidarsel.report.page.html import write_html
from lidarsel.report.table import report_markdown
from lidarsel.selection.base import Insight
from lidarsel.settings import RunSettings, write_settings
from lidarsel.workflow.bench import Bench
from lidarsel.workflow.inputs import Inputs
from lidarsel.workflow.judging import Choice, judge
from lidarsel.workflow.per_frame import PerFrame, choose_per_frame, write_switched
from lidarsel.workflow.per_frame_importance import write_importance
from lidarsel.workflow.picturing import shown_frames
from lidarsel.workflow.selecting import lines_file, lines_path, select_lines
from lidarsel.workflow.valuing import Values, unreached, value_lines
from lidarsel.writing import write_bytes


@dataclass(frozen=True)
class Found:
    """What was found. lines: of the method asked for, largest budget first. per_frame: where it was asked for.

    insights: what selectors learned of the lines while they chose.
    """

    values: Values
    report: ReportFile
    lines: list[LinesFile]
    per_frame: PerFrame | None
    insights: list[Insight]


def find(inputs: Inputs, bench: Bench) -> Found:
    """Value, select and judge as the inputs' settings say."""
    settings = inputs.settings
    game = bench.stored(bench.valuing, inputs)
    values = value_lines(inputs, game)
    choices, told, insights = _choose(settings, values.file, game)
    own = [choice for choice in choices if choice.method == settings.choose]
    report = judge(inputs, bench.stored(bench.judged, inputs), choices, own[0], values.file.frames)
    per_frame = None
    if settings.per_frame:
        fixed = {len(choice.lines): choice.lines for choice in own}
        per_frame = choose_per_frame(inputs, bench, fixed)
        report = msgspec.structs.replace(report, per_frame=per_frame.rows)
    report = msgspec.structs.replace(report, notes=[*report.notes, *told, *unreached(inputs, values.file)])
    made = inputs.provenance()
    files = [lines_file(values.file, made, choice.method, choice.lines) for choice in own]
    return Found(values, report, files, per_frame, insights)


def _choose(
    settings: RunSettings, values: ValuesFile, game: StoredGame
) -> tuple[list[Choice], list[str], list[Insight]]:
    """What every method keeps at every budget, largest budget first, what to note of it, and what was learned."""
    budgets = sorted(set(settings.budgets), reverse=True)
    found = select_lines(values, settings.methods, budgets, settings, game.mean_errors)
    choices = [Choice(method, found[method][budget].lines) for budget in budgets for method in settings.methods]
    of_chosen = dict.fromkeys(note for budget in budgets for note in found[settings.choose][budget].notes)
    own = [found[settings.choose][budget].insight for budget in budgets]
    every = [selection.insight for by_budget in found.values() for selection in by_budget.values()]
    insights = [insight for insight in (*own, *every) if insight is not None]
    return choices, [f"{settings.choose}: {note}" for note in of_chosen], insights


def write_found(folder: Path, settings: RunSettings, found: Found, judged: LineGame) -> None:
    """Write the files that every such job leaves. judged: the game that pictures are taken of. Raises OutputError."""
    with step("writing the report", 1) as advance:
        write_settings(folder / "settings.yaml", settings)
        values = found.values.write(folder / "values.json")
        for position, file in enumerate(found.lines):
            write_contract(lines_path(folder / "lines.yaml", position, file.budget), file)
        if found.per_frame:
            frame_ids = judged.dataset.frame_ids
            write_switched(folder / "lines-per-frame.csv", found.report, frame_ids, found.per_frame.switched)
            if found.per_frame.importance:
                write_importance(folder / "importance-per-frame.csv", frame_ids, found.per_frame.importance)
        write_contract(folder / "report.json", found.report)
        write_bytes(folder / "report.md", report_markdown(found.report).encode())
        frames = shown_frames(judged, tuple(found.lines[0].lines))
        write_html(folder / "report.html", found.report, values, frames, found.insights)
        write_figures(folder / "figures", found.report, values, frames, found.insights)
        advance(1, 1)
