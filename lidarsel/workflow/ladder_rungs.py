"""The places in a ladder: sizes of lidarsel's network, each trained on several numbers of frames."""

from dataclasses import dataclass

from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.shrinking.work import Amount, Work


@dataclass(frozen=True)
class NetworkWidth:
    """A size of the network. macs, parameters: of an image with one set of lines, in the network's two parts."""

    factor: float
    design: Design
    macs: Amount
    parameters: Amount

    @property
    def n_parameters(self) -> int:
        """All that the network holds."""
        return round(self.parameters.total)

    def untrained(self, device: str) -> FrozenLidarselNet:
        """A network of this size, whatever its weights."""
        return FrozenLidarselNet(LidarselNet(self.design), device)


def width_of(factor: float, size: tuple[int, int], device: str) -> NetworkWidth:
    """The network of so many times the channels, and what it takes on images of (H, W)."""
    design = Design.of_width(factor)
    work = Work(FrozenLidarselNet(LidarselNet(design), device), size)
    return NetworkWidth(factor, design, work.macs({}), work.parameters({}))


@dataclass(frozen=True)
class Rung:
    """A place in the ladder: a size, and how many frames it is trained on."""

    width: NetworkWidth
    frames: int

    @property
    def name(self) -> str:
        """Of its folder."""
        return f"width-{self.width.factor:g}-frames-{self.frames}"

    @property
    def steps(self) -> tuple[str, str]:
        """Titles of training and of judging it."""
        told = f"{self.width.factor:g} x {self.frames}"
        return f"training {told}", f"judging {told}"
