"""The main job in Python: value lines, select, judge."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lidarsel.api.data import OpenedData, opened
from lidarsel.api.lines import Lines
from lidarsel.api.options import names_of, require_names
from lidarsel.api.report import Report
from lidarsel.api.values import Values
from lidarsel.cautions import Caution
from lidarsel.evaluation.line_game import LineGame
from lidarsel.listening import Listener, heard_by
from lidarsel.workflow.answering import ValuedLines
from lidarsel.workflow.budgets import budgets_filled
from lidarsel.workflow.finding import Findings, RunFiles, files_of, find, write_findings
from lidarsel.workflow.session import Source
from lidarsel.writing import whole_folder

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class JobResult:
    """What the main job found. Made by ``lidarsel.run``.

    Attributes:
        findings: all that was found, as the workflow has it.
        files: what the files say.
        source: what it started from: data, network, settings.
        games: the one that lines were chosen on, and the one that they were judged on.
        command: the call.
    """

    findings: Findings
    files: RunFiles
    source: Source
    games: tuple[LineGame, LineGame]
    command: str

    @property
    def report(self) -> Report:
        """Every method at every budget."""
        return Report(self.files.report)

    @property
    def values(self) -> Values:
        """What every line is worth, on the frames that lines were chosen on."""
        made = self.source.provenance(self.command, self.games[0])
        return Values(ValuedLines(self.findings.values, made, self.files.values, self.findings.doubts, []))

    @property
    def lines(self) -> Lines:
        """Those of the method asked for, largest budget first."""
        notes = {budget: selection.notes for budget, selection in self.findings.chosen.items()}
        return Lines(self.files.lines, notes, self.files.values)

    @property
    def doubts(self) -> list[str]:
        """Why the answer may be of no use."""
        return self.report.doubts

    @property
    def cautions(self) -> list[Caution]:
        """What weakens the figures, the most serious first."""
        return self.report.cautions

    @property
    def notes(self) -> list[str]:
        """How they were made."""
        return self.report.notes

    def __repr__(self) -> str:
        return f"<run: {self.report.answer}>"

    def rows(self) -> list[dict[str, Any]]:
        """Those of the report."""
        return self.report.rows()

    def to_frame(self) -> "pd.DataFrame":
        """The report's rows as a table of pandas. Raises UsageError where pandas is not installed."""
        return self.report.to_frame()

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """The report's figure, on axes or a new figure."""
        return self.report.plot(ax)

    def save(self, folder: Path | str, progress: Listener | None = None) -> Path:
        """Write what ``lidarsel run`` leaves, but for the store: report.html, figures and all.

        Args:
            folder: new or empty; it is there once it is whole.
            progress: called with a ``StepProgress`` as steps go on.

        Raises:
            OutputError: the folder is taken or cannot be written.
        """
        with heard_by(progress), whole_folder(Path(folder)) as partial:
            write_findings(partial, self.source.settings, self.findings, self.source, self.games, self.command)
        return Path(folder)

    def _repr_html_(self) -> str:
        return self.report._repr_html_()


def run(
    data: OpenedData | Path | str,
    budgets: int | Sequence[int] | str | None = None,
    *,
    store: Path | str | None = None,
    progress: Listener | None = None,
    **settings: object,
) -> JobResult:
    """The main job: value the lines, select, and judge beside the baselines (``lidarsel run``). Writes nothing.

    Args:
        data: as ``open_data`` gives them, or their path.
        budgets: how many lines to keep, one number or several; None is half of the sensor's.
        store: SQLite file of evaluations, in place of the data's own; a job that was interrupted goes on from it.
        progress: called with a ``StepProgress`` as steps go on.
        settings: fields of a run's settings: the options of ``lidarsel run``, by the names in its ``settings.yaml``
            (``methods``, ``choose``, ``evaluations``, ``keep``, ``metric``, ``network``, ``max_frames``, ...).

    Raises:
        UsageError: an option is wrong, or does not fit the data.
        BadInputError: data or weights cannot be used.
        OutputError: the store cannot be written.
    """
    require_names("run", settings, names_of())
    given = {**settings, "budgets": budgets}
    with heard_by(progress):
        there = opened(data, given)
        source = there.source(given)
        source = replace(source, settings=budgets_filled(source.settings, there.n_lines, there.path))
        games, command = source.games(), there.call("run", **given)
        with there.workplace(source, store).open_session() as session:
            findings = find(session, games, source.settings)
    return JobResult(findings, files_of(findings, source, games, command), source, games, command)
