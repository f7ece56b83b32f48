"""The size of lidarsel's network. Without torch: training's settings name it, and are asked for their options."""

from dataclasses import asdict, dataclass

MEAN_LOG_DEPTH = 2.7  # about 15 m; centres log depth for the convolutions
LOG_DEPTH_RANGE = (-1.0, 5.3)  # 0.4 m to 200 m


@dataclass(frozen=True)
class Design:
    """Hyper-parameters of the network, kept in its weights file.

    image_channels: at 1/2, 1/4, 1/8, 1/16 and 1/32. depth_channels: at 1/4, 1/8, 1/16.
    residual_limit: the most the depth branch may move log depth away from its hypotheses.
    """

    image_channels: tuple[int, int, int, int, int] = (24, 40, 64, 96, 112)
    depth_channels: tuple[int, int, int] = (32, 48, 64)
    residual_limit: float = 1.0

    def to_dict(self) -> dict[str, object]:
        return asdict(self)
