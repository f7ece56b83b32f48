"""Commands about data: what is in it, and making some."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from lidarsel.commands.console import loading, show, show_json, stdout_for_json
from lidarsel.commands.opening import command_line
from lidarsel.commands.options import AsJson, Data
from lidarsel.commands.places import out_file
from lidarsel.commands.takes import takes
from lidarsel.options import SIMULATION, parse_size
from lidarsel.read_settings import READING
from lidarsel.settings import RunSettings, make_settings
from lidarsel.simulation.settings import SimulateSettings


@takes(
    RunSettings,
    only=(*READING, "crop", "max_frames"),
    without=("skip_bad",),
    defaults={"max_frames": 50},
    helps={"max_frames": "Look into at most so many frames, evenly spaced."},
)
def inspect(
    data: Data,
    reading: RunSettings,
    plot: Annotated[
        Path | None, out_file(ending=".png", help="Write a PNG of the lines over the camera image.")
    ] = None,
    frame: Annotated[int, typer.Option(help="Which frame to draw, from 0.", min=0)] = 0,
    as_json: AsJson = False,
) -> None:
    """What is in the data: frames, lines and their elevations, points in the image, ground truth, every problem."""
    with loading():
        from lidarsel.workflow.inspecting import inspect_data, write_plot

    with stdout_for_json(as_json):
        settings = make_settings(reading, skip_bad=True)
        dataset, summary = inspect_data(data, settings)
        if plot is not None:
            write_plot(dataset, frame, plot)
    if as_json:
        show_json(summary)
        return
    from lidarsel.report.inspection import lines_table, summary_lines

    for line in summary_lines(summary):
        show(line)
    show(lines_table(summary))
    if plot is not None:
        show(f"picture: {plot}")


@takes(
    RunSettings,
    only=("raw", "scan_columns", "skip_bad", "follow_links", "trust_paths", "max_frames"),
    defaults={"max_frames": 5},
    helps={"max_frames": "Use so many scans, evenly spaced."},
)
def calibrate(
    data: Data,
    reading: RunSettings,
    out: Annotated[Path, out_file("-o", "--out", help="File to write.")] = Path("sensor.yaml"),
    as_json: AsJson = False,
) -> None:
    """Find a sensor's lines from scans in no order, once; --sensor then tells them in all its data (docs/lines.md)."""
    from lidarsel.workflow.calibrating import calibrate_sensor

    with stdout_for_json(as_json):
        file = calibrate_sensor(data, out, reading.read_options(), reading.max_frames, command_line())
    if as_json:
        show_json(file)
        return
    show(f"{file.n_lines} lines, {file.elevation_deg[0]:.2f} to {file.elevation_deg[-1]:.2f} degrees")
    share, within = file.n_told / file.n_points, file.tolerance_deg
    show(f"{share:.1%} of {file.n_points} points lie within {within:.3f} degrees of a line")
    for doubt in file.doubts:
        show(f"doubt: {doubt}")
    show(f"sensor: {out}")


@takes(SimulateSettings)
def simulate(
    out: Annotated[Path, typer.Argument(help="Folder to write, new or empty.", show_default=False)],
    settings: SimulateSettings,
    image_size: Annotated[
        str, typer.Option(help="Height and width of the camera image, as 375x1242.", rich_help_panel=SIMULATION)
    ] = "375x1242",
    like: Annotated[
        Path | None,
        typer.Option(
            help="Profile of a fleet (lidarsel profile) whose streets to imitate.", rich_help_panel=SIMULATION
        ),
    ] = None,
) -> None:
    """Simulate drives through streets: KITTI raw and depth completion trees, ground truth as KITTI makes it, and exact
    depth."""
    from lidarsel.progress import step

    height, width = parse_size("--image-size", image_size)
    with loading():
        from lidarsel.simulation.write import write_drives

        if like is not None:
            from lidarsel.workflow.profiling import simulating_like

            settings = simulating_like(settings, like)
    with step("simulating") as advance:
        write_drives(out, replace(settings, image_height=height, image_width=width), advance)
    drives = settings.drives
    show(f"{drives} drive{'s' * (drives != 1)} of {settings.frames} frames: {out}")
