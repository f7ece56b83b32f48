"""The stages of the main job, each alone."""

from pathlib import Path
from typing import Annotated

import typer

from lidarsel.choices import LINE_FORMATS
from lidarsel.commands.console import loading, show, show_doubts, show_json, show_report, stdout_for_json
from lidarsel.commands.opening import command_line, data_folder
from lidarsel.commands.options import (
    PATTERN,
    SETTINGS_FILE,
    AsJson,
    Data,
    EngineOptions,
    PartOption,
    StoreOption,
    parse_line_format,
    parse_part,
)
from lidarsel.commands.places import out_file, out_files
from lidarsel.commands.suggestions import offering, offering_of
from lidarsel.commands.takes import takes
from lidarsel.listing import line_ranges
from lidarsel.options import DATA, ERROR, ESTIMATION, LINES, MACHINE, NETWORK, OUTPUT
from lidarsel.settings import RunSettings, make_settings


@takes(RunSettings, ERROR, ESTIMATION, NETWORK, DATA, MACHINE, file=SETTINGS_FILE)
@takes(EngineOptions)
def shapley(
    data: Data,
    settings: RunSettings,
    engine: EngineOptions,
    part: PartOption = "all",
    out: Annotated[
        Path, out_files("-o", "--out", help="File to write, with an .npz beside it.", rich_help_panel=OUTPUT)
    ] = Path("values.json"),
    store: StoreOption = None,
    as_json: AsJson = False,
) -> None:
    """Stage 1 alone: the Shapley value of every line, with its standard error."""
    wanted = parse_part(part)
    settings.require_usable()
    where = engine.choice()
    with loading():
        from lidarsel.workflow import stages

    with stdout_for_json(as_json):
        place = stages.Place(out, command_line(), store, where)
        found = stages.shapley(data_folder(data), wanted, settings, place)
    if as_json:
        show_json(found.file)
        return
    show_doubts(found.doubts)
    from lidarsel.report.table import values_table

    show(values_table(found.file))
    for line in [*(f"note: {note}" for note in found.notes), f"values: {out}"]:
        show(line)


@takes(
    RunSettings,
    *(LINES, NETWORK, DATA, MACHINE),
    only=("bands",),
    without=("choose", "max_frames"),
    file=SETTINGS_FILE,
)
@takes(EngineOptions)
def select(
    values: Annotated[Path, typer.Argument(help="values.json of lidarsel shapley.", show_default=False)],
    settings: RunSettings,
    engine: EngineOptions,
    method: Annotated[
        str | None,
        typer.Option(
            "--method",
            "-m",
            help="Selector. Default: interval with --data, sas without.",
            autocompletion=offering_of("lidarsel.selection.registry:NAMES"),
            rich_help_panel=LINES,
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            help="The data, for methods that evaluate sets of lines (interval, spaced, ...).", rich_help_panel=DATA
        ),
    ] = None,
    out: Annotated[
        Path,
        out_file(
            "-o",
            "--out",
            help="File to write; with several budgets, -K is added for the others.",
            rich_help_panel=OUTPUT,
        ),
    ] = Path("lines.yaml"),
    kind: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="What is written: yaml, json, csv (a row a line), or ros: parameters of ROS 2 ring filters."
            " Default: yaml or json by the ending of --out.",
            autocompletion=offering(lambda: LINE_FORMATS),
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    store: StoreOption = None,
    as_json: AsJson = False,
) -> None:
    """Stage 2 alone: the lines to keep, from the values of stage 1."""
    written = None if kind is None else parse_line_format(kind)
    wanted = settings if method is None else make_settings(settings, methods=(method,), choose=method)
    wanted.require_usable()
    where = engine.choice()
    with loading():
        from lidarsel.workflow import stages

    with stdout_for_json(as_json):
        place = stages.Place(out, command_line(), store, where)
        found = stages.select(values, method, None if data is None else data_folder(data), settings, place, written)
    files = [one.file for one, _ in found]
    if as_json:
        show_json(files[0] if len(files) == 1 else files)
        return
    for one, path in found:
        file = one.file
        show_doubts(file.doubts)
        show(f"{file.budget} of {file.n_lines} lines by {file.method}: {line_ranges(file.lines)}")
        for line in [*(f"note: {note}" for note in one.notes), f"lines: {path}"]:
            show(line)


@takes(
    RunSettings,
    *(ERROR, NETWORK, DATA, MACHINE),
    only=("sensor_model", "pitch_deg", "tolerance_deg"),
    file=SETTINGS_FILE,
)
@takes(EngineOptions)
def evaluate(
    data: Data,
    settings: RunSettings,
    engine: EngineOptions,
    lines: Annotated[
        list[Path] | None, typer.Option(help=f"Lines to judge: {PATTERN}; may be given several times.")
    ] = None,
    part: PartOption = "all",
    uncertainty: Annotated[
        bool,
        typer.Option(
            "--uncertainty",
            help="Also calibrate how far the network says depths may be off, and tell whether it holds: of frames of "
            "two drives at least, by weights that say it (docs/uncertainty.md).",
            rich_help_panel=ERROR,
        ),
    ] = False,
    out: Annotated[Path, out_file("-o", "--out", help="File to write.", rich_help_panel=OUTPUT)] = Path("report.json"),
    store: StoreOption = None,
    as_json: AsJson = False,
) -> None:
    """Stage 3 alone: the accuracy of chosen lines, or of real products, beside all lines and no line."""
    wanted = parse_part(part)
    settings.require_usable()
    where = engine.choice()
    with loading():
        from lidarsel.workflow import stages

    with stdout_for_json(as_json):
        place = stages.Place(out, command_line(), store, where)
        report, page = stages.evaluate(data_folder(data), lines or [], wanted, settings, place, uncertainty)
    pages = [] if page is None else [f"uncertainty: {page}"]
    show_report(report, as_json, [f"report: {out}", *pages])
