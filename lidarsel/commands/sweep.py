"""The line-budget experiment: methods by budgets, metrics and seeds."""

from pathlib import Path
from typing import Annotated

import typer

from lidarsel.commands import options, suggestions
from lidarsel.commands.console import show_sweep, stdout_for_json
from lidarsel.commands.opening import RUNS, engine_from, open_data, sweep_settings_from


def sweep(
    data: options.Data,
    budgets: Annotated[str | None, typer.Option("--budgets", "-k", help="Numbers of lines; default 4,8,16,32.")] = None,
    methods: Annotated[
        str | None,
        typer.Option(
            help="Selectors as a,b,c; all = every one but exhaustive (all,exhaustive adds it).",
            autocompletion=suggestions.methods,
        ),
    ] = None,
    metrics: Annotated[
        str | None,
        typer.Option(help="Errors that decide, in turn, as rmse,mae.", autocompletion=suggestions.metrics),
    ] = None,
    seeds: Annotated[str | None, typer.Option(help="Seeds, in turn, as 0,1,2 or 0-2.")] = None,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder that the sweep's folder is made in.")] = RUNS,
    name: Annotated[str | None, typer.Option(help="Name of the sweep's folder, after its time.")] = None,
    method: options.Method = None,
    sets: options.Sets = None,
    keep: options.Keep = None,
    drop: options.Drop = None,
    min_gap: options.MinGap = None,
    estimator: options.Estimator = None,
    evaluations: options.Evaluations = None,
    target_se: options.TargetSe = None,
    until_stable: options.UntilStable = None,
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
    """Every method at every number of lines, by every metric and seed, chosen and judged on different frames.

    A killed sweep goes on where it stopped when the same command is given again (docs/sweep.md).
    """
    from lidarsel.workflow.sweeping import sweep as sweep_job

    with stdout_for_json(as_json):
        named = options.parse_methods(methods, method)
        effective = sweep_settings_from(
            settings,
            budgets=None if budgets is None else options.parse_budgets(budgets, "--budgets"),
            choose=method or (named[0] if named and "interval" not in named else None),
            methods=named,
            metrics=options.parse_words(metrics),
            seeds=options.parse_numbers("--seeds", seeds),
            sets=sets,
            keep=options.parse_numbers("--keep", keep),
            drop=options.parse_numbers("--drop", drop),
            min_gap=min_gap,
            estimator=estimator,
            evaluations=evaluations,
            target_se=target_se,
            until_stable=until_stable,
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
        result = sweep_job(inputs, effective, out, name or data.resolve().name)
    show_sweep(result, as_json)
