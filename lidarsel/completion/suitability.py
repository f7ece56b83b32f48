"""Whether a network is known to suit what it is asked: frames like those it learned from, and fewer lines than all."""

from collections.abc import Sequence

from lidarsel.cautions import Caution
from lidarsel.completion.registry import LIDARSEL, require_network

_ON_STREETS = (
    "The network was trained on simulated streets only (docs/network.md has its figures on real frames): another one, "
    "or lidarsel train on your own drives, may want other lines."
)
_UNKNOWN = (
    "Nothing tells whether {network} was trained on fewer lines than all. If it was not, its errors say how it fails "
    "outside what it learned, and not what the lines are worth (docs/own_network.md)."
)


def training_told(network: str, weights: str | None, of_data: Sequence[Caution]) -> list[Caution]:
    """What is to be said of a network's training.

    Args:
        network: as it is given after ``--network``.
        weights: those given, if any.
        of_data: the cautions of the data that it is asked on.
    """
    kind = require_network(network)
    if kind.is_foreign:
        return [Caution("network", _UNKNOWN.format(network=network))]
    on_streets = any(caution.kind == "simulated" for caution in of_data)
    return [Caution("network", _ON_STREETS)] if kind.name == LIDARSEL and weights is None and not on_streets else []
