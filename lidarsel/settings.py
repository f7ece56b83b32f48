"""The settings of a run: typed, checked, written beside its results and read back with ``--settings``."""

import re
from pathlib import Path
from typing import Literal

import msgspec
import yaml

from lidarsel.contracts import Metric
from lidarsel.datasets.base import ReadOptions
from lidarsel.errors import BadInputError, UsageError
from lidarsel.writing import write_bytes

BASELINES = ("random", "spaced", "densest", "shapley", "sas-region", "sas-separation")


class RunSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that decides the figures of a run, and nothing else.

    budgets: numbers of lines, largest first. methods: selectors beside each other; ``choose`` is the one whose lines
    are written. estimator: of Shapley values; evaluations: the most (frame, coalition) evaluations it may ask for.
    crop: height and width of the
    bottom-centre window. max_frames: at most so many frames, evenly spaced over the data. same_frames: judge on the
    frames the lines were chosen on, instead of on held-out ones.
    """

    budgets: tuple[int, ...] = (32,)
    methods: tuple[str, ...] = BASELINES
    choose: str = "sas-region"
    metric: Metric = "rmse"
    estimator: str = "regression"
    evaluations: int = 2400
    seed: int = 0
    network: str = "lidarsel"
    weights: str | None = None
    ground_truth: Literal["auto", "official", "dense", "accumulated", "scan"] = "auto"
    raw: str | None = None
    skip_bad: bool = False
    crop: tuple[int, int] = (352, 1216)
    max_frames: int = 100
    same_frames: bool = False
    device: str = "auto"

    def __post_init__(self) -> None:
        if not self.budgets or min(self.budgets) < 1:
            raise ValueError("budget must be at least 1 line")
        if self.choose not in self.methods:
            raise ValueError(f"choose: {self.choose!r} is not among the methods {', '.join(self.methods)}")
        for name in ("evaluations", "max_frames"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, but must be at least 1")
        if self.seed < 0:
            raise ValueError("seed must not be negative")
        if min(self.crop) < 16:
            raise ValueError("crop must be at least 16x16")
        if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", self.device):
            raise ValueError(f"device: {self.device!r} is none of auto, cpu, cuda, cuda:N")

    def read_options(self) -> ReadOptions:
        """What of these settings the readers need."""
        return ReadOptions(
            ground_truth=self.ground_truth, raw=None if self.raw is None else Path(self.raw), skip_bad=self.skip_bad
        )


def make_settings(base: RunSettings | None = None, **given: object) -> RunSettings:
    """Settings from defaults, or ``base``, and what was given (None = not given). Raises UsageError."""
    fields = msgspec.structs.asdict(base or RunSettings())
    fields.update({key: value for key, value in given.items() if value is not None})
    try:
        return msgspec.convert(fields, RunSettings)
    except msgspec.ValidationError as error:
        raise UsageError(f"{error}; see --help") from None


def read_settings(path: Path) -> RunSettings:
    """Read settings written by ``write_settings`` or by hand. Raises BadInputError naming the key."""
    try:
        content = yaml.safe_load(path.read_bytes())
        return msgspec.convert({} if content is None else content, RunSettings)
    except OSError as error:
        raise BadInputError(path, (error.strerror or str(error)).lower(), "give a readable settings file") from None
    except (msgspec.ValidationError, yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise BadInputError(path, " ".join(str(error).split()), "correct or remove that key") from None


def write_settings(path: Path, settings: RunSettings) -> None:
    """Write the effective settings as YAML. Raises OutputError."""
    text = yaml.safe_dump(msgspec.to_builtins(settings), sort_keys=False, default_flow_style=None)
    write_bytes(path, text.encode())
