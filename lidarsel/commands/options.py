"""The arguments and options that commands share and that no settings have a field for."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lidarsel.choices import LINE_FORMATS, TRACKERS, VIEWPOINTS, LineFormat, TrackerName, Viewpoint
from lidarsel.commands.places import out_files, out_folder
from lidarsel.commands.suggestions import offering
from lidarsel.datasets.split import PARTS, Part
from lidarsel.errors import UsageError
from lidarsel.options import DATA, MACHINE, OUTPUT, Option
from lidarsel.spelling import none_of

if TYPE_CHECKING:
    from lidarsel.evaluation.engine_choice import EngineChoice

SETTINGS_FILE = "Settings file (settings.yaml of a run); options given here override it."

PATTERN = "lines.yaml, a file with just `lines: \\[0, 4, 8]`, or numbers as 0,4,8-20"
"""What help says of lines that a user may give."""

Data = Annotated[
    Path,
    typer.Argument(
        help="Data set (see `lidarsel datasets`), or 'demo' for the embedded simulation.", show_default=False
    ),
]
PartOption = Annotated[
    str,
    typer.Option(
        help="Which frames: all, valuing (lines are chosen on them) or held-out (they are judged on them).",
        autocompletion=offering(lambda: PARTS),
        rich_help_panel=DATA,
    ),
]
StoreOption = Annotated[
    Path | None,
    out_files(
        help="SQLite file of evaluations, reused by all commands; default: beside the output.", rich_help_panel=OUTPUT
    ),
]
RunsFolder = Annotated[
    Path, out_folder("-o", "--out", help="Folder that the run's folder is made in.", rich_help_panel=OUTPUT)
]
Name = Annotated[str | None, typer.Option(help="Name of that folder, after its time.", rich_help_panel=OUTPUT)]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else.", rich_help_panel=OUTPUT)
]
LogTo = Annotated[
    list[str] | None,
    typer.Option(
        help="Track the figures in tensorboard or mlflow too (docs/training.md); may be given twice.",
        autocompletion=offering(lambda: TRACKERS),
        rich_help_panel=OUTPUT,
    ),
]


@dataclass(frozen=True)
class EngineOptions:
    """Where evaluations run; no setting of a run, as it decides no figure."""

    engine: Annotated[
        Literal["process", "ray"],
        Option("Where evaluations run: process (this one) or ray (workers of a Ray cluster).", MACHINE),
    ] = "process"
    address: Annotated[
        str | None, Option("Of the Ray cluster: auto or HOST:PORT; default: one on this machine.", MACHINE)
    ] = None
    workers: Annotated[
        int | None, Option("Workers of --engine ray; default: one for every GPU, or for every CPU core.", MACHINE)
    ] = None

    def choice(self) -> "EngineChoice":
        """Raises UsageError for options that do not fit each other."""
        from lidarsel.evaluation.engine_choice import EngineChoice

        return EngineChoice(self.engine, self.address, self.workers)


def parse_part(text: str) -> Part:
    """A part of the frames. Raises UsageError."""
    for part in PARTS:
        if text == part:
            return part
    raise UsageError(f"--part {none_of(text, PARTS)}")


def parse_line_format(text: str) -> LineFormat:
    """What chosen lines are written as. Raises UsageError."""
    for kind in LINE_FORMATS:
        if text == kind:
            return kind
    raise UsageError(f"--format {none_of(text, LINE_FORMATS)}")


def parse_trackers(given: Sequence[str] | None) -> tuple[TrackerName, ...]:
    """What --log-to named, each once. Raises UsageError, also for one whose package is not installed."""
    from lidarsel.tracking.opening import require_installed

    for word in given or ():
        if word not in TRACKERS:
            raise UsageError(f"--log-to {none_of(word, TRACKERS)}")
    named = tuple(name for name in TRACKERS if name in (given or ()))
    require_installed(named)
    return named


def parse_viewpoint(text: str) -> Viewpoint:
    """Where a 3-D picture is seen from. Raises UsageError."""
    for viewpoint in VIEWPOINTS:
        if text == viewpoint:
            return viewpoint
    raise UsageError(f"--viewpoint {none_of(text, VIEWPOINTS)}")
