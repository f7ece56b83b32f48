"""The command that fits the completion network."""

from pathlib import Path
from typing import Annotated

import typer

from lidarsel import options
from lidarsel.commands.console import show
from lidarsel.commands.opening import command_line, settings_from


def train(
    data: Annotated[Path, typer.Argument(help="Folder in a KITTI-style layout, or 'simulated' for simulated streets.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Weights to write (.safetensors), with a log beside them.")],
    steps: Annotated[int, typer.Option(help="Optimiser steps.", min=1)] = 5000,
    seed: Annotated[int, typer.Option(help="Seed of weights, batches and simulated streets.", min=0)] = 0,
    learning_rate: Annotated[float, typer.Option(help="The peak; it falls to zero along a cosine.")] = 1e-3,
    simulated_frames: Annotated[int, typer.Option(help="Frames to simulate for 'simulated'.", min=1)] = 480,
    simulation_seed: Annotated[int, typer.Option(help="Seed of the simulated streets.", min=0)] = 1000,
    ground_truth: options.GroundTruth = None,
    raw: options.Raw = None,
    skip_bad: options.SkipBad = None,
    device: Annotated[str, typer.Option(help="cpu, cuda or cuda:N.")] = "cpu",
) -> None:
    """Fit the completion network; a killed run goes on from its last checkpoint with the same command."""
    from lidarsel.completion.train import TrainSettings
    from lidarsel.completion.train import train as fit
    from lidarsel.progress import step
    from lidarsel.workflow.training import simulated_source

    if str(data) == "simulated":
        source = simulated_source(simulation_seed, simulated_frames)
    else:
        from lidarsel.datasets.registry import open_dataset

        source = open_dataset(
            data, settings_from(None, ground_truth=ground_truth, raw=raw, skip_bad=skip_bad).read_options()
        )
    settings = TrainSettings(steps=steps, seed=seed, learning_rate=learning_rate, device=device)
    with step("training") as advance:
        fit(source, settings, out, lambda done, total, loss: advance(done, total), {"command": command_line()})
    show(f"weights: {out}")
