"""The settings of a run: typed, checked, written beside its results and read back with ``--settings``.

Light to import: the command line is told its options by the fields, so what checks them is imported when it checks.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, TypeVar, overload

import msgspec

from lidarsel.checks import what_is_wrong
from lidarsel.choices import DEFAULT_METHOD, DEVICES, ESTIMATORS, LEAST_SETS, METHODS, SELECTORS
from lidarsel.cropping import Crop, parse_crop
from lidarsel.error_settings import ErrorSettings
from lidarsel.errors import BadInputError, UsageError
from lidarsel.options import (
    COMPARISON,
    DATA,
    ERROR,
    ESTIMATION,
    LINES,
    MACHINE,
    Option,
    parse_budgets,
    parse_methods,
    parse_numbers,
    parse_words,
)
from lidarsel.spelling import none_of

if TYPE_CHECKING:
    from lidarsel.selection.room import Constraints
    from lidarsel.shapley.stopping import StopRule

SettingsT = TypeVar("SettingsT", bound="RunSettings")


class RunSettings(ErrorSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that decides the figures of a run, and nothing else. Each option says what its field is; besides:

    budgets: largest first; none = as the sensor has lines for (``lidarsel.workflow.budgets``). choose: one of
    ``methods``. keep, drop, min_gap: ``lidarsel.selection.room``.
    target_se (in the metric's unit), until_stable (lines): what may stop the estimator before its evaluations are used
    up (``lidarsel.shapley.stopping``). pitch_deg, tolerance_deg: of ``sensor_model`` (``lidarsel.sensors.imitation``).
    """

    BUDGET_DIVISORS: ClassVar[tuple[int, ...]] = (2,)
    """What the number of the sensor's lines is divided by where no budget is given."""

    budgets: Annotated[
        tuple[int, ...],
        Option(
            "How many lines to keep; several as 32,16,8.",
            *(LINES, ("--budget", "-k"), parse_budgets),
            default="half of the sensor's lines",
        ),
    ] = ()
    methods: Annotated[
        tuple[str, ...],
        Option(
            "Selectors beside each other, as a,b,c; all = every one but exhaustive (all,exhaustive adds it).",
            COMPARISON,
            parse=parse_methods,
            choices=SELECTORS,
        ),
    ] = METHODS
    choose: Annotated[
        str, Option("Selector whose lines are written.", LINES, ("--method", "-m"), choices=SELECTORS)
    ] = DEFAULT_METHOD
    sets: Annotated[int, Option("Sets of lines that the method interval may try.", LINES)] = 256
    keep: Annotated[
        tuple[int, ...], Option("Lines that must be kept, as 0,5 or 10-12.", LINES, parse=parse_numbers)
    ] = ()
    drop: Annotated[
        tuple[int, ...], Option("Lines that must not be kept, as 63 or 48-63.", LINES, parse=parse_numbers)
    ] = ()
    min_gap: Annotated[int, Option("Kept lines differ by at least so much in number; 1 = no limit.", LINES)] = 1
    estimator: Annotated[
        str,
        Option(
            "Of Shapley values: regression, permutation or exact.",
            ESTIMATION,
            choices=ESTIMATORS,
        ),
    ] = "regression"
    evaluations: Annotated[
        int,
        Option(
            "Most evaluations to value lines with, of a coalition on a frame: more is more precise.",
            ESTIMATION,
            ("--evaluations", "--max-evaluations"),
        ),
    ] = 2400
    target_se: Annotated[
        float | None,
        Option("Stop when no line's standard error is greater (mm, 1/km for inverse depth, or a ratio).", ESTIMATION),
    ] = None
    until_stable: Annotated[
        int | None, Option("Stop when the so many best lines are told from the others (95 %).", ESTIMATION)
    ] = None
    seed: Annotated[int, Option("Seed of everything random.", ERROR)] = 0
    crop: Annotated[
        Crop,
        Option(
            "Bottom-centre window of the images, as 352x1216; none = whole images; auto = 352x1216 of KITTI's images, "
            "others whole.",
            DATA,
            parse=parse_crop,
        ),
    ] = "auto"
    max_frames: Annotated[int, Option("Use at most so many frames, evenly spaced.", DATA)] = 100
    same_frames: Annotated[
        bool, Option("Judge on the frames the lines are chosen on instead of held-out ones.", COMPARISON)
    ] = False
    per_frame: Annotated[
        bool, Option("Also choose lines anew for every frame: what a programmable lidar would gain.", COMPARISON)
    ] = False
    sensor_model: Annotated[
        tuple[str, ...],
        Option(
            "Products to imitate by the log's lines and to judge, as OS1-32,XT32 (lidarsel sensors) or own.yaml.",
            COMPARISON,
            parse=parse_words,
            offers="lidarsel.sensors.registry:model_names",
        ),
    ] = ()
    pitch_deg: Annotated[
        float,
        Option("Degrees that the products are mounted nose up against the log's lidar.", COMPARISON, ("--pitch",)),
    ] = 0.0
    tolerance_deg: Annotated[
        float,
        Option("Degrees that a line may be off the product's that it stands for.", COMPARISON, ("--tolerance",)),
    ] = 0.3
    device: Annotated[str, Option("auto, cpu, cuda or cuda:N.", MACHINE)] = "auto"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.budgets and min(self.budgets) < 1:
            raise ValueError("budget must be at least 1 line")
        for method in self.methods:
            if method not in SELECTORS:
                raise ValueError(f"methods: {none_of(method, SELECTORS)}")
        if self.estimator not in ESTIMATORS:
            raise ValueError(f"estimator: {none_of(self.estimator, ESTIMATORS)}")
        if self.choose not in self.methods:
            raise ValueError(f"choose: {self.choose!r} is not among the methods {', '.join(self.methods)}")
        for name in ("evaluations", "max_frames", "sets", "min_gap"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, but must be at least 1")
        if "interval" in self.methods and self.sets < LEAST_SETS:
            raise ValueError(f"sets is {self.sets}, but the method interval needs at least {LEAST_SETS}")
        if (self.target_se, self.until_stable) != (None, None):  # a rule loads SciPy, for which no typo need wait
            self.stop_rule()
        if self.at_most and self.per_frame:
            raise ValueError(
                "per_frame: lines chosen on single frames have no means for at_most to bound; leave one of them out"
            )
        if self.seed < 0:
            raise ValueError("seed must not be negative")
        if not isinstance(self.crop, str) and min(self.crop) < 16:
            raise ValueError("crop must be at least 16x16")
        if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", self.device):
            raise ValueError(f"device: {none_of(self.device, DEVICES)}")

    @classmethod
    def from_options(cls: type[SettingsT], path: Path | None, given: Mapping[str, object]) -> SettingsT:
        """The settings file's, else the defaults, overridden by the options given. Raises UsageError, BadInputError."""
        return make_settings(cls() if path is None else read_settings(path, cls), **cls._completed(given))

    @classmethod
    def _completed(cls, given: Mapping[str, object]) -> dict[str, object]:
        """The method that is asked for is among the methods, whichever these are."""
        methods, chosen = given.get("methods"), given.get("choose")
        if chosen is None or (methods is None and chosen in METHODS):
            return dict(given)
        others = methods if isinstance(methods, tuple) else METHODS
        return {**given, "methods": tuple(dict.fromkeys([*others, chosen]))}

    def require_usable(self) -> None:
        """Refuse a network, weights, a device or products that are not there, before hours go into what they are for.

        What opens them refuses them as well; this is for whoever has much to load or to open before that, and loads
        torch for a CUDA device alone. Raises UsageError, BadInputError.
        """
        from lidarsel.completion.device import pick_device
        from lidarsel.completion.registry import require_network
        from lidarsel.sensors.registry import find_products

        require_network(self.network, None if self.weights is None else Path(self.weights), self.adaptation())
        if self.device.startswith("cuda"):
            pick_device(self.device)
        if self.sensor_model:
            find_products(self.sensor_model)

    def stop_rule(self) -> "StopRule":
        """What may stop the estimator before its evaluations are used up. Raises UsageError."""
        from lidarsel.shapley.stopping import StopRule

        return StopRule(self.target_se, self.until_stable)

    def constraints(self) -> "Constraints":
        """What the choice of lines must observe."""
        from lidarsel.selection.room import Constraints

        return Constraints(self.keep, self.drop, self.min_gap)


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
        raise UsageError(f"{what_is_wrong(error, type(base))}; see --help") from None


@overload
def read_settings(path: Path) -> RunSettings: ...
@overload
def read_settings(path: Path, kind: type[SettingsT]) -> SettingsT: ...
def read_settings(path: Path, kind: type[RunSettings] = RunSettings) -> RunSettings:
    """Read settings written by ``write_settings`` or by hand. Raises BadInputError naming the key."""
    from lidarsel.reading import read_yaml

    remedy = "correct or remove that key"
    content = read_yaml(path, remedy)
    try:
        return msgspec.convert({} if content is None else content, kind)
    except (msgspec.ValidationError, RecursionError) as error:
        raise BadInputError(path, what_is_wrong(error, kind), remedy) from None


def write_settings(path: Path, settings: RunSettings) -> None:
    """Write the effective settings as YAML. Raises OutputError."""
    import yaml

    from lidarsel.writing import write_bytes

    text = yaml.safe_dump(msgspec.to_builtins(settings), sort_keys=False, default_flow_style=None)
    write_bytes(path, text.encode())
