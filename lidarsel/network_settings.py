"""Which network completes depth, and how one of the user's own is brought in: the part of a run's settings on that."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec

from lidarsel.choices import EmptyCoalition
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
    network_inputs: Annotated[
        str | None,
        Option(
            "What the arguments of your own network are: rgb=image,d=sparse_depth_m, x=image+sparse_depth_m for one of"
            " 4 channels, sample.rgb=image for a dictionary; of image, sparse_depth_m, mask, intrinsics.",
            NETWORK,
        ),
    ] = None
    network_output: Annotated[
        str | None,
        Option(
            "Which of what your own network returns is the depth, as pred, 0 or scales.-1; else the one tensor of the"
            " frame's size.",
            NETWORK,
        ),
    ] = None
    network_min_depth_m: Annotated[
        float | None,
        Option("Raise depths of your own network below so many metres to it; else any <= 0 is refused.", NETWORK),
    ] = None
    empty_coalition: Annotated[
        EmptyCoalition,
        Option(
            "Who answers without any line: the network, or a constant: the mean of all that lines measured in a frame.",
            NETWORK,
        ),
    ] = "network"

    def adaptation(self) -> "Adaptation":
        """How a network of the user's own is brought in. Raises UsageError for inputs that there are not."""
        from lidarsel.completion.foreign.adaptation import Adaptation, parse_inputs

        inputs = () if self.network_inputs is None else parse_inputs(self.network_inputs)
        return Adaptation(self.weights_key, inputs, self.network_output, self.network_min_depth_m)

    def load_network(self, device: str) -> "CompletionNetwork":
        """The completion network, on a torch device. Raises UsageError, BadInputError."""
        from lidarsel.completion.registry import load_network

        weights = None if self.weights is None else Path(self.weights)
        return load_network(self.network, weights, device, self.adaptation())
