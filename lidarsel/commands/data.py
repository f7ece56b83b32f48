"""Commands about data: what is in it, and making some."""

import re
from pathlib import Path
from typing import Annotated

import typer

from lidarsel.commands import options
from lidarsel.commands.console import show, show_json, stdout_for_json
from lidarsel.errors import UsageError


def inspect(
    data: options.Data,
    plot: Annotated[Path | None, typer.Option(help="Write a PNG of the lines over the camera image.")] = None,
    frame: Annotated[int, typer.Option(help="Which frame to draw, from 0.", min=0)] = 0,
    ground_truth: options.GroundTruth = None,
    raw: options.Raw = None,
    sensor: options.Sensor = None,
    max_frames: Annotated[int, typer.Option(help="Look into at most so many frames, evenly spaced.", min=1)] = 50,
    as_json: options.AsJson = False,
) -> None:
    """What is in the data: frames, lines and their elevations, points in the image, ground truth, every problem."""
    from lidarsel.commands.opening import settings_from
    from lidarsel.workflow.inspecting import inspect_data, write_plot

    with stdout_for_json(as_json):
        settings = settings_from(
            None, ground_truth=ground_truth, raw=raw, sensor=sensor, skip_bad=True, max_frames=max_frames
        )
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


def calibrate(
    data: options.Data,
    out: Annotated[Path, typer.Option("-o", "--out", help="File to write.")] = Path("sensor.yaml"),
    raw: options.Raw = None,
    skip_bad: options.SkipBad = None,
    max_frames: Annotated[int, typer.Option(help="Use so many scans, evenly spaced.", min=1)] = 5,
    as_json: options.AsJson = False,
) -> None:
    """Find a sensor's lines from scans in no order, once; --sensor then tells them in all its data (docs/lines.md)."""
    from lidarsel.commands.opening import command_line
    from lidarsel.workflow.calibrating import calibrate_sensor

    with stdout_for_json(as_json):
        place = None if raw is None else Path(raw)
        file = calibrate_sensor(data, out, place, bool(skip_bad), max_frames, command_line())
    if as_json:
        show_json(file)
        return
    show(f"{file.n_lines} lines, {file.elevation_deg[0]:.2f} to {file.elevation_deg[-1]:.2f} degrees")
    share, within = file.n_told / file.n_points, file.tolerance_deg
    show(f"{share:.1%} of {file.n_points} points lie within {within:.3f} degrees of a line")
    show(f"sensor: {out}")


def simulate(
    out: Annotated[Path, typer.Argument(help="Folder to write, new or empty.", show_default=False)],
    frames: Annotated[int, typer.Option(help="Frames of each drive.")] = 64,
    drives: Annotated[int, typer.Option(help="Drives, each through a street of its own.")] = 1,
    seed: Annotated[int, typer.Option(help="Seed: the same one gives the same bytes.")] = 0,
    n_lines: Annotated[int, typer.Option("--lines", help="Lines of the sensor: 64 is HDL-64E-like.")] = 64,
    image_size: Annotated[str, typer.Option(help="Height and width of the camera image, as 375x1242.")] = "375x1242",
    azimuth_step_deg: Annotated[float, typer.Option(help="Angle between two firings of a line.")] = 0.17,
    range_noise_m: Annotated[float, typer.Option(help="Standard deviation of a range.")] = 0.02,
    drop_out: Annotated[float, typer.Option(help="Chance that a return is lost.")] = 0.03,
) -> None:
    """Simulate drives through streets: KITTI raw and depth completion trees with exact ground truth."""
    from lidarsel.progress import step
    from lidarsel.simulate.settings import SimulateSettings
    from lidarsel.simulate.write import write_drives

    size = re.fullmatch(r"(\d{1,5})x(\d{1,5})", image_size)
    if size is None:
        raise UsageError(f"--image-size {image_size!r} is no HEIGHTxWIDTH; give e.g. 375x1242")
    settings = SimulateSettings(
        seed=seed,
        frames=frames,
        drives=drives,
        image_height=int(size[1]),
        image_width=int(size[2]),
        n_lines=n_lines,
        azimuth_step_deg=azimuth_step_deg,
        range_noise_m=range_noise_m,
        drop_out=drop_out,
    )
    with step("simulating") as advance:
        write_drives(out, settings, advance)
    show(f"{drives} drive{'s' * (drives != 1)} of {frames} frames: {out}")
