"""The stages of the main job, each alone: they compose through their files to the same answer."""

from pathlib import Path
from typing import Annotated

import typer

from lidarsel import options
from lidarsel.commands.console import show, show_json, show_report, stdout_for_json
from lidarsel.commands.opening import command_line, open_data, settings_from


def shapley(
    data: options.Data,
    out: Annotated[Path, typer.Option("-o", "--out", help="File to write, with an .npz beside it.")] = Path(
        "values.json"
    ),
    part: options.PartOption = "all",
    metric: options.Metric = None,
    estimator: options.Estimator = None,
    evaluations: options.Evaluations = None,
    seed: options.Seed = None,
    network: options.Network = None,
    weights: options.Weights = None,
    ground_truth: options.GroundTruth = None,
    raw: options.Raw = None,
    skip_bad: options.SkipBad = None,
    max_frames: options.MaxFrames = None,
    device: options.Device = None,
    store: options.Store = None,
    settings: options.Settings = None,
    as_json: options.AsJson = False,
) -> None:
    """Stage 1 alone: the Shapley value of every line, with its standard error."""
    from lidarsel.workflow.run import stored_game
    from lidarsel.workflow.runfolder import STORE
    from lidarsel.workflow.valuing import value_lines

    wanted = options.parse_part(part)
    with stdout_for_json(as_json):
        effective = settings_from(
            settings,
            metric=metric,
            estimator=estimator,
            evaluations=evaluations,
            seed=seed,
            network=network,
            weights=weights,
            ground_truth=ground_truth,
            raw=raw,
            skip_bad=skip_bad,
            max_frames=max_frames,
            device=device,
        )
        inputs = open_data(data, effective)
        with stored_game(inputs, inputs.part(wanted), store or out.with_name(STORE)) as game:
            values = value_lines(inputs, game)
        file = values.write(out)
    if as_json:
        show_json(file)
    else:
        from lidarsel.report.table import values_table

        show(values_table(file))
        show(f"values: {out}")


def select(
    values: Annotated[Path, typer.Argument(help="values.json of lidarsel shapley.", show_default=False)],
    budget: options.Budget,
    out: Annotated[Path, typer.Option("-o", "--out", help="File to write.")] = Path("lines.yaml"),
    method: options.Method = None,
    data: Annotated[
        Path | None, typer.Option(help="The data, for methods that evaluate what they propose (spaced, random).")
    ] = None,
    store: options.Store = None,
    settings: options.Settings = None,
    as_json: options.AsJson = False,
) -> None:
    """Stage 2 alone: the lines to keep, from the values of stage 1."""
    from lidarsel.contracts import ValuesFile, read_contract, write_contract
    from lidarsel.workflow.run import stored_game
    from lidarsel.workflow.runfolder import STORE
    from lidarsel.workflow.selecting import lines_file, provenance_of, require_same, select_lines

    wanted = options.parse_budget(budget)
    with stdout_for_json(as_json):
        content = read_contract(values, ValuesFile)
        effective = settings_from(settings, seed=content.seed, metric=content.metric)
        chosen = method or effective.choose
        if data is None:
            lines = select_lines(content, chosen, wanted, None)
        else:
            inputs = open_data(data, effective)
            require_same(content, inputs, values)
            with stored_game(
                inputs, inputs.frames_named(content.frames, values), store or out.with_name(STORE)
            ) as game:
                lines = select_lines(content, chosen, wanted, game.mean_errors)
        file = lines_file(content, provenance_of(content, command_line()), chosen, lines)
        write_contract(out, file)
    if as_json:
        show_json(file)
    else:
        show(f"{wanted} of {file.n_lines} lines by {chosen}: {', '.join(map(str, file.lines))}")
        show(f"lines: {out}")


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
    skip_bad: options.SkipBad = None,
    max_frames: options.MaxFrames = None,
    device: options.Device = None,
    store: options.Store = None,
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
            skip_bad=skip_bad,
            max_frames=max_frames,
            device=device,
        )
        files = {path: read_contract(path, LinesFile) for path in lines}
        inputs = open_data(data, effective)
        with stored_game(inputs, inputs.part(wanted), store or out.with_name(STORE)) as game:
            report = judge_files(inputs, game, files)
        write_contract(out, report)
    show_report(report, as_json, [f"report: {out}"])
