"""The places in a ladder: sizes of lidarsel's network, also with experts, each trained on several numbers of frames."""

from dataclasses import dataclass
from math import prod

from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.lidarsel_net.mixture import Mixture
from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.report.words import count
from lidarsel.shrinking.work import Amount, Work


@dataclass(frozen=True)
class NetworkSize:
    """A size of the network. width: its channels as a multiple of lidarsel's own. macs, parameters: of an image with
    one set of lines, in the network's two parts; of experts the MACs are those of the active ones, which are
    ``expert_macs`` of them."""

    width: float
    experts: int
    design: Design
    macs: Amount
    parameters: Amount
    expert_macs: float

    @property
    def n_parameters(self) -> int:
        """All that the network holds."""
        return round(self.parameters.total)

    @property
    def name(self) -> str:
        """As it is told: "width 0.5", or "width 0.5, 4 experts"."""
        return f"width {self.width:g}" + (f", {self.told_experts}" if self.experts > 1 else "")

    @property
    def told_experts(self) -> str:
        """ "4 experts", or "4 experts in 2" where each is two narrower ones."""
        grain = self.design.granularity
        return f"{self.experts} experts" + (f" in {grain}" if grain > 1 else "")

    def untrained(self, device: str) -> FrozenLidarselNet:
        """A network of this size, whatever its weights."""
        return FrozenLidarselNet(LidarselNet(self.design), device)


def size_of(width: float, experts: int, granularity: int, image: tuple[int, int], device: str) -> NetworkSize:
    """A network, and what it takes.

    Args:
        width: its channels as a multiple of lidarsel's own.
        experts: 1 is plain convolutions.
        granularity: into how many narrower ones each expert is divided.
        image: (H, W).
        device: where it is built.
    """
    design = Design.of_width(width, experts, granularity if experts > 1 else 1)
    network = LidarselNet(design)
    cells = prod(-(-length // 8) for length in image)
    mixtures = [layer for layer in network.modules() if isinstance(layer, Mixture)]
    expert_macs = cells * sum(sum(layer.macs_a_place().values()) for layer in mixtures)
    work = Work(FrozenLidarselNet(network, device), image)
    return NetworkSize(width, experts, design, work.macs({}), work.parameters({}), expert_macs)


@dataclass(frozen=True)
class Rung:
    """A place in the ladder: a size, and how many frames it is trained on."""

    size: NetworkSize
    frames: int

    @property
    def name(self) -> str:
        """Of its folder."""
        grain = self.size.design.granularity
        experts = f"-experts-{self.size.experts}" if self.size.experts > 1 else ""
        return f"width-{self.size.width:g}{experts}{f'-in-{grain}' if grain > 1 else ''}-frames-{self.frames}"

    @property
    def title(self) -> str:
        """As it is told: "width 0.5, 60 frames"."""
        return f"{self.size.name}, {count(self.frames, 'frame')}"

    @property
    def steps(self) -> tuple[str, str]:
        """Titles of training and of judging it."""
        experts = f" x {self.size.told_experts}" if self.size.experts > 1 else ""
        told = f"{self.size.width:g}{experts} x {self.frames}"
        return f"training {told}", f"judging {told}"
