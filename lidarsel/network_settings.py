"""Which network completes depth, and how one of the user's own is brought in: the part of a run's settings on that."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec

from lidarsel.options import NETWORK, Option

if TYPE_CHECKING:
    from lidarsel.completion.base import CompletionNetwork
    from lidarsel.completion.foreign.adaptation import Adaptation


class NetworkSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Each option says what its field is; docs/own_network.md says more."""

    network: Annotated[
        str,
        Option(
            "Completion network: lidarsel, classical or nearest; or your own: package.module:factory, a .pt2 or an"
            " .onnx file (docs/own_network.md).",
            NETWORK,
            offers="lidarsel.completion.registry:NAMES",
        ),
    ] = "lidarsel"
    weights: Annotated[
        str | None,
        Option(
            "Weights instead of the shipped ones (.safetensors), or of your own network (also .pth, .pt, .ckpt, .bin).",
            NETWORK,
        ),
    ] = None
    weights_key: Annotated[
        str | None,
        Option("Entry of the weights file that holds your own network's, as net or ema.model.", NETWORK),
    ] = None

    def adaptation(self) -> "Adaptation":
        """How a network of the user's own is brought in."""
        from lidarsel.completion.foreign.adaptation import Adaptation

        return Adaptation(weights_key=self.weights_key)

    def load_network(self, device: str) -> "CompletionNetwork":
        """The completion network, on a torch device. Raises UsageError, BadInputError."""
        from lidarsel.completion.registry import load_network

        weights = None if self.weights is None else Path(self.weights)
        return load_network(self.network, weights, device, self.adaptation())
