"""What each stage of the main job finds, apart from files: stages alone write it, the Python API hands it on."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from lidarsel.cautions import by_severity
from lidarsel.choices import DEFAULT_METHOD, DEFAULT_METHOD_WITHOUT_DATA
from lidarsel.contracts import LinesFile, Provenance, ReportFile, ValuesFile
from lidarsel.crop_loss import crop_cautions, crop_notes
from lidarsel.datasets.split import Part
from lidarsel.errors import BadInputError, UsageError
from lidarsel.evaluation.base import fingerprint
from lidarsel.evaluation.engine_choice import IN_PROCESS, EngineChoice
from lidarsel.pattern import Pattern
from lidarsel.progress import planned
from lidarsel.report.imitation import SPACED
from lidarsel.report.pictures.spread_map import PicturedSpread
from lidarsel.selection.base import Selection
from lidarsel.settings import RunSettings
from lidarsel.workflow.deciding import left_out
from lidarsel.workflow.expected import valuing_step
from lidarsel.workflow.files import lines_file, provenance_of, report_file, values_file, write_values
from lidarsel.workflow.imitating import imitate_products, spaced_beside
from lidarsel.workflow.judging import Choice, judge, with_judgement
from lidarsel.workflow.sanity import Facts, doubts
from lidarsel.workflow.selecting import model_r2, select_lines, select_on
from lidarsel.workflow.session import Session, Source, open_session
from lidarsel.workflow.spreading import judge_spread, require_calibratable
from lidarsel.workflow.valuing import LineValues, players_of, unreached, value_lines, values_facts


@dataclass(frozen=True)
class Workplace:
    """Where a stage evaluates.

    Attributes:
        source: data, network and settings.
        store: the store of evaluations.
        engine: where they run.
    """

    source: Source
    store: Path
    engine: EngineChoice = IN_PROCESS

    def open_session(self) -> AbstractContextManager[Session]:
        """Store and engine, open for the length of a block. Raises as ``workflow.session.open_session``."""
        return open_session(self.source, self.store, self.engine)


@dataclass(frozen=True)
class ValuedLines:
    """What stage 1 found.

    values: all of it. made: what made it. file: what ``values.json`` says. doubts: why it may be of no use. notes: what
    else to know.
    """

    values: LineValues
    made: Provenance
    file: ValuesFile
    doubts: list[str]
    notes: list[str]

    def write(self, out: Path) -> None:
        """Write ``values.json`` and the .npz beside it. Raises OutputError."""
        write_values(out, self.values, self.made)


def value_part(workplace: Workplace, part: Part, command: str, npz: str = "values.npz") -> ValuedLines:
    """Stage 1: the values of lines on a part of the frames.

    Args:
        workplace: where it evaluates.
        part: the frames.
        command: what made it, for the file.
        npz: the name of the file beside ``values.json``.
    """
    source, settings = workplace.source, workplace.source.settings
    with workplace.open_session() as session:
        every = source.game(source.part(part))
        game = session.deciding(every, settings.metric)
        with planned([valuing_step(every, settings)]):
            values = value_lines(game, settings)
    made = source.provenance(command, game.game)
    of_frames = left_out(every, settings.metric, game.n_frames)
    notes = [*source.network_notes(), *of_frames, *crop_notes(game.game.crop_loss())]
    cautions = [*crop_cautions(game.game.crop_loss()), *unreached(values, settings)]
    why = doubts(values_facts(values, source.dataset.doubts))
    told = [*(caution.text for caution in by_severity(cautions)), *notes]
    return ValuedLines(values, made, values_file(values, made, npz), why, told)


@dataclass(frozen=True)
class SelectedLines:
    """What stage 2 chose at one budget."""

    file: LinesFile
    notes: Sequence[str]


def as_valued(settings: RunSettings, values: ValuesFile) -> RunSettings:
    """The settings with the seed and the metric that the values were made by."""
    return msgspec.structs.replace(settings, seed=values.seed, metric=values.metric)


def select_by(
    values: ValuesFile,
    given: Path,
    method: str | None,
    settings: RunSettings,
    workplace: Workplace | None,
    command: str,
) -> list[SelectedLines]:
    """Stage 2: the lines to keep at each budget of the settings, in their order.

    Args:
        values: of stage 1.
        given: what to call them in messages.
        method: the selector; None is the default one.
        settings: budgets and constraints, seed and metric as of the values.
        workplace: where selectors that evaluate sets of lines do so, on what the values were made of and with these
            settings; None where there is no such place.
        command: what made it, for the files.

    Raises:
        BadInputError: the values were made with other data or another network.
        UsageError: a budget cannot be filled, or the method needs what is not given.
    """
    of_data: Sequence[str] = ()
    if workplace is None:
        if settings.at_most:
            raise UsageError("--at-most is held by evaluating sets of lines; give the data with --data DATA")
        chosen = method or DEFAULT_METHOD_WITHOUT_DATA
        found = select_lines(players_of(values), [chosen], settings.budgets, settings, None)[chosen]
    else:
        chosen = method or DEFAULT_METHOD
        found = _select_by_evaluating(values, given, chosen, workplace)
        of_data = workplace.source.dataset.doubts
    made = provenance_of(values, command)
    chosen_at = [found[budget] for budget in settings.budgets]
    return [
        SelectedLines(lines_file(values, made, chosen, one.players, _choice_doubts(values, one, of_data)), one.notes)
        for one in chosen_at
    ]


def _choice_doubts(values: ValuesFile, selection: Selection, of_data: Sequence[str]) -> list[str]:
    """Why a choice by values may be of no use."""
    half = values.half_width()
    facts = Facts(
        points_per_line=np.array(values.points_per_line),
        n_frames=values.n_frames,
        mean=np.array(values.mean),
        half_width=None if values.degrees_of_freedom is None else np.array([width or 0.0 for width in half]),
        chosen_lines=selection.players,
        r2=model_r2(selection),
        of_data=of_data,
    )
    return doubts(facts)


def _select_by_evaluating(
    content: ValuesFile, values: Path, method: str, workplace: Workplace
) -> Mapping[int, Selection]:
    source, settings = workplace.source, workplace.source.settings
    if content.n_lines != source.dataset.n_lines:
        problem = f"made for a sensor of {content.n_lines} lines, but {source.data} has {source.dataset.n_lines}"
        raise BadInputError(values, problem, "give a file made for this sensor")
    game = source.game(source.frames_named(content.frames, values))
    for what, was, now in (
        ("network", content.network_sha256, source.network_sha256),
        ("data", content.data_fingerprint, fingerprint(game)),
    ):
        if was != now:
            raise BadInputError(values, f"was made with another {what} than the one given", f"give the same {what}")
    with workplace.open_session() as session:
        stored = session.deciding(game, settings.metric)
        return select_on(stored, players_of(content), [method], settings.budgets, settings)[method]


@dataclass(frozen=True)
class EvaluatedLines:
    """What stage 3 found.

    report: all of it. spread_frame: a frame with how far its depths may be off, where that was judged.
    """

    report: ReportFile
    spread_frame: PicturedSpread | None = None


def evaluate_part(
    workplace: Workplace, patterns: Sequence[Pattern], part: Part, command: str, uncertainty: bool = False
) -> EvaluatedLines:
    """Stage 3: the report of lines and of products on a part of the frames.

    Args:
        workplace: where it evaluates; its settings name the products.
        patterns: lines; others, and products, are compared with the first.
        part: the frames to judge on.
        command: what made it, for the file.
        uncertainty: whether the network's spread is judged too.

    Raises:
        BadInputError: the lines are of a sensor with another number of lines; or the spread is to be judged on frames
            of one drive.
        UsageError: there is nothing to judge, a product cannot be imitated, or the network tells no spread.
    """
    source, settings = workplace.source, workplace.source.settings
    require_asked(patterns, settings)
    for pattern in patterns:
        pattern.require_sensor(source.dataset.n_lines, source.data)
    imitated = imitate_products(settings, source.dataset)
    frames = source.game(source.part(part))
    if uncertainty:  # before a store is made
        require_calibratable(frames)
    with workplace.open_session() as session:
        game = session.stored(frames, settings.metric)
        choices = [*(Choice(pattern.method, pattern.lines) for pattern in patterns), *imitated.choices]
        spaced = spaced_beside(imitated, game)
        files = (pattern.file for pattern in patterns)
        chosen_on = dict.fromkeys(frame for file in files if file is not None for frame in file.chosen_on_frames)
        judgement = judge(game, [*choices, *spaced], choices[0], list(chosen_on))
        spread = judge_spread(game.game, choices) if uncertainty else None
    known = Facts(
        points_per_line=judgement.points_per_line,
        n_frames=len(judgement.frames),
        of_data=[*source.dataset.doubts, *imitated.doubts],
    )
    made, why = source.provenance(command, game.game), doubts(with_judgement(known, judgement))
    notes = [*source.notes(game.game), *imitated.notes(judgement.points_per_line)]
    cautions = [*source.cautions(game.game), *imitated.cautions, *([SPACED] if spaced else [])]
    report = report_file(judgement, made, source.dataset, notes, doubts=why, cautions=cautions)
    if spread is None:
        return EvaluatedLines(report)
    return EvaluatedLines(msgspec.structs.replace(report, spread=spread.report), spread.frame)


def require_asked(lines: Sequence[object], settings: RunSettings) -> None:
    """Raises UsageError where neither lines nor products are to be judged."""
    if not lines and not settings.sensor_model:
        raise UsageError("there is nothing to judge; give --lines, --sensor-model or both")
