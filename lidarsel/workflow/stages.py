"""The stages of the main job, each alone: they compose through their files to the same answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from lidarsel.choices import DEFAULT_METHOD, DEFAULT_METHOD_WITHOUT_DATA
from lidarsel.contracts import LinesFile, ReportFile, ValuesFile, read_contract, write_contract
from lidarsel.crop_loss import crop_notes
from lidarsel.datasets.split import Part
from lidarsel.errors import BadInputError, UsageError
from lidarsel.evaluation.base import fingerprint
from lidarsel.evaluation.engine_choice import IN_PROCESS, EngineChoice
from lidarsel.pattern import read_pattern
from lidarsel.places import require_files_beside
from lidarsel.report.imitation import SPACED
from lidarsel.selection.base import Selection
from lidarsel.selection.registry import selector
from lidarsel.settings import RunSettings
from lidarsel.workflow.budgets import with_budgets
from lidarsel.workflow.files import lines_file, provenance_of, report_file, write_lines, write_values
from lidarsel.workflow.imitating import imitate_products, spaced_beside
from lidarsel.workflow.judging import Choice, judge, with_judgement
from lidarsel.workflow.runfolder import STORE
from lidarsel.workflow.sanity import Facts, doubts
from lidarsel.workflow.selecting import model_r2, select_lines
from lidarsel.workflow.session import Source, open_session, open_source
from lidarsel.workflow.street_prior import street_prior
from lidarsel.workflow.valuing import players_of, unreached, value_lines, values_facts


@dataclass(frozen=True)
class Place:
    """Where a stage writes and works.

    Attributes:
        out: the file to write.
        command: the command line, for that file.
        store: the store of evaluations; None is one beside ``out``.
        engine: where evaluations run.
    """

    out: Path
    command: str
    store: Path | None = None
    engine: EngineChoice = IN_PROCESS

    @property
    def store_path(self) -> Path:
        """Raises OutputError where there is nothing to be beside of."""
        if self.store is not None:
            return self.store
        require_files_beside(self.out)
        return self.out.with_name(STORE)


@dataclass(frozen=True)
class ValuedLines:
    """What stage 1 found and wrote. doubts: why it may be of no use. notes: what else to know."""

    file: ValuesFile
    doubts: list[str]
    notes: list[str]


def shapley(data: Path, part: Part, settings: RunSettings, place: Place) -> ValuedLines:
    """Stage 1: the values of lines on a part of the frames, written."""
    source = open_source(data, settings)
    with open_session(source, place.store_path, place.engine) as session:
        game = session.game(source.part(part), settings.metric)
        values = value_lines(game, settings)
    made = source.provenance(place.command, game.game)
    file = write_values(place.out, values, made)
    notes = [*source.network_notes(), *crop_notes(game.game.crop_loss()), *unreached(values, settings)]
    return ValuedLines(file, doubts(values_facts(values, source.dataset.doubts)), notes)


@dataclass(frozen=True)
class SelectedLines:
    """What stage 2 chose at one budget, and where it is written."""

    file: LinesFile
    path: Path
    notes: Sequence[str]


def select(
    values: Path, method: str | None, data: Path | None, settings: RunSettings, place: Place
) -> list[SelectedLines]:
    """Stage 2: the lines to keep at each budget of the settings, in their order, written.

    Args:
        values: ``values.json`` of stage 1.
        method: the selector; None is the default one.
        data: what the values were made of, for selectors that evaluate sets of lines.
        settings: budgets and constraints; with data, also how they are read and the network. Seed and metric are the
            values' own.
        place: where to write the first budget's file.

    Raises:
        BadInputError: the values were made with other data or another network.
        UsageError: a budget cannot be filled, or the method needs what is not given.
    """
    if len(settings.budgets) > 1:
        require_files_beside(place.out)
    content = read_contract(values, ValuesFile)
    selector(method or DEFAULT_METHOD)
    settings = msgspec.structs.replace(settings, seed=content.seed, metric=content.metric)
    settings = with_budgets(settings, content.n_lines, values)
    of_data: Sequence[str] = ()
    if data is None:
        chosen = method or DEFAULT_METHOD_WITHOUT_DATA
        found = select_lines(players_of(content), [chosen], settings.budgets, settings, None)[chosen]
    else:
        chosen = method or DEFAULT_METHOD
        source = open_source(data, settings)
        found, of_data = _select_by_evaluating(content, values, chosen, source, place), source.dataset.doubts
    made = provenance_of(content, place.command)
    files = [
        lines_file(content, made, chosen, found[budget].players, _choice_doubts(content, found[budget], of_data))
        for budget in settings.budgets
    ]
    paths = write_lines(place.out, files)
    notes = [found[budget].notes for budget in settings.budgets]
    return [SelectedLines(*one) for one in zip(files, paths, notes, strict=True)]


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
    content: ValuesFile, values: Path, method: str, source: Source, place: Place
) -> Mapping[int, Selection]:
    settings = source.settings
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
    with open_session(source, place.store_path, place.engine) as session:
        error = session.stored(game, settings.metric).mean_errors
        players = players_of(content)
        prior = street_prior(source.dataset.elevation_deg, players.weight, settings.metric)
        return select_lines(players, [method], settings.budgets, settings, error, prior)[method]


def evaluate(data: Path, lines: Sequence[Path], part: Part, settings: RunSettings, place: Place) -> ReportFile:
    """Stage 3: the report of lines read from files and of products, on a part of the frames, written.

    Args:
        data: the data's folder.
        lines: files of lines, or numbers; others, and products, are compared with the first.
        part: the frames to judge on.
        settings: how the data are read, the network, metric and seed; the products and their mounting.
        place: where to write.

    Raises:
        BadInputError: the files are of a sensor with another number of lines.
        UsageError: there is nothing to judge, or a product cannot be imitated.
    """
    if not lines and not settings.sensor_model:
        raise UsageError("there is nothing to judge; give --lines, --sensor-model or both")
    patterns = [read_pattern(given) for given in lines]
    source = open_source(data, settings)
    for pattern in patterns:
        pattern.require_sensor(source.dataset.n_lines, data)
    imitated = imitate_products(settings, source.dataset)
    with open_session(source, place.store_path, place.engine) as session:
        game = session.game(source.part(part), settings.metric)
        choices = [*(Choice(pattern.method, pattern.lines) for pattern in patterns), *imitated.choices]
        spaced = spaced_beside(imitated, game)
        files = (pattern.file for pattern in patterns)
        chosen_on = dict.fromkeys(frame for file in files if file is not None for frame in file.chosen_on_frames)
        judgement = judge(game, [*choices, *spaced], choices[0], list(chosen_on))
    known = Facts(
        points_per_line=judgement.points_per_line,
        n_frames=len(judgement.frames),
        of_data=[*source.dataset.doubts, *imitated.doubts],
    )
    made, why = source.provenance(place.command, game.game), doubts(with_judgement(known, judgement))
    notes = [*source.notes(game.game), *imitated.notes(judgement.points_per_line), *([SPACED] if spaced else [])]
    report = report_file(judgement, made, source.dataset, notes, doubts=why)
    write_contract(place.out, report)
    return report
