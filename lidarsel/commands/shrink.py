"""The command that makes the completion network smaller."""

from pathlib import Path
from typing import Annotated

from lidarsel.commands.console import loading, show, show_json, stdout_for_json
from lidarsel.commands.opening import command_line, data_folder
from lidarsel.commands.options import SETTINGS_FILE, AsJson, Data
from lidarsel.commands.places import out_files
from lidarsel.commands.takes import takes
from lidarsel.options import DATA, ERROR, ESTIMATION, MACHINE, NETWORK, OUTPUT, SHRINKING
from lidarsel.shrink_settings import ShrinkSettings


@takes(
    ShrinkSettings,
    *(SHRINKING, ERROR, ESTIMATION, NETWORK, DATA, MACHINE),
    only=("budgets", "sets"),
    without=("bands",),
    file=SETTINGS_FILE,
)
def shrink(
    data: Data,
    settings: ShrinkSettings,
    out: Annotated[
        Path,
        out_files(
            "-o",
            "--out",
            help="File to write: .safetensors, or .pt2 of your own network; the report goes beside it, in OUT.shrink.",
            rich_help_panel=OUTPUT,
        ),
    ] = Path("small.safetensors"),
    as_json: AsJson = False,
) -> None:
    """Make the completion network smaller: the channels worth least for what they cost go, the rest is retrained.

    A killed run goes on where it stopped when the same command is given again (docs/shrink.md).
    """
    settings.require_usable()
    with loading():
        from lidarsel.workflow.shrinking import shrink as shrink_network

    with stdout_for_json(as_json):
        made = shrink_network(data_folder(data), settings, out, command_line())
    if as_json:
        show_json(made.report)
        return
    from lidarsel.report.shrinking import answer, cautions, layers_told, lines_told, steps_table

    show(steps_table(made.report))
    noted = [f"caution: {one}" for one in cautions(made.report, made.importance)]
    noted += [f"note: {one}" for one in made.report.notes]
    said = [*noted, layers_told(made.report), lines_told(made.report)]
    for line in [*said, answer(made.report), f"report: {made.folder / 'report.html'}", f"weights: {made.weights}"]:
        show(line)
