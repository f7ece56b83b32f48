"""The command that trains a ladder of networks and fits the law of their errors."""

from pathlib import Path
from typing import Annotated

from lidarsel.commands.console import loading, show, show_json, stdout_for_json
from lidarsel.commands.opening import command_line, data_folder
from lidarsel.commands.options import AsJson, Data, EngineOptions
from lidarsel.commands.places import out_files
from lidarsel.commands.takes import takes
from lidarsel.options import DATA, LADDER, MACHINE, OUTPUT
from lidarsel.scale_settings import ScaleSettings

_WHERE = {"engine": "Where networks are trained: process (this one) or ray (workers of a Ray cluster, a network each)."}


@takes(ScaleSettings, LADDER, DATA, MACHINE, only=("seed",), without=("max_frames", "view"))
@takes(EngineOptions, helps=_WHERE)
def scale(
    data: Data,
    settings: ScaleSettings,
    engine: EngineOptions,
    out: Annotated[
        Path,
        out_files(
            "-o",
            "--out",
            help="File to write, for lidarsel plan; the networks go beside it, in OUT.ladder.",
            rich_help_panel=OUTPUT,
        ),
    ] = Path("law.json"),
    as_json: AsJson = False,
) -> None:
    """Train a ladder of networks, and fit the law of error by lines, network and training frames.

    The same command trains only what is not yet there, also after it was killed (docs/scaling.md).
    """
    settings.require_usable()
    where = engine.choice()
    with loading():
        from lidarsel.workflow.scaling import scale as climb

    with stdout_for_json(as_json):
        made = climb(data_folder(data), settings, out, command_line(), where)
    if as_json:
        show_json(made)
        return
    from lidarsel.planning.ladder_summary import ladder_table
    from lidarsel.planning.law_summary import law_answers

    show(ladder_table(made))
    show(law_answers(made.plan))
    for line in [*(f"caution: {one.text}" for one in made.cautions), *(f"note: {note}" for note in made.notes)]:
        show(line)
    show(f"networks: {made.folder} ({made.n_trained} of {len(made.networks)} trained now)")
    show(f"law: {out}")
