"""Commands about logs and chosen lines: thinning a log to them, looking at them in 3-D."""

from pathlib import Path
from typing import Annotated

import typer

from lidarsel.choices import VIEWPOINTS
from lidarsel.commands.console import show, show_json, stdout_for_json
from lidarsel.commands.opening import command_line
from lidarsel.commands.options import PATTERN, AsJson, parse_viewpoint
from lidarsel.commands.places import out_file, out_folder
from lidarsel.commands.suggestions import offering
from lidarsel.commands.takes import takes
from lidarsel.read_settings import READING
from lidarsel.settings import RunSettings

Log = Annotated[Path, typer.Argument(help="Folder of a log; it is never changed.", show_default=False)]

_HELP_OF_APPLY = {"skip_bad": "Leave out scans that cannot be thinned instead of stopping."}


@takes(RunSettings, only=READING, without=("ground_truth", "trust_paths", "view"), helps=_HELP_OF_APPLY)
def apply(
    data: Log,
    lines: Annotated[Path, typer.Option(help=f"Lines to keep: {PATTERN}.", show_default=False)],
    out: Annotated[Path, out_folder("-o", "--out", help="Folder to write, new or empty.", show_default=False)],
    reading: RunSettings,
    link: Annotated[bool, typer.Option("--link", help="Hard-link what is not thinned instead of copying it.")] = False,
    as_json: AsJson = False,
) -> None:
    """The same log with only the chosen lines; every point kept is the same to the byte (docs/apply.md)."""
    from lidarsel.report.thinning import thinning_lines
    from lidarsel.thinning.apply import apply_lines

    with stdout_for_json(as_json):
        done = apply_lines(data, lines, out, reading.read_options(), link, command_line())
    if as_json:
        show_json(done)
        return
    for line in thinning_lines(done):
        show(line)


@takes(RunSettings, only=READING, without=("ground_truth", "skip_bad", "view"))
def view(
    data: Log,
    reading: RunSettings,
    lines: Annotated[
        Path | None, typer.Option(help=f"{PATTERN}: kept lines bright, dropped ones dim; without, all by line.")
    ] = None,
    frame: Annotated[str, typer.Option(help="Which frame: its number from 0, or its name.")] = "0",
    viewpoint: Annotated[
        str,
        typer.Option(
            help="Where it is seen from: behind, bird, driver or side.", autocompletion=offering(lambda: VIEWPOINTS)
        ),
    ] = "behind",
    out: Annotated[
        Path | None,
        out_file("-o", "--out", ending=".png", help="PNG to write instead of opening a window.", show_default=False),
    ] = None,
    rerun: Annotated[
        Path | None,
        out_file(ending=".rrd", help="Recording (.rrd) to write for the Rerun viewer instead; needs the extra rerun."),
    ] = None,
) -> None:
    """Chosen and dropped lines of a frame in 3-D: a window, or where there is no display a PNG (view.png)."""
    seen_from = parse_viewpoint(viewpoint)
    from lidarsel.workflow.viewing import has_display, open_view, show_view, write_view

    if rerun is not None:
        from lidarsel.workflow.rerun_recording import require_rerun, write_recording

        require_rerun()
    seen = open_view(data, lines, frame, reading.read_options())
    if rerun is None and out is None and has_display():
        show_view(seen, seen_from)
        return
    for line in seen.caption():
        show(line)
    if rerun is not None:
        write_recording(seen, rerun)
        show(f"recording: {rerun} (open it with: rerun {rerun})")
    if rerun is None or out is not None:
        picture = out or Path("view.png")
        write_view(seen, picture, seen_from)
        show(f"picture: {picture}")
