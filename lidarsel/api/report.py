"""Stage 3 in Python: how accurate depth completion is with chosen lines."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from lidarsel.api.data import OpenedData, opened
from lidarsel.api.lines import Lines
from lidarsel.api.options import names_of, part_named, plain_of, require_names
from lidarsel.api.showing import data_frame, draw_on, html_of
from lidarsel.cautions import Caution
from lidarsel.contracts import ReportFile, read_contract, write_contract
from lidarsel.errors import UsageError
from lidarsel.listening import Listener, heard_by
from lidarsel.listing import line_ranges
from lidarsel.options import DATA, ERROR, MACHINE, NETWORK
from lidarsel.pattern import BY_HAND, Pattern, read_pattern
from lidarsel.report import words
from lidarsel.report.cautions import cautions
from lidarsel.report_rows import ReportRow
from lidarsel.workflow.answering import evaluate_part

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

AnyLines = Lines | Path | str | Iterable[int] | Mapping[str, Iterable[int]]
"""Chosen lines, the path of a ``lines.yaml``, numbers as [0, 4, 8] or "0,4,8-20", or numbers by name."""


@dataclass(frozen=True, eq=False)
class Report:
    """The accuracy of sets of lines, beside all lines and none. Made by ``evaluate_lines`` and ``run``.

    Attributes:
        file: what ``report.json`` says.
    """

    file: ReportFile

    @classmethod
    def read(cls, path: Path | str) -> "Report":
        """The ``report.json`` of a command or of ``save``. Raises BadInputError."""
        return cls(read_contract(Path(path), ReportFile))

    def __repr__(self) -> str:
        return f"<report: {self.answer}>"

    @property
    def answer(self) -> str:
        """The finding."""
        return words.answer(self.file)

    @property
    def doubts(self) -> list[str]:
        """Why it may be of no use."""
        return words.doubts(self.file)

    @property
    def cautions(self) -> list[Caution]:
        """What weakens the figures, the most serious first."""
        return cautions(self.file)

    @property
    def notes(self) -> list[str]:
        """How they were made."""
        return words.notes(self.file)

    def row(self, method: str, budget: int | None = None) -> ReportRow:
        """The row of a method; "all" keeps every line, "none" no line.

        Raises UsageError where there is none, or several and no budget is given.
        """
        found = [row for row in self.file.rows if row.method == method and budget in (None, row.budget)]
        if len(found) == 1:
            return found[0]
        there = ", ".join(f"{row.method} {row.budget}" for row in self.file.rows)
        wanted = method if budget is None else f"{method} {budget}"
        raise UsageError(f"the report has {len(found) or 'no'} rows of {wanted}; its rows: {there}")

    def rows(self) -> list[dict[str, Any]]:
        """A row a method and budget, with all that the report says of it."""
        return [msgspec.to_builtins(row) for row in self.file.rows]

    def to_frame(self) -> "pd.DataFrame":
        """``rows`` as a table of pandas. Raises UsageError where pandas is not installed."""
        return data_frame(self.rows())

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """The error that decided, with its 95 % CIs, by number of lines or by method, on axes or a new figure."""
        from lidarsel.report.figures.error_chart import error_chart

        return draw_on(error_chart(self.file), ax)

    def save(self, path: Path | str) -> Path:
        """Write ``report.json``. Raises OutputError."""
        write_contract(Path(path), self.file)
        return Path(path)

    def _repr_html_(self) -> str:
        from lidarsel.report.table import cells, columns

        headings = [f"{name} {unit}".strip() for name, unit in columns(self.file)]
        entries = [
            [*cells(self.file, row), line_ranges(row.lines) or "–"]
            for _, section in words.sections(self.file)
            for row in section
        ]
        return html_of(self.answer, self.doubts, [*headings, "Kept"], entries)


def evaluate_lines(
    data: OpenedData | Path | str,
    *lines: AnyLines,
    part: str = "all",
    uncertainty: bool = False,
    store: Path | str | None = None,
    progress: Listener | None = None,
    **settings: object,
) -> Report:
    """Stage 3: the accuracy of chosen lines, or of real products, beside all lines and none (``lidarsel evaluate``).

    Args:
        data: as ``open_data`` gives them, or their path.
        lines: what ``select_lines`` gave, the path of a ``lines.yaml``, numbers as [0, 4, 8] or "0,4,8-20", or numbers
            by name as {"ours": [0, 4, 8]}. Others, and products, are compared with the first.
        part: which frames: all, valuing (lines are chosen on them) or held-out (they are judged on them).
        uncertainty: whether the network's spread is judged too, as ``spread`` of the report's ``file``.
        store: SQLite file of evaluations, in place of the data's own.
        progress: called with a ``StepProgress`` as steps go on.
        settings: ``sensor_model``, ``pitch_deg``, ``tolerance_deg``, ``metric``, ``network``, ``max_frames``, ...: the
            options of ``lidarsel evaluate``.

    Raises:
        UsageError: there is nothing to judge, or an option is wrong.
        BadInputError: data, weights or a file of lines cannot be used.
        OutputError: the store cannot be written.
    """
    known = [*names_of(ERROR, NETWORK, DATA, MACHINE), "sensor_model", "pitch_deg", "tolerance_deg"]
    require_names("evaluate_lines", settings, known)
    frames, patterns = part_named(part), [pattern for each in lines for pattern in _patterns_of(each)]
    with heard_by(progress):
        there = opened(data, settings)
        kept = [each.lines if each.method == BY_HAND else {each.method: each.lines} for each in patterns]
        command = there.call("evaluate_lines", *kept, part=part, **settings)
        workplace = there.workplace(there.source(settings), store)
        return Report(evaluate_part(workplace, patterns, frames, command, uncertainty).report)


def _patterns_of(lines: AnyLines) -> list[Pattern]:
    """The sets of lines that were given together. Raises UsageError, BadInputError."""
    if isinstance(lines, Lines):
        return [Pattern(Path("lines"), file.method, tuple(file.lines), file) for file in lines.files]
    if isinstance(lines, str | Path):
        return [read_pattern(Path(lines))]
    if isinstance(lines, Mapping):
        return [Pattern(Path(str(name)), str(name), _numbers(kept)) for name, kept in lines.items()]
    numbers = _numbers(lines)
    return [Pattern(Path(line_ranges(numbers)), BY_HAND, numbers)]


def _numbers(lines: Iterable[int]) -> tuple[int, ...]:
    numbers = plain_of(lines)
    if not isinstance(numbers, tuple) or not numbers or not all(type(one) is int and one >= 0 for one in numbers):
        raise UsageError(f"{lines!r} are no lines: give whole numbers from 0 on, and at least one")
    if len(set(numbers)) < len(numbers):
        raise UsageError(f"{lines!r} names a line twice")
    return tuple(sorted(numbers))
