"""Stage 2 in Python: the lines to keep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lidarsel.api.data import OpenedData, opened, settings_of
from lidarsel.api.network import without_object
from lidarsel.api.options import call_text, names_of, require_names
from lidarsel.api.showing import data_frame, draw_on, html_of
from lidarsel.api.values import Values
from lidarsel.contracts import LinesFile, ValuesFile, read_contract
from lidarsel.errors import UsageError
from lidarsel.listening import Listener, heard_by
from lidarsel.listing import line_ranges
from lidarsel.options import DATA, LINES, MACHINE, NETWORK
from lidarsel.printable import printable
from lidarsel.workflow.answering import as_valued, select_by
from lidarsel.workflow.budgets import budgets_filled
from lidarsel.workflow.files import write_lines

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class Lines:
    """The lines to keep, at one budget or several. Made by ``lidarsel.select_lines`` and ``lidarsel.run``.

    Attributes:
        files: what ``lines.yaml`` says at each budget, in the order of the budgets.
        notes: by budget, what to know of how they were chosen.
        values: what they were chosen by.
    """

    files: list[LinesFile]
    notes: Mapping[int, Sequence[str]]
    values: ValuesFile

    def __getitem__(self, budget: int) -> list[int]:
        """The lines kept at a budget, ascending. Raises UsageError where none were chosen for it."""
        for file in self.files:
            if file.budget == budget:
                return file.lines
        raise UsageError(f"no lines were chosen at a budget of {budget}; there are {', '.join(map(str, self.budgets))}")

    def __repr__(self) -> str:
        kept = "; ".join(f"{file.budget}: {line_ranges(file.lines)}" for file in self.files)
        return f"<lines by {printable(self.method)}, {kept}>"

    @property
    def method(self) -> str:
        """What chose them."""
        return self.files[0].method

    @property
    def budgets(self) -> list[int]:
        """How many lines are kept."""
        return [file.budget for file in self.files]

    @property
    def lines(self) -> list[int]:
        """Those of the first budget, ascending."""
        return self.files[0].lines

    @property
    def doubts(self) -> list[str]:
        """Why they may be of no use."""
        return list(dict.fromkeys(doubt for file in self.files for doubt in file.doubts))

    def rows(self) -> list[dict[str, Any]]:
        """A row a budget and kept line."""
        return [
            {"method": file.method, "budget": file.budget, "line": line, "elevation_deg": elevation_deg}
            for file in self.files
            for line, elevation_deg in zip(file.lines, file.line_elevation_deg, strict=True)
        ]

    def to_frame(self) -> "pd.DataFrame":
        """``rows`` as a table of pandas. Raises UsageError where pandas is not installed."""
        return data_frame(self.rows())

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """The value of every line, those kept at the first budget marked, on axes or a new figure."""
        from lidarsel.report.figures.line_charts import value_chart

        return draw_on(value_chart(self.values, self.lines), ax)

    def save(self, path: Path | str) -> list[Path]:
        """Write ``lines.yaml``; further budgets go beside it as ``lines-K.yaml``. Raises OutputError."""
        return write_lines(Path(path), self.files)

    def _repr_html_(self) -> str:
        rows = [[str(file.budget), line_ranges(file.lines)] for file in self.files]
        title = f"Lines by {printable(self.method)}, of {self.values.n_lines}; 0 is the topmost."
        return html_of(title, self.doubts, ["Lines", "Which"], rows)


def select_lines(
    values: Values | Path | str,
    budgets: int | Sequence[int] | str | None = None,
    *,
    method: str | None = None,
    data: OpenedData | Path | str | None = None,
    store: Path | str | None = None,
    progress: Listener | None = None,
    **settings: object,
) -> Lines:
    """Stage 2: the lines to keep (``lidarsel select``).

    Args:
        values: of ``value_lines``, or the path of a ``values.json``.
        budgets: how many lines to keep, one number or several; None is half of the sensor's.
        method: the selector; None is ``interval`` with data, ``sas`` without.
        data: what the values were made of, for selectors that evaluate sets of lines.
        store: SQLite file of evaluations, in place of the data's own.
        progress: called with a ``StepProgress`` as steps go on.
        settings: ``sets``, ``keep``, ``drop``, ``min_gap`` and, with data, how they are read and the network: the
            options of ``lidarsel select``. Seed and metric are the values' own.

    Raises:
        UsageError: an option is wrong, a budget cannot be filled, or the method needs data.
        BadInputError: the values were made with other data or another network, or a file cannot be used.
        OutputError: the store cannot be written.
    """
    known = {*names_of(LINES, NETWORK, DATA, MACHINE), "bands"} - {"budgets", "choose", "max_frames"}
    require_names("select_lines", settings, known)
    given = {"budgets": budgets, "methods": method, "choose": method, **settings}
    named = Path("values") if isinstance(values, Values) else Path(values)
    content = values.file if isinstance(values, Values) else read_contract(named, ValuesFile)
    wanted = budgets_filled(as_valued(settings_of(given), content), content.n_lines, named)
    with heard_by(progress):
        if data is None:
            command = call_text("select_lines", named, budgets=budgets, method=method, **without_object(settings))
            found = select_by(content, named, method, wanted, None, command)
        else:
            there = opened(data, settings)
            fixed = {"seed": content.seed, "metric": content.metric, "budgets": wanted.budgets}
            source = there.source({**given, **fixed})
            told = {name: value for name, value in there.told(settings).items() if name in known}
            command = call_text("select_lines", named, budgets=budgets, method=method, data=there.path, **told)
            found = select_by(content, named, method, source.settings, there.workplace(source, store), command)
    return Lines([one.file for one in found], {one.file.budget: one.notes for one in found}, content)
