"""The main job's table of contents, which ``run`` and ``sweep`` share: value lines, select, judge; then write it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lidarsel.cautions import Caution
from lidarsel.contracts import LinesFile, Provenance, ReportFile, ValuesFile, write_contract
from lidarsel.evaluation.line_game import LineGame
from lidarsel.pattern import Pattern
from lidarsel.progress import step
from lidarsel.report.figures.files import write_figures
from lidarsel.report.line_files import LINES_FILE
from lidarsel.report.page.html import write_html
from lidarsel.report.table import report_markdown
from lidarsel.report_choice import ChoiceStability
from lidarsel.selection.base import Insight, Selection
from lidarsel.settings import RunSettings, write_settings
from lidarsel.workflow.bounding import held
from lidarsel.workflow.deciding import left_out
from lidarsel.workflow.files import lines_file, report_file, values_file, write_lines, write_values
from lidarsel.workflow.imitating import imitate_products, spaced_beside
from lidarsel.workflow.judging import Choice, Judgement, judge, with_judgement
from lidarsel.workflow.per_frame import PerFrame, choose_per_frame, write_choices
from lidarsel.workflow.per_frame_importance import write_importance
from lidarsel.workflow.picturing import shown_frames
from lidarsel.workflow.sanity import doubts
from lidarsel.workflow.selecting import Selections, model_cautions, model_r2, select_on
from lidarsel.workflow.session import Session, Source
from lidarsel.workflow.stability import how_sure
from lidarsel.workflow.valuing import LineValues, unreached, value_lines, values_facts
from lidarsel.writing import write_bytes


@dataclass(frozen=True)
class Findings:
    """What was found.

    Attributes:
        values: of the lines, on the frames for choosing.
        selections: by method and budget, largest budget first.
        judgement: of all selections, on the frames for judging.
        per_frame: of choosing anew for every frame, where it was asked for.
        stability: how sure the choice is, by budget.
        notes: how they came about.
        cautions: what weakens them.
        doubts: why they may be of no use.
    """

    values: LineValues
    selections: Selections
    judgement: Judgement
    per_frame: PerFrame | None
    stability: list[ChoiceStability]
    notes: list[str]
    cautions: list[Caution]
    doubts: list[str]

    @property
    def chosen(self) -> Mapping[int, Selection]:
        """Of the method whose lines are written, by budget."""
        return self.selections[self.judgement.chosen.method]


@dataclass(frozen=True)
class RunFiles:
    """What findings say, as it is written. lines: of the method asked for, largest budget first."""

    values: ValuesFile
    lines: list[LinesFile]
    report: ReportFile


def find(
    session: Session, games: tuple[LineGame, LineGame], settings: RunSettings, patterns: Sequence[Pattern] = ()
) -> Findings:
    """Value, select and judge.

    Args:
        session: the opened data, network, store and engine.
        games: the one that lines are chosen on, and the one that they are judged on.
        settings: of this run; they agree with the session's on data and network.
        patterns: lines of one's own, judged beside the chosen ones.
    """
    imitated = imitate_products(settings, session.source.dataset)
    valuing, judged = session.deciding(games[0], settings.metric), session.stored(games[1], settings.metric)
    choosing = session.remembering(valuing.game, settings.metric)
    budgets = sorted(set(settings.budgets), reverse=True)

    values = value_lines(valuing, settings)
    selections = select_on(choosing, values.players(), settings.methods, budgets, settings)
    choices = [Choice(method, selections[method][budget].players) for budget in budgets for method in settings.methods]
    choices += [Choice(pattern.method, pattern.lines) for pattern in patterns]
    there = {(choice.method, len(choice.lines)) for choice in choices}
    spaced = spaced_beside(imitated, valuing)
    choices += [*imitated.choices, *(choice for choice in spaced if (choice.method, len(choice.lines)) not in there)]
    fixed = {budget: selections[settings.choose][budget].players for budget in budgets}
    chosen = Choice(settings.choose, fixed[budgets[0]])
    judgement = judge(judged, choices, chosen, values.frames, session.source.settings.criteria())
    per_frame = None
    if settings.per_frame:
        per_frame = choose_per_frame(valuing, judged, lambda some: session.game(some, settings.metric), fixed, settings)
    why = _doubts(values, selections, judgement, [*valuing.game.dataset.doubts, *imitated.doubts])
    told = dict.fromkeys(note for budget in budgets for note in selections[settings.choose][budget].notes)
    kept, broken = held(judgement.rows, chosen.lines, settings.bounds())
    notes = [
        *left_out(games[0], settings.metric, valuing.n_frames),
        *(f"{settings.choose}: {note}" for note in told),
        *kept,
        *imitated.notes(judgement.points_per_line),
    ]
    stability = how_sure(choosing, values, selections[settings.choose], settings)
    proposed = model_cautions(selections[settings.choose][budgets[0]])
    cautions = [*broken, *proposed, *unreached(values, settings), *imitated.cautions]
    return Findings(values, selections, judgement, per_frame, stability, notes, cautions, why)


def _doubts(values: LineValues, selections: Selections, judgement: Judgement, of_data: Sequence[str]) -> list[str]:
    """Why the answer may be of no use: by values and choices on the frames for choosing, by errors on the judged."""
    chosen = judgement.chosen
    at_budget = {method: by_budget[len(chosen.lines)] for method, by_budget in selections.items()}
    facts = replace(
        values_facts(values, of_data),
        sets={method: selection.players for method, selection in at_budget.items()},
        r2=model_r2(at_budget[chosen.method]),
    )
    return doubts(with_judgement(facts, judgement))


def files_of(findings: Findings, source: Source, games: tuple[LineGame, LineGame], command: str) -> RunFiles:
    """What the files of findings say.

    Args:
        findings: of a run.
        source: what it started from.
        games: the one that lines were chosen on, and the one that they were judged on.
        command: the command line, for the files.
    """
    chosen_on, judged = (source.provenance(command, game) for game in games)
    values = values_file(findings.values, chosen_on)
    method = findings.judgement.chosen.method
    lines = [lines_file(values, chosen_on, method, one.players, findings.doubts) for one in findings.chosen.values()]
    return RunFiles(values, lines, _report(findings, judged, source, games[1]))


def write_findings(
    folder: Path,
    settings: RunSettings,
    findings: Findings,
    source: Source,
    games: tuple[LineGame, LineGame],
    command: str,
) -> RunFiles:
    """Write the files that every such job leaves.

    Args:
        folder: where to.
        settings: of the job.
        findings: of its (first) run.
        source: what it started from.
        games: the one that lines were chosen on, and the one that they were judged on, of which pictures are taken.
        command: the command line, for the files.

    Raises:
        OutputError: a file cannot be written.
    """
    frames = shown_frames(games[1], findings.judgement)
    with step("writing the report", 1) as advance:
        files = files_of(findings, source, games, command)
        values, report = files.values, files.report
        write_settings(folder / "settings.yaml", settings)
        write_values(folder / "values.json", findings.values, source.provenance(command, games[0]))
        write_lines(folder / LINES_FILE, files.lines)
        write_contract(folder / "report.json", report)
        write_bytes(folder / "report.md", report_markdown(report).encode())
        if findings.per_frame:
            _write_per_frame(folder, findings.per_frame, report, source)
        insights = _insights(findings)
        write_html(folder / "report.html", report, values, frames, insights)
        write_figures(folder / "figures", report, values, frames, insights)
        advance(1, 1)
    return files


def _report(findings: Findings, made: Provenance, source: Source, judged: LineGame) -> ReportFile:
    rows = findings.per_frame.rows if findings.per_frame else ()
    notes = [*source.notes(judged), *findings.notes]
    cautions = [*source.cautions(judged), *findings.cautions]
    return report_file(
        findings.judgement, made, source.dataset, notes, rows, findings.doubts, findings.stability, cautions
    )


def _write_per_frame(folder: Path, per_frame: PerFrame, report: ReportFile, source: Source) -> None:
    frame_ids = source.dataset.frame_ids
    write_choices(folder / "lines-per-frame.csv", report, frame_ids, per_frame.choices)
    if per_frame.importance:
        write_importance(folder / "importance-per-frame.csv", frame_ids, per_frame.importance)


def _insights(findings: Findings) -> list[Insight]:
    """What selectors learned, first those whose lines are written."""
    own = [selection.insight for selection in findings.chosen.values()]
    every = [selection.insight for by_budget in findings.selections.values() for selection in by_budget.values()]
    return [insight for insight in (*own, *every) if insight is not None]
