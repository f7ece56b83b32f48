"""The main job: on the embedded simulation (demo) and on a user's data (run)."""

from pathlib import Path
from typing import Annotated

import typer

from lidarsel.commands import options, suggestions
from lidarsel.commands.console import show_run, stdout_for_json
from lidarsel.commands.opening import RUNS, engine_from, open_data, settings_from

Runs = Annotated[Path, typer.Option("-o", "--out", help="Folder that the run's folder is made in.")]


def demo(out: Runs = RUNS, seed: options.Seed = None, as_json: options.AsJson = False) -> None:
    """Simulate a drive, value its lines, select 32, 16 and 8 of them and judge them: the whole job without data."""
    from lidarsel.workflow.demo import demo_data
    from lidarsel.workflow.run import run as run_job

    with stdout_for_json(as_json):
        settings = settings_from(None, budgets=(32, 16, 8), seed=seed)
        result = run_job(open_data(demo_data(out), settings), out, "demo")
    show_run(result, as_json)


def run(
    data: options.Data,
    budget: options.Budget,
    out: Runs = RUNS,
    name: Annotated[str | None, typer.Option(help="Name of the run's folder, after its time.")] = None,
    method: options.Method = None,
    methods: Annotated[
        str | None,
        typer.Option(help="Selectors beside each other, as a,b,c.", autocompletion=suggestions.methods),
    ] = None,
    sets: options.Sets = None,
    keep: options.Keep = None,
    drop: options.Drop = None,
    min_gap: options.MinGap = None,
    metric: options.Metric = None,
    estimator: options.Estimator = None,
    evaluations: options.Evaluations = None,
    target_se: options.TargetSe = None,
    until_stable: options.UntilStable = None,
    seed: options.Seed = None,
    network: options.Network = None,
    weights: options.Weights = None,
    ground_truth: options.GroundTruth = None,
    raw: options.Raw = None,
    sensor: options.Sensor = None,
    skip_bad: options.SkipBad = None,
    max_frames: options.MaxFrames = None,
    same_frames: options.SameFrames = None,
    per_frame: options.PerFrame = None,
    device: options.Device = None,
    engine: options.Engine = "process",
    address: options.Address = None,
    workers: options.Workers = None,
    settings: options.Settings = None,
    as_json: options.AsJson = False,
) -> None:
    """The main job: value the lines, select, judge beside the baselines, write the run's folder."""
    from lidarsel.workflow.run import run as run_job

    with stdout_for_json(as_json):
        effective = settings_from(
            settings,
            budgets=options.parse_budgets(budget),
            choose=method,
            methods=options.parse_methods(methods, method),
            sets=sets,
            keep=options.parse_numbers("--keep", keep),
            drop=options.parse_numbers("--drop", drop),
            min_gap=min_gap,
            metric=metric,
            estimator=estimator,
            evaluations=evaluations,
            target_se=target_se,
            until_stable=until_stable,
            seed=seed,
            network=network,
            weights=weights,
            ground_truth=ground_truth,
            raw=raw,
            sensor=sensor,
            skip_bad=skip_bad,
            max_frames=max_frames,
            same_frames=same_frames,
            per_frame=per_frame,
            device=device,
        )
        inputs = open_data(data, effective, out, engine_from(engine, address, workers))
        result = run_job(inputs, out, name or data.resolve().name)
    show_run(result, as_json)
