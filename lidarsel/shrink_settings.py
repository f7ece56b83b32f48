"""The settings of making a network smaller: those of a run, how small, and by what."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from lidarsel.amounts import n_bytes, operations, share
from lidarsel.choices import NormGroups, RankingName
from lidarsel.criterion import criterion
from lidarsel.options import SHRINKING, Option
from lidarsel.parts import AnyPart
from lidarsel.settings import RunSettings, make_settings, read_settings

_HALF = "50%"
_TARGETS = ("macs", "size", "ms", "max_rmse_ratio")


class ShrinkSettings(RunSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Each option says what its field is. Of ``macs``, ``size``, ``ms`` and ``max_rmse_ratio`` at most one is given;
    without any, half of the MACs stay."""

    macs: Annotated[
        str | None,
        Option(
            "MACs of an image to come down to, as 50% of the whole network's, or 2.4G.",
            SHRINKING,
            default=_HALF,
        ),
    ] = None
    size: Annotated[str | None, Option("Weights to come down to, as 2MB (float32).", SHRINKING)] = None
    ms: Annotated[
        float | None,
        Option("Milliseconds of an image to come down to, as measured here.", SHRINKING),
    ] = None
    max_rmse_ratio: Annotated[
        float | None,
        Option("As small as keeps the error, before retraining, within this ratio of the whole network's.", SHRINKING),
    ] = None
    sets_per_image: Annotated[
        int,
        Option(
            "Sets of lines that an image is completed with, in what its MACs and milliseconds are: 1 in a car, hundreds"
            " in lidarsel's own runs.",
            SHRINKING,
        ),
    ] = 1
    by: Annotated[
        RankingName,
        Option(
            "What ranks channels: shapley, dirichlet, taylor, l1, l2, radius (of the last layers' radial posteriors) or"
            " random.",
            SHRINKING,
        ),
    ] = "shapley"
    joint: Annotated[
        bool,
        Option(
            "Shapley values of the channels of all layers together, or of each layer with the others whole.",
            SHRINKING,
            ("--joint/--layerwise",),
            default="joint",
        ),
    ] = True
    norm_groups: Annotated[
        NormGroups,
        Option(
            "Channels that are normalised together go together (whole), or one by one, what stays being the group"
            " (remade).",
            SHRINKING,
        ),
    ] = "whole"
    step_channels: Annotated[
        int,
        Option(
            "Widths come in multiples of it, as far as channels allow: processors compute sixteen at a time.",
            SHRINKING,
            ("--round",),
        ),
    ] = 16
    retrain: Annotated[int, Option("Steps of retraining the cut network; 0 = none.", SHRINKING)] = 400
    retrain_on: Annotated[
        str | None,
        Option(
            "Other data to retrain on, a folder or 'simulated'.",
            SHRINKING,
            default="the frames that channels are ranked on",
        ),
    ] = None
    distil: Annotated[
        bool, Option("Retraining also keeps to the depths of the uncut network.", SHRINKING, ("--distil/--no-distil",))
    ] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        given = [name for name in _TARGETS if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} are given; give one of them")
        if self.macs is not None and share(self.macs) is None and operations(self.macs) is None:
            raise ValueError(f"macs: {self.macs!r} is neither a share, as 50%, nor a number, as 2.4G")
        if self.size is not None and n_bytes(self.size) is None:
            raise ValueError(f"size: {self.size!r} is no size, as 2MB or 800kB")
        if self.ms is not None and not 0 < self.ms < math.inf:
            raise ValueError(f"ms is {self.ms:g}, but must be a number above 0")
        if self.max_rmse_ratio is not None and not 1 <= self.max_rmse_ratio < math.inf:
            raise ValueError(f"max_rmse_ratio is {self.max_rmse_ratio:g}, but must be a number from 1 up")
        if self.sets_per_image < 1:
            raise ValueError(f"sets_per_image is {self.sets_per_image}, but must be at least 1")
        if self.step_channels < 1:
            raise ValueError(f"round (step_channels) is {self.step_channels}, but must be at least 1")
        if self.retrain < 0:
            raise ValueError(f"retrain is {self.retrain}, but must not be below 0")

    @classmethod
    def from_options(cls, path: Path | None, given: Mapping[str, object]) -> "ShrinkSettings":
        """As of a run; a target that is given takes the place of the file's, whichever that is."""
        base = cls() if path is None else read_settings(path, cls)
        if any(given.get(name) is not None for name in _TARGETS):
            base = msgspec.structs.replace(base, **dict.fromkeys(_TARGETS))
        return make_settings(base, **cls._completed(given))

    def parts(self) -> tuple[AnyPart, ...]:
        """Those that what decides looks at: errors by distance and class are not told of networks."""
        return criterion(self.metric).parts

    @property
    def target(self) -> str:
        """What was asked for, as it would be typed."""
        given = {name: getattr(self, name) for name in _TARGETS}
        name, value = next(((name, value) for name, value in given.items() if value is not None), ("macs", _HALF))
        return f"--{name.replace('_', '-')} {value}"

    def most_macs(self, whole: float) -> float | None:
        """How many MACs may be left of ``whole``; None where something else is the target."""
        if (self.size, self.ms, self.max_rmse_ratio) != (None, None, None):
            return None
        wanted = self.macs or _HALF
        part = share(wanted)
        return operations(wanted) if part is None else whole * part

    def most_bytes(self) -> float | None:
        """How large the weights may be; None where something else is the target."""
        return None if self.size is None else n_bytes(self.size)
