"""The command that fits the completion network."""

from pathlib import Path
from typing import Annotated

import typer

from lidarsel.commands import options
from lidarsel.commands.console import show
from lidarsel.commands.opening import command_line, settings_from


def train(
    data: Annotated[
        str | None,
        typer.Argument(
            help="Folder in a KITTI-style layout, or 'simulated' for simulated streets; may stand in the recipe."
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option("-o", "--out", help="Weights to write (.safetensors); a log and a curve go beside them.")
    ] = Path("weights.safetensors"),
    recipe: Annotated[
        Path | None, typer.Option(help="YAML file with all settings (docs/training.md); options given override it.")
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            help="Weights to go on from: shipped, scratch or a .safetensors file; "
            "default: scratch for 'simulated', shipped for your own data."
        ),
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Optimiser steps; default: 5000.")] = None,
    images_per_step: Annotated[int | None, typer.Option(help="Of all processes together; default: 2.")] = None,
    subsets_per_image: Annotated[int | None, typer.Option(help="Subsets of lines of each; default: 3.")] = None,
    crop: Annotated[str | None, typer.Option(help="Height x width trained on; default: 352x512.")] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="Peak; default: 0.001 from scratch, 0.0002 from weights.")
    ] = None,
    smoothness: Annotated[
        float | None, typer.Option(help="Weight of edge-aware smoothness of inverse depth; default: 0.")
    ] = None,
    precision: Annotated[str | None, typer.Option(help="float32 (default) or bfloat16.")] = None,
    validate_every: Annotated[
        int | None, typer.Option(help="Steps between validations, each with a checkpoint; default: 250.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes that load frames, for each training process; default: 0 = itself.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of weights and batches; default: 0.")] = None,
    device: Annotated[str | None, typer.Option(help="cpu (default), cuda, cuda:N or auto.")] = None,
    ground_truth: options.GroundTruth = None,
    raw: options.Raw = None,
    sensor: options.Sensor = None,
    skip_bad: options.SkipBad = None,
) -> None:
    """Fit the completion network; a killed run goes on from its last checkpoint with the same command.

    Several GPUs or machines: torchrun --nproc-per-node 4 cli.py train ... (docs/training.md).
    """
    from lidarsel.training.recipe import read_recipe
    from lidarsel.workflow.training import train_by

    wanted = read_recipe(
        recipe,
        data=data,
        start=start,
        steps=steps,
        images_per_step=images_per_step,
        subsets_per_image=subsets_per_image,
        crop=None if crop is None else options.parse_size("--crop", crop),
        learning_rate=learning_rate,
        smoothness=smoothness,
        precision=precision,
        validate_every=validate_every,
        workers=workers,
        seed=seed,
        device=device,
    )
    reading = settings_from(None, ground_truth=ground_truth, raw=raw, sensor=sensor, skip_bad=skip_bad).read_options()
    if train_by(wanted, reading, out, command_line()).first:
        show(f"weights: {out}")
        show(f"curve: {out}.curve.html")
