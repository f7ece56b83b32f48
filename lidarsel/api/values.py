"""Stage 1 in Python: what every line is worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lidarsel.api.data import OpenedData, opened
from lidarsel.api.options import names_of, part_named, require_names
from lidarsel.api.showing import data_frame, draw_on, html_of
from lidarsel.contracts import ValuesFile
from lidarsel.listening import Listener, heard_by
from lidarsel.options import DATA, ERROR, ESTIMATION, MACHINE, NETWORK
from lidarsel.report.metric_words import metric_name
from lidarsel.report.words import count, evaluated
from lidarsel.workflow.answering import ValuedLines, value_part

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class Values:
    """The Shapley value of every line, with its standard error. Made by ``lidarsel.value_lines``.

    Attributes:
        found: all that the stage found.
    """

    found: ValuedLines

    @property
    def file(self) -> ValuesFile:
        """What ``values.json`` says: ``file.standard_error`` and ``file.points_per_line`` have an entry a line."""
        return self.found.file

    @property
    def mean(self) -> NDArray[np.float64]:
        """float64 (n_lines,), in ``file.unit``."""
        return self.found.values.estimate.mean

    @property
    def per_frame(self) -> NDArray[np.float64]:
        """float64 (n_frames, n_lines), the values of every frame."""
        return self.found.values.estimate.per_frame

    @property
    def doubts(self) -> list[str]:
        """Why the values may be of no use."""
        return self.found.doubts

    @property
    def notes(self) -> list[str]:
        """What else to know of them."""
        return self.found.notes

    def __repr__(self) -> str:
        return f"<values of {self.file.n_lines} lines on {count(self.file.n_frames, 'frame')}, {evaluated(self.file)}>"

    def rows(self) -> list[dict[str, Any]]:
        """A row a line. half_width: of the 95 % interval; None where there is none."""
        file = self.file
        columns: dict[str, Sequence[float | None]] = {
            "elevation_deg": file.elevation_deg,
            "points": file.points_per_line,
            "value": file.mean,
            "standard_error": file.standard_error,
            "half_width": file.half_width(),
        }
        return [{"line": line, **{name: of[line] for name, of in columns.items()}} for line in range(file.n_lines)]

    def to_frame(self) -> "pd.DataFrame":
        """``rows`` as a table of pandas. Raises UsageError where pandas is not installed."""
        return data_frame(self.rows())

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Value against elevation, bars of 95 % intervals, on axes or a new figure."""
        from lidarsel.report.figures.line_charts import value_chart

        return draw_on(value_chart(self.file, None), ax)

    def save(self, path: Path | str) -> Path:
        """Write ``values.json``, and the .npz with the values of every frame beside it. Raises OutputError."""
        self.found.write(Path(path))
        return Path(path)

    def _repr_html_(self) -> str:
        from lidarsel.report.table import value_entries, values_headings

        title = f"Mean {metric_name(self.file.metric)} that a line takes away (Shapley), {evaluated(self.file)}."
        entries = [value_entries(self.file, line) for line in range(self.file.n_lines)]
        return html_of(title, self.doubts, values_headings(self.file), entries)


def value_lines(
    data: OpenedData | Path | str,
    *,
    part: str = "all",
    store: Path | str | None = None,
    progress: Listener | None = None,
    **settings: object,
) -> Values:
    """Stage 1: the Shapley value of every line (``lidarsel shapley``).

    Args:
        data: as ``open_data`` gives them, or their path.
        part: which frames: all, valuing (lines are chosen on them) or held-out (they are judged on them).
        store: SQLite file of evaluations, in place of the data's own.
        progress: called with a ``StepProgress`` as steps go on.
        settings: ``evaluations``, ``estimator``, ``target_se``, ``until_stable``, ``metric``, ``seed``, ``network``,
            ``max_frames``, ``crop``, ``device``, ...: the options of ``lidarsel shapley``.

    Raises:
        UsageError: an option is wrong, or does not fit the data.
        BadInputError: data or weights cannot be used.
        OutputError: the store cannot be written.
    """
    require_names("value_lines", settings, names_of(ERROR, ESTIMATION, NETWORK, DATA, MACHINE))
    frames = part_named(part)
    with heard_by(progress):
        there = opened(data, settings)
        command = there.call("value_lines", part=part, **settings)
        found = value_part(there.workplace(there.source(settings), store), frames, command)
    return Values(found)
