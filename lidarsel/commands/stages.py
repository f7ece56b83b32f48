"""The stages of the main job, each alone: they compose through their files to the same answer."""

from pathlib import Path
from typing import Annotated

import typer

from lidarsel.commands import options, suggestions
from lidarsel.commands.console import show, show_json, show_report, stdout_for_json
from lidarsel.commands.opening import command_line, engine_from, open_data, settings_from


def shapley(
    data: options.Data,
    out: Annotated[Path, typer.Option("-o", "--out", help="File to write, with an .npz beside it.")] = Path(
        "values.json"
    ),
    part: options.PartOption = "all",
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
    device: options.Device = None,
    store: options.Store = None,
    engine: options.Engine = "process",
    address: options.Address = None,
    workers: options.Workers = None,
    settings: options.Settings = None,
    as_json: options.AsJson = False,
) -> None:
    """Stage 1 alone: the Shapley value of every line, with its standard error."""
    from lidarsel.workflow.run import stored_game
    from lidarsel.workflow.runfolder import STORE
    from lidarsel.workflow.valuing import unreached, value_lines

    wanted = options.parse_part(part)
    with stdout_for_json(as_json):
        effective = settings_from(
            settings,
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
            device=device,
        )
        inputs = open_data(data, effective, engine=engine_from(engine, address, workers))
        with stored_game(inputs, inputs.part(wanted), store or out.with_name(STORE)) as game:
            values = value_lines(inputs, game)
        file = values.write(out)
    if as_json:
        show_json(file)
    else:
        from lidarsel.report.table import values_table

        show(values_table(file))
        for line in [*(f"note: {note}" for note in unreached(inputs, file)), f"values: {out}"]:
            show(line)


def select(
    values: Annotated[Path, typer.Argument(help="values.json of lidarsel shapley.", show_default=False)],
    budget: options.Budget,
    out: Annotated[
        Path, typer.Option("-o", "--out", help="File to write; with several budgets, -K is added for the others.")
    ] = Path("lines.yaml"),
    method: Annotated[
        str | None,
        typer.Option(
            "--method",
            "-m",
            help="Selector. Default: interval with --data, sas without.",
            autocompletion=suggestions.methods,
        ),
    ] = None,
    sets: options.Sets = None,
    keep: options.Keep = None,
    drop: options.Drop = None,
    min_gap: options.MinGap = None,
    data: Annotated[
        Path | None, typer.Option(help="The data, for methods that evaluate sets of lines (interval, spaced, ...).")
    ] = None,
    store: options.Store = None,
    engine: options.Engine = "process",
    address: options.Address = None,
    workers: options.Workers = None,
    settings: options.Settings = None,
    as_json: options.AsJson = False,
) -> None:
    """Stage 2 alone: the lines to keep, from the values of stage 1."""
    from lidarsel.contracts import ValuesFile, read_contract, write_contract
    from lidarsel.workflow.run import stored_game
    from lidarsel.workflow.runfolder import STORE
    from lidarsel.workflow.selecting import lines_file, lines_path, provenance_of, require_same, select_lines

    budgets = options.parse_budgets(budget)
    with stdout_for_json(as_json):
        content = read_contract(values, ValuesFile)
        effective = settings_from(
            settings,
            seed=content.seed,
            metric=content.metric,
            sets=sets,
            keep=options.parse_numbers("--keep", keep),
            drop=options.parse_numbers("--drop", drop),
            min_gap=min_gap,
        )
        chosen = method or ("sas" if data is None else "interval")
        if data is None:
            found = select_lines(content, [chosen], budgets, effective, None)[chosen]
        else:
            inputs = open_data(data, effective, engine=engine_from(engine, address, workers))
            require_same(content, inputs, values)
            frames = inputs.frames_named(content.frames, values)
            with stored_game(inputs, frames, store or out.with_name(STORE)) as game:
                found = select_lines(content, [chosen], budgets, effective, game.mean_errors)[chosen]
        made = provenance_of(content, command_line())
        files = [lines_file(content, made, chosen, found[budget].lines) for budget in budgets]
        for position, file in enumerate(files):
            write_contract(lines_path(out, position, file.budget), file)
    if as_json:
        show_json(files[0] if len(files) == 1 else files)
        return
    for position, file in enumerate(files):
        show(f"{file.budget} of {file.n_lines} lines by {chosen}: {', '.join(map(str, file.lines))}")
        for note in found[file.budget].notes:
            show(f"note: {note}")
        show(f"lines: {lines_path(out, position, file.budget)}")


def evaluate(
    data: options.Data,
    lines: Annotated[list[Path], typer.Option(help="lines.yaml to judge; may be given several times.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="File to write.")] = Path("report.json"),
    part: options.PartOption = "all",
    metric: options.Metric = None,
    seed: options.Seed = None,
    network: options.Network = None,
    weights: options.Weights = None,
    ground_truth: options.GroundTruth = None,
    raw: options.Raw = None,
    sensor: options.Sensor = None,
    skip_bad: options.SkipBad = None,
    max_frames: options.MaxFrames = None,
    device: options.Device = None,
    store: options.Store = None,
    engine: options.Engine = "process",
    address: options.Address = None,
    workers: options.Workers = None,
    settings: options.Settings = None,
    as_json: options.AsJson = False,
) -> None:
    """Stage 3 alone: the accuracy of chosen lines beside all lines and no line."""
    from lidarsel.contracts import LinesFile, read_contract, write_contract
    from lidarsel.workflow.judging import judge_files
    from lidarsel.workflow.run import stored_game
    from lidarsel.workflow.runfolder import STORE

    wanted = options.parse_part(part)
    with stdout_for_json(as_json):
        effective = settings_from(
            settings,
            metric=metric,
            seed=seed,
            network=network,
            weights=weights,
            ground_truth=ground_truth,
            raw=raw,
            sensor=sensor,
            skip_bad=skip_bad,
            max_frames=max_frames,
            device=device,
        )
        files = {path: read_contract(path, LinesFile) for path in lines}
        inputs = open_data(data, effective, engine=engine_from(engine, address, workers))
        with stored_game(inputs, inputs.part(wanted), store or out.with_name(STORE)) as game:
            report = judge_files(inputs, game, files)
        write_contract(out, report)
    show_report(report, as_json, [f"report: {out}"])
