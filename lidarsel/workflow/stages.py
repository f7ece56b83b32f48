"""The stages of the main job, each alone: they compose through their files to the same answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lidarsel.choices import DEFAULT_METHOD, LineFormat
from lidarsel.contracts import ReportFile, ValuesFile, read_contract, write_contract
from lidarsel.datasets.split import Part
from lidarsel.evaluation.engine_choice import IN_PROCESS, EngineChoice
from lidarsel.pattern import read_pattern
from lidarsel.places import require_files_beside
from lidarsel.report.page.spread_page import spread_page
from lidarsel.selection.registry import selector
from lidarsel.settings import RunSettings
from lidarsel.workflow.answering import (
    SelectedLines,
    ValuedLines,
    Workplace,
    as_valued,
    evaluate_part,
    require_asked,
    select_by,
    value_part,
)
from lidarsel.workflow.budgets import with_budgets
from lidarsel.workflow.files import write_lines
from lidarsel.workflow.runfolder import STORE
from lidarsel.workflow.session import Source, open_source
from lidarsel.writing import write_bytes


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

    def workplace(self, source: Source) -> Workplace:
        """Where a stage evaluates. Raises OutputError as ``store_path``."""
        return Workplace(source, self.store_path, self.engine)


def shapley(data: Path, part: Part, settings: RunSettings, place: Place) -> ValuedLines:
    """Stage 1: the values of lines on a part of the frames, written."""
    npz = place.out.with_suffix(".npz").name
    found = value_part(place.workplace(open_source(data, settings)), part, place.command, npz)
    found.write(place.out)
    return found


def select(
    values: Path,
    method: str | None,
    data: Path | None,
    settings: RunSettings,
    place: Place,
    kind: LineFormat | None = None,
) -> list[tuple[SelectedLines, Path]]:
    """Stage 2: the lines to keep at each budget of the settings, in their order, and the file that each is written to.

    Args:
        values: ``values.json`` of stage 1.
        method: the selector; None is the default one.
        data: what the values were made of, for selectors that evaluate sets of lines.
        settings: budgets and constraints; with data, also how they are read and the network. Seed and metric are the
            values' own.
        place: where to write the first budget's file.
        kind: what is written; None is YAML or JSON by the ending.

    Raises:
        BadInputError: the values were made with other data or another network.
        UsageError: a budget cannot be filled, or the method needs what is not given.
    """
    if len(settings.budgets) > 1:
        require_files_beside(place.out)
    content = read_contract(values, ValuesFile)
    selector(method or DEFAULT_METHOD)
    settings = with_budgets(as_valued(settings, content), content.n_lines, values)
    workplace = None if data is None else place.workplace(open_source(data, settings))
    found = select_by(content, values, method, settings, workplace, place.command)
    return list(zip(found, write_lines(place.out, [one.file for one in found], kind), strict=True))


def evaluate(
    data: Path, lines: Sequence[Path], part: Part, settings: RunSettings, place: Place, uncertainty: bool = False
) -> tuple[ReportFile, Path | None]:
    """Stage 3: the report of lines read from files and of products, on a part of the frames, written; and where the
    page on the network's spread is, if that was asked for.

    Args:
        data: the data's folder.
        lines: files of lines, or numbers; others, and products, are compared with the first.
        part: the frames to judge on.
        settings: how the data are read, the network, metric and seed; the products and their mounting.
        place: where to write.
        uncertainty: whether the network's spread is judged too.

    Raises:
        BadInputError: the files are of a sensor with another number of lines.
        UsageError: there is nothing to judge, or a product cannot be imitated.
    """
    require_asked(lines, settings)
    patterns = [read_pattern(given) for given in lines]
    page = place.out.with_name(f"{place.out.stem}.uncertainty.html") if uncertainty else None
    if page is not None:
        require_files_beside(place.out)
    found = evaluate_part(place.workplace(open_source(data, settings)), patterns, part, place.command, uncertainty)
    write_contract(place.out, found.report)
    if page is not None and found.spread_frame is not None:
        write_bytes(page, spread_page(found.report, found.spread_frame).encode())
    return found.report, page
