"""The options that several commands share, each defined once."""

from pathlib import Path
from typing import Annotated

import typer

from lidarsel.commands import suggestions
from lidarsel.datasets.split import PARTS, Part
from lidarsel.errors import UsageError

Data = Annotated[
    Path,
    typer.Argument(
        help="Data set (see `lidarsel datasets`), or 'demo' for the embedded simulation.", show_default=False
    ),
]
Budget = Annotated[
    str,
    typer.Option("--budget", "-k", help="How many lines to keep; several as 32,16,8.", show_default=False),
]
Method = Annotated[
    str | None,
    typer.Option("--method", "-m", help="Selector whose lines are written.", autocompletion=suggestions.methods),
]
Sets = Annotated[
    int | None, typer.Option(help="How many sets of lines the method interval may evaluate, on every frame.")
]
Keep = Annotated[str | None, typer.Option(help="Lines that must be kept, as 0,5 or 10-12.")]
Drop = Annotated[str | None, typer.Option(help="Lines that must not be kept, as 63 or 48-63.")]
MinGap = Annotated[int | None, typer.Option(help="Kept lines differ by at least so much in number; 1 = no limit.")]
Metric = Annotated[
    str | None,
    typer.Option(help="Error that decides: rmse, mae, irmse or imae.", autocompletion=suggestions.metrics),
]
Estimator = Annotated[
    str | None,
    typer.Option(help="Of Shapley values: regression, permutation or exact.", autocompletion=suggestions.estimators),
]
Evaluations = Annotated[
    int | None,
    typer.Option(
        "--evaluations",
        "--max-evaluations",
        help="Most evaluations to value lines with, of a coalition on a frame: more is more precise.",
    ),
]
TargetSe = Annotated[
    float | None,
    typer.Option("--target-se", help="Stop when no line's standard error is greater (mm, or 1/km for inverse depth)."),
]
UntilStable = Annotated[
    int | None,
    typer.Option("--until-stable", help="Stop when the so many best lines are told from the others (95 %)."),
]
Seed = Annotated[int | None, typer.Option(help="Seed of everything random.")]
Network = Annotated[
    str | None,
    typer.Option(
        help="Completion network: lidarsel, classical or nearest; or your own: package.module:factory, a .pt2 or an"
        " .onnx file (docs/own_network.md).",
        autocompletion=suggestions.networks,
    ),
]
Weights = Annotated[
    str | None,
    typer.Option(
        help="Weights instead of the shipped ones (.safetensors), or of your own network (also .pth, .pt, .pth.tar)."
    ),
]
GroundTruth = Annotated[
    str | None,
    typer.Option(
        help="Where ground truth comes from: auto, official, dense, accumulated or scan.",
        autocompletion=suggestions.ground_truths,
    ),
]
Raw = Annotated[str | None, typer.Option(help="KITTI raw folder that belongs to a depth completion folder.")]
Sensor = Annotated[
    str | None, typer.Option(help="sensor.yaml of lidarsel calibrate, for scans in no order and without rings.")
]
SkipBad = Annotated[bool | None, typer.Option("--skip-bad", help="Leave damaged frames out instead of stopping.")]
MaxFrames = Annotated[int | None, typer.Option(help="Use at most so many frames, evenly spaced.")]
SameFrames = Annotated[
    bool | None,
    typer.Option("--same-frames", help="Judge on the frames the lines are chosen on instead of held-out ones."),
]
PerFrame = Annotated[
    bool | None,
    typer.Option("--per-frame", help="Also choose lines anew for every frame: what a programmable lidar would gain."),
]
PartOption = Annotated[
    str,
    typer.Option(
        help="Which frames: all, valuing (lines are chosen on them) or held-out (they are judged on them).",
        autocompletion=lambda incomplete: [part for part in PARTS if part.startswith(incomplete)],
    ),
]
Device = Annotated[str | None, typer.Option(help="auto, cpu, cuda or cuda:N.")]
Store = Annotated[
    Path | None, typer.Option(help="SQLite file of evaluations, reused by all commands; default: beside the output.")
]
Engine = Annotated[
    str, typer.Option(help="Where evaluations run: process (this one) or ray (workers of a Ray cluster).")
]
Address = Annotated[
    str | None,
    typer.Option(help="Of the Ray cluster: auto or HOST:PORT; default: one on this machine."),
]
Workers = Annotated[
    int | None, typer.Option(help="Workers of --engine ray; default: one for every GPU, or for every CPU core.")
]
Settings = Annotated[
    Path | None, typer.Option(help="Settings file (settings.yaml of a run); options given here override it.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else.")]


def parse_budgets(text: str, option: str = "--budget") -> tuple[int, ...]:
    """ "32,16,8" -> (32, 16, 8). Raises UsageError for anything but whole numbers of at least 1."""
    try:
        budgets = tuple(int(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"{option} {text!r} is no list of whole numbers; give e.g. 32 or 32,16,8") from None
    for budget in budgets:
        if budget < 1:
            raise UsageError(f"{option} {budget} keeps no line; give at least 1")
    return tuple(dict.fromkeys(budgets))


def parse_methods(text: str | None, chosen: str | None) -> tuple[str, ...] | None:
    """ "a,b" -> ("a", "b"), the chosen method added; None where neither says anything new.

    "all" stands for every method but exhaustive, which few sensors have so few lines for; "all,exhaustive" adds it.
    """
    from lidarsel.selection.registry import NAMES
    from lidarsel.settings import METHODS

    if text is None and (chosen is None or chosen in METHODS):
        return None
    named = METHODS if text is None else tuple(part.strip() for part in text.split(","))
    every = tuple(name for name in NAMES if name != "exhaustive")
    spelt = (name for part in named for name in (every if part == "all" else (part,)))
    return tuple(dict.fromkeys([*spelt, *([chosen] if chosen else [])]))


def parse_words(text: str | None) -> tuple[str, ...] | None:
    """ "rmse,mae" -> ("rmse", "mae"); None stays None."""
    return None if text is None else tuple(dict.fromkeys(part.strip() for part in text.split(",")))


def parse_numbers(option: str, text: str | None) -> tuple[int, ...] | None:
    """ "0,5,10-12" -> (0, 5, 10, 11, 12); None stays None. Raises UsageError naming the option."""
    if text is None:
        return None
    lines: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()) or (dash and int(last) < int(first)):
            raise UsageError(f"{option} {text!r} is no list of numbers; give e.g. 0,5 or 10-12")
        lines += range(int(first), int(last or first) + 1)
    return tuple(dict.fromkeys(lines))


def parse_part(text: str) -> Part:
    """A part of the frames. Raises UsageError."""
    for part in PARTS:
        if text == part:
            return part
    raise UsageError(f"--part {text!r} is none of {', '.join(PARTS)}")


def parse_size(option: str, text: str) -> tuple[int, int]:
    """ "352x1216" -> (352, 1216), height and width. Raises UsageError naming the option."""
    height, cross, width = text.partition("x")
    if not (cross and height.isdecimal() and width.isdecimal()):
        raise UsageError(f"{option} {text!r} is no height x width in pixels; give e.g. 352x1216")
    return int(height), int(width)
