"""An option of the command line, declared once: at the field of the settings that it fills.

    evaluations: Annotated[int, Option("Most evaluations to value lines with.", ESTIMATION)] = 2400

``lidarsel.commands.takes`` makes the options of a command of such fields.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from lidarsel.choices import ORACLE, SELECTORS
from lidarsel.errors import UsageError

DATA = "Data"
LINES = "Choice of lines"
COMPARISON = "Comparison"
ESTIMATION = "Shapley values"
ERROR = "Error"
NETWORK = "Network"
TRAINING = "Training"
PRIVACY = "Privacy"
SHRINKING = "Shrinking"
LADDER = "Ladder"
SIMULATION = "Simulation"
MACHINE = "Machine"
OUTPUT = "Output"
GROUPS = (
    *(SHRINKING, LADDER, LINES, COMPARISON, ERROR, ESTIMATION, NETWORK, TRAINING, PRIVACY, SIMULATION, DATA),
    *(MACHINE, OUTPUT),
)
"""In the order that help shows them in."""

_NUMBER = r"\d{1,5}"
"""Of a line, or of pixels. A range to an end of more digits would fill the memory."""


@dataclass(frozen=True)
class Option:
    """What a field of settings is on the command line.

    Args:
        help: what it says of itself.
        group: what commands take it with, and the heading that help shows it under.
        names: as typed; none for the field's own name.
        parse: (name as typed, text) -> the field's value, raising UsageError; None for what Typer and the field's type
            make of it.
        separator: between the entries of a default that is several.
        choices: the only values there are, of a field that is several those of each; a Literal's need not be named.
        offers: ``module:NAME`` of some of the values, for tab completion, looked up only then.
        default: what help says where it is more than the field's own default.
        replaces: a field that is no option where this one is.
        argument: whether it is given by its place instead of by name.
    """

    help: str
    group: str
    names: tuple[str, ...] = ()
    parse: Callable[[str, str], object] | None = None
    separator: str = ","
    choices: tuple[str, ...] = ()
    offers: str = ""
    default: str | None = None
    replaces: str = ""
    argument: bool = False


def whole_numbers(option: str, text: str, example: str) -> tuple[int, ...]:
    """ "60,120" -> (60, 120). Raises UsageError for anything but whole numbers, with what to give instead."""
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"{option} {text!r} is no list of whole numbers; give e.g. {example}") from None


def parse_budgets(option: str, text: str) -> tuple[int, ...]:
    """ "32,16,8" -> (32, 16, 8). Raises UsageError for anything but whole numbers of at least 1."""
    budgets = whole_numbers(option, text, "32 or 32,16,8")
    for budget in budgets:
        if budget < 1:
            raise UsageError(f"{option} {budget} keeps no line; give at least 1")
    return tuple(dict.fromkeys(budgets))


def parse_methods(_option: str, text: str) -> tuple[str, ...]:
    """ "a,b" -> ("a", "b"); "all" stands for every method but the oracle, and "all,exhaustive" adds it."""
    every = tuple(name for name in SELECTORS if name != ORACLE)
    named = (every if part == "all" else (part.strip(),) for part in text.split(","))
    return tuple(dict.fromkeys(name for names in named for name in names))


def parse_words(_option: str, text: str) -> tuple[str, ...]:
    """ "rmse,mae" -> ("rmse", "mae")."""
    return tuple(dict.fromkeys(part.strip() for part in text.split(",")))


def parse_columns(option: str, text: str) -> tuple[str, ...]:
    """ "x,y,z,intensity,ring" -> its parts. Raises UsageError naming the option."""
    columns = tuple(part.strip() for part in text.split(","))
    try:
        require_columns(columns)
    except ValueError as error:
        raise UsageError(f"{option} {text!r}: {error}") from None
    return columns


def require_columns(columns: tuple[str, ...]) -> None:
    """Raises ValueError for columns of a scan without x, y and z, or with one of a meaning twice."""
    lacking = [name for name in ("x", "y", "z") if name not in columns]
    twice = [name for name in ("x", "y", "z", "intensity", "ring") if columns.count(name) > 1]
    if lacking or twice or not all(columns):
        what = f"lacks {', '.join(lacking)}" if lacking else f"has {', '.join(twice) or 'an empty name'} twice"
        raise ValueError(f"scan_columns {what}; give e.g. x,y,z,intensity,ring (other names are passed over)")


def parse_numbers(option: str, text: str) -> tuple[int, ...]:
    """ "0,5,10-12" -> (0, 5, 10, 11, 12). Raises UsageError naming the option."""
    numbers: list[int] = []
    for part in text.split(","):
        ends = re.fullmatch(rf"({_NUMBER})(?:-({_NUMBER}))?", part.strip())
        several = range(int(ends[1]), int(ends[2] or ends[1]) + 1) if ends else range(0)
        if not several:
            raise UsageError(f"{option} {text!r} is no list of numbers; give e.g. 0,5 or 10-12")
        numbers += several
    return tuple(dict.fromkeys(numbers))


def parse_size(option: str, text: str, example: str = "352x1216") -> tuple[int, int]:
    """ "352x1216" -> (352, 1216), height and width. Raises UsageError naming the option and an example."""
    sides = re.fullmatch(rf"({_NUMBER})x({_NUMBER})", text)
    if sides is None:
        raise UsageError(f"{option} {text!r} is no height x width in pixels; give e.g. {example}")
    return int(sides[1]), int(sides[2])
