"""The settings of a run: typed, checked, written beside its results and read back with ``--settings``."""

import re
from pathlib import Path
from typing import Literal, TypeVar, overload

import msgspec
import yaml

from lidarsel.contracts import Metric, SensorFile, read_contract
from lidarsel.datasets.base import ReadOptions
from lidarsel.errors import BadInputError, UsageError
from lidarsel.reading import read_yaml
from lidarsel.selection.room import Constraints
from lidarsel.shapley.stopping import StopRule
from lidarsel.writing import write_bytes

METHODS = ("random", "spaced", "densest", "shapley", "sas-region", "sas-separation", "sas", "interval")
"""Selectors a run puts beside each other unless told otherwise: ``greedy`` and ``exhaustive`` cost much more."""


class RunSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that decides the figures of a run, and nothing else.

    budgets: numbers of lines, largest first. methods: selectors beside each other; ``choose`` is the one whose lines
    are written. sets: how many sets of lines ``interval`` may evaluate, for all budgets together. keep, drop, min_gap:
    constraints on the chosen lines (``lidarsel.selection.room``).
    estimator: of Shapley values; evaluations: the most (frame, coalition) evaluations it may ask for; target_se (in
    the metric's unit), until_stable (lines): what may stop it sooner (``lidarsel.shapley.stopping``).
    crop: height and width of the bottom-centre window. max_frames: at most so many frames, evenly spaced over the
    data. same_frames: judge on the frames the lines were chosen on, instead of on held-out ones. per_frame: also choose
    lines anew for every judged frame, and say what that would gain.
    """

    budgets: tuple[int, ...] = (32,)
    methods: tuple[str, ...] = METHODS
    choose: str = "interval"
    sets: int = 256
    keep: tuple[int, ...] = ()
    drop: tuple[int, ...] = ()
    min_gap: int = 1
    metric: Metric = "rmse"
    estimator: str = "regression"
    evaluations: int = 2400
    target_se: float | None = None
    until_stable: int | None = None
    seed: int = 0
    network: str = "lidarsel"
    weights: str | None = None
    ground_truth: Literal["auto", "official", "dense", "accumulated", "scan"] = "auto"
    raw: str | None = None
    sensor: str | None = None
    skip_bad: bool = False
    crop: tuple[int, int] = (352, 1216)
    max_frames: int = 100
    same_frames: bool = False
    per_frame: bool = False
    device: str = "auto"

    def __post_init__(self) -> None:
        if not self.budgets or min(self.budgets) < 1:
            raise ValueError("budget must be at least 1 line")
        if self.choose not in self.methods:
            raise ValueError(f"choose: {self.choose!r} is not among the methods {', '.join(self.methods)}")
        for name in ("evaluations", "max_frames", "sets", "min_gap"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, but must be at least 1")
        self.stop_rule()
        if self.seed < 0:
            raise ValueError("seed must not be negative")
        if min(self.crop) < 16:
            raise ValueError("crop must be at least 16x16")
        if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", self.device):
            raise ValueError(f"device: {self.device!r} is none of auto, cpu, cuda, cuda:N")

    def stop_rule(self) -> StopRule:
        """What may stop the estimator before its evaluations are used up."""
        return StopRule(self.target_se, self.until_stable)

    def constraints(self) -> Constraints:
        """What the choice of lines must observe."""
        return Constraints(self.keep, self.drop, self.min_gap)

    def read_options(self) -> ReadOptions:
        """What of these settings the readers need. Raises BadInputError for a sensor file that cannot be used."""
        return ReadOptions(
            ground_truth=self.ground_truth,
            raw=None if self.raw is None else Path(self.raw),
            skip_bad=self.skip_bad,
            sensor=None if self.sensor is None else read_contract(Path(self.sensor), SensorFile).cones(),
        )


class SweepSettings(RunSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of a sweep: a run for each metric and seed, on the same frames. ``metric`` and ``seed`` are the first of them."""

    budgets: tuple[int, ...] = (32, 16, 8, 4)
    metrics: tuple[Metric, ...] = ()
    seeds: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for one, several in (("metric", "metrics"), ("seed", "seeds")):
            found = tuple(dict.fromkeys(getattr(self, several))) or (getattr(self, one),)
            msgspec.structs.force_setattr(self, several, found)
            msgspec.structs.force_setattr(self, one, found[0])
        if min(self.seeds) < 0:
            raise ValueError("seed must not be negative")
        super().__post_init__()

    def runs(self) -> list[RunSettings]:
        """The settings of each run, first metric and seed first; only that one chooses for every frame, if any does."""
        shared = {key: getattr(self, key) for key in RunSettings.__struct_fields__}
        pairs = [(metric, seed) for metric in self.metrics for seed in self.seeds]
        return [
            RunSettings(**{**shared, "metric": metric, "seed": seed, "per_frame": self.per_frame and not number})
            for number, (metric, seed) in enumerate(pairs)
        ]


SettingsT = TypeVar("SettingsT", bound=RunSettings)


@overload
def make_settings(base: None = None, **given: object) -> RunSettings: ...
@overload
def make_settings(base: SettingsT, **given: object) -> SettingsT: ...
def make_settings(base: RunSettings | None = None, **given: object) -> RunSettings:
    """Settings from defaults, or ``base``, and what was given (None = not given). Raises UsageError."""
    base = base or RunSettings()
    fields = msgspec.structs.asdict(base)
    fields.update({key: value for key, value in given.items() if value is not None})
    try:
        return msgspec.convert(fields, type(base))
    except msgspec.ValidationError as error:
        raise UsageError(f"{error}; see --help") from None


@overload
def read_settings(path: Path) -> RunSettings: ...
@overload
def read_settings(path: Path, kind: type[SettingsT]) -> SettingsT: ...
def read_settings(path: Path, kind: type[RunSettings] = RunSettings) -> RunSettings:
    """Read settings written by ``write_settings`` or by hand. Raises BadInputError naming the key."""
    remedy = "correct or remove that key"
    content = read_yaml(path, remedy)
    try:
        return msgspec.convert({} if content is None else content, kind)
    except (msgspec.ValidationError, RecursionError) as error:
        raise BadInputError(path, " ".join(str(error).split()), remedy) from None


def write_settings(path: Path, settings: RunSettings) -> None:
    """Write the effective settings as YAML. Raises OutputError."""
    text = yaml.safe_dump(msgspec.to_builtins(settings), sort_keys=False, default_flow_style=None)
    write_bytes(path, text.encode())
