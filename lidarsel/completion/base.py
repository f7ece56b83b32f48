"""What every completion network is to the game: an image encoder run once a frame, a depth branch per coalition."""

from typing import Any, Protocol, runtime_checkable

from torch import Tensor


@runtime_checkable
class CompletionNetwork(Protocol):
    """Sparse depth and image in, dense depth out. Frozen: no gradients, no state that changes between calls.

    name: for tables. sha256: hex digest of weights and design. uses_image, uses_intrinsics: whether
    ``encode`` needs them.
    """

    name: str
    sha256: str
    uses_image: bool
    uses_intrinsics: bool

    def encode(self, image: Tensor | None, intrinsics: Tensor | None = None) -> Any:
        """Float (1, 3, H, W) RGB in 0..1, on the network's device -> features shared by all coalitions of the frame.

        ``intrinsics`` are float (1, 3, 3), in pixels of that image. Networks that do not use one of the two take None
        for it. H and W may be anything; padding is the network's matter.
        """
        ...

    def complete(self, features: Any, sparse_depth_m: Tensor) -> Tensor:
        """Float32 (B, 1, H, W) metres, 0 = no value -> float32 (B, 1, H, W) metres, > 0 everywhere."""
        ...
