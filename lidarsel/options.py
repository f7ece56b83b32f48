"""The options that several commands share, each defined once."""

from pathlib import Path
from typing import Annotated

import typer

from lidarsel.errors import UsageError
from lidarsel.split import PARTS, Part

Data = Annotated[
    Path,
    typer.Argument(help="Folder in a KITTI-style layout, or 'demo' for the embedded simulation.", show_default=False),
]
Budget = Annotated[
    str,
    typer.Option("--budget", "-k", help="How many lines to keep; several as 32,16,8.", show_default=False),
]
Method = Annotated[str | None, typer.Option("--method", "-m", help="Selector whose lines are written.")]
Metric = Annotated[str | None, typer.Option(help="Error that decides: rmse, mae, irmse or imae.")]
Estimator = Annotated[str | None, typer.Option(help="Of Shapley values: regression, permutation or exact.")]
Evaluations = Annotated[
    int | None, typer.Option(help="Evaluations to value lines with, of a coalition on a frame: more is more precise.")
]
Seed = Annotated[int | None, typer.Option(help="Seed of everything random.")]
Network = Annotated[str | None, typer.Option(help="Completion network: lidarsel, classical or nearest.")]
Weights = Annotated[str | None, typer.Option(help="Weights (.safetensors) instead of the shipped ones.")]
GroundTruth = Annotated[
    str | None,
    typer.Option(help="Where ground truth comes from: auto, official, dense, accumulated or scan."),
]
Raw = Annotated[str | None, typer.Option(help="KITTI raw folder that belongs to a depth completion folder.")]
SkipBad = Annotated[bool | None, typer.Option("--skip-bad", help="Leave damaged frames out instead of stopping.")]
MaxFrames = Annotated[int | None, typer.Option(help="Use at most so many frames, evenly spaced.")]
SameFrames = Annotated[
    bool | None,
    typer.Option("--same-frames", help="Judge on the frames the lines are chosen on instead of held-out ones."),
]
PartOption = Annotated[
    str,
    typer.Option(help="Which frames: all, valuing (lines are chosen on them) or held-out (they are judged on them)."),
]
Device = Annotated[str | None, typer.Option(help="auto, cpu, cuda or cuda:N.")]
Store = Annotated[
    Path | None, typer.Option(help="SQLite file of evaluations, reused by all commands; default: beside the output.")
]
Settings = Annotated[
    Path | None, typer.Option(help="Settings file (settings.yaml of a run); options given here override it.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else.")]


def parse_budgets(text: str) -> tuple[int, ...]:
    """ "32,16,8" -> (32, 16, 8). Raises UsageError for anything but whole numbers of at least 1."""
    try:
        budgets = tuple(int(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"--budget {text!r} is no list of whole numbers; give e.g. 32 or 32,16,8") from None
    for budget in budgets:
        if budget < 1:
            raise UsageError(f"--budget {budget} keeps no line; give at least 1")
    return tuple(dict.fromkeys(budgets))


def parse_budget(text: str) -> int:
    """One budget. Raises UsageError for several."""
    budgets = parse_budgets(text)
    if len(budgets) > 1:
        raise UsageError(f"--budget {text!r}: this command takes one budget; give e.g. {budgets[0]}")
    return budgets[0]


def parse_methods(text: str | None, chosen: str | None) -> tuple[str, ...] | None:
    """ "a,b" -> ("a", "b"), the chosen method added; None where neither says anything new."""
    from lidarsel.settings import BASELINES

    if text is None and (chosen is None or chosen in BASELINES):
        return None
    named = BASELINES if text is None else tuple(part.strip() for part in text.split(","))
    return tuple(dict.fromkeys([*named, *([chosen] if chosen else [])]))


def parse_part(text: str) -> Part:
    """A part of the frames. Raises UsageError."""
    for part in PARTS:
        if text == part:
            return part
    raise UsageError(f"--part {text!r} is none of {', '.join(PARTS)}")
