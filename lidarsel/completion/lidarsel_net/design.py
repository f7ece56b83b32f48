"""The size of lidarsel's network. Without torch: training's settings name it, and are asked for their options."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from lidarsel.choices import SpreadKind
from lidarsel.spelling import none_of

MEAN_LOG_DEPTH = 2.7  # about 15 m; centres log depth for the convolutions
LOG_DEPTH_RANGE = (-1.0, 5.3)  # 0.4 m to 200 m
NORM_GROUPS = 8  # of a layer that was not cut
_WEIGHTS = 64  # channels that the upsampling weights are read off
_MOST_EXPERTS = 64  # narrow ones: a table of their weights, no network, is what more of them would be
EXPERTS = "experts"
"""The layer whose channels are the experts of a mixture."""


@dataclass(frozen=True)
class Design:
    """Hyper-parameters of the network, kept in its weights file.

    Args:
        image_channels: at 1/2, 1/4, 1/8, 1/16 and 1/32.
        depth_channels: at 1/4, 1/8, 1/16.
        residual_limit: the most the depth branch may move log depth away from its hypotheses.
        widths: of a network that was cut, layers whose width does not follow from the channels above, by the names of
            ``width_names``: the channels of each group that is normalised together, or of a layer without
            normalisation their one number.
        spread: how it says how far its depths may be off; None where it does not.
        experts: of the depth branch's convolutions at 1/8 resolution, of which each cell is computed by one; 1 is plain
            convolutions.
        granularity: into how many narrower ones each expert is divided, of which a cell is computed by as many.

    Raises:
        ValueError: for a width of an unknown layer, or that is none, or experts that cannot be.
    """

    image_channels: tuple[int, int, int, int, int] = (24, 40, 64, 96, 112)
    depth_channels: tuple[int, int, int] = (32, 48, 64)
    residual_limit: float = 1.0
    widths: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    spread: SpreadKind | None = None
    experts: int = 1
    granularity: int = 1

    def __post_init__(self) -> None:
        _require_experts(self.experts, self.granularity, self.depth_channels[1])
        uncut = self._uncut()
        for name, groups in self.widths.items():
            if name not in uncut:
                raise ValueError(f"layer {none_of(name, uncut)}")
            if not groups or min(groups) < 1 or (not is_normalised(name) and len(groups) > 1):
                raise ValueError(f"layer {name} cannot have the widths {list(groups)}")

    @classmethod
    def of_width(cls, width: float, experts: int = 1, granularity: int = 1) -> "Design":
        """lidarsel's own design with so many times the channels at every level: the nearest multiples of eight, by
        which the encoder's are normalised, and eight at least; and so many experts of that granularity. All at 1 is the
        design itself."""

        def times(channels: int) -> int:
            return NORM_GROUPS * max(1, math.floor(channels * width / NORM_GROUPS + 0.5))

        own = cls()
        c2, c4, c8, c16, c32 = map(times, own.image_channels)
        d4, d8, d16 = map(times, own.depth_channels)
        channels = {"image_channels": (c2, c4, c8, c16, c32), "depth_channels": (d4, d8, d16)}
        return cls(**channels, experts=experts, granularity=granularity)

    def groups(self, name: str) -> tuple[int, ...]:
        """The channels of each normalised group of a layer; of one without normalisation, all of them."""
        if name in self.widths:
            return self.widths[name]
        channels = self._uncut()[name]
        return (channels // NORM_GROUPS,) * NORM_GROUPS if is_normalised(name) else (channels,)

    def width(self, name: str) -> int:
        """The channels of a layer."""
        return sum(self.groups(name))

    def width_names(self) -> tuple[str, ...]:
        """The layers whose widths are free, the image encoder's before the depth branch's."""
        return tuple(self._uncut())

    @property
    def is_mixture(self) -> bool:
        """Whether the depth branch has experts."""
        return self.experts > 1

    @property
    def active_experts(self) -> int:
        """Narrow ones that compute a cell."""
        return min(self.granularity, self.width(EXPERTS))

    @property
    def expert_width(self) -> int:
        """Channels inside of a narrow expert."""
        return self.depth_channels[1] // self.granularity

    def to_dict(self) -> dict[str, object]:
        """As in a weights file; what a network has not, widths, a spread or experts, is not named."""
        content = asdict(self)
        if not self.widths:
            del content["widths"]
        if self.spread is None:
            del content["spread"]
        if not self.is_mixture:
            del content["experts"], content["granularity"]
        return content

    def _uncut(self) -> dict[str, int]:
        """What follows from the channels of each level: the name of a layer holds the level's step."""
        c2, c4, c8, c16, c32 = self.image_channels
        d4, d8, d16 = self.depth_channels
        stages = {4: c4, 8: c8, 16: c16, 32: c32}
        return {
            "stem": c2,
            **{f"stage{level}": channels for level, channels in stages.items()},
            **{f"inner{level}": channels for level, channels in stages.items()},
            **{f"rise{level}": stages[level] for level in (16, 8, 4)},
            "weights": _WEIGHTS,
            **{"enter": d4, "down8": d8, "depth8": d8, "depth16": d16, "fuse8": d8, "fuse4": d4},
            **({EXPERTS: self.experts * self.granularity} if self.is_mixture else {}),
        }


def is_normalised(name: str) -> bool:
    """Whether a layer has normalisation: all of the image encoder's have, none of the depth branch's."""
    return name.startswith(("stem", "stage", "inner", "rise", "weights"))


def _require_experts(experts: int, granularity: int, width: int) -> None:
    """Raises ValueError for experts that cannot be. width: of the layer that they make up."""
    for name, number in (("experts", experts), ("granularity", granularity)):
        if number < 1:
            raise ValueError(f"{name}: {number} is not at least 1")
    if experts == 1 and granularity > 1:
        raise ValueError(f"granularity: {granularity} divides experts, and there is one; give 2 experts at least")
    if experts * granularity > _MOST_EXPERTS:
        raise ValueError(f"experts: {experts} of granularity {granularity} are more than {_MOST_EXPERTS}")
    if width % granularity:
        raise ValueError(f"granularity: {granularity} does not divide the {width} channels at 1/8 of the depth branch")
