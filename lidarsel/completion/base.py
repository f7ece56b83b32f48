"""What the rest of lidarsel knows of a completion network: how it is used, and, of some, how it is trained."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from lidarsel.completion.coupling import Coupling, Kept
from lidarsel.errors import BadInputError


@runtime_checkable
class CompletionNetwork(Protocol):
    """Sparse depth and image in, dense depth out. Frozen: no gradients, no state that changes between calls.

    Attributes:
        name: for tables.
        sha256: hex digest of weights and design.
        uses_image: whether ``encode`` needs the image.
        uses_intrinsics: whether ``encode`` needs the intrinsics.
    """

    name: str
    uses_image: bool
    uses_intrinsics: bool

    @property
    def sha256(self) -> str: ...

    def encode(self, image: Tensor | None, intrinsics: Tensor | None = None) -> Any:
        """What all coalitions of a frame share, computed once from its image.

        Args:
            image: float (1, 3, H, W) RGB in 0..1, on the network's device; None if not used. H and W may be anything:
                padding is the network's matter.
            intrinsics: float (1, 3, 3), in pixels of that image; None if not used.

        Returns:
            Features for ``complete``, of any type.
        """
        ...

    def complete(self, features: Any, sparse_depth_m: Tensor) -> Tensor:
        """The depth of every pixel, for each coalition by itself.

        Args:
            features: what ``encode`` gave for the frame.
            sparse_depth_m: float32 (B, 1, H, W) metres, 0 = no value.

        Returns:
            Float32 (B, 1, H, W) metres, > 0 everywhere; a coalition's, whatever else is in the batch.
        """
        ...


@runtime_checkable
class RoundsByMore(Protocol):
    """Of a completion network whose last bits follow more than PyTorch's version and the processor's instructions.

    Attributes:
        rounds_by: what they follow, as ``onnxruntime 1.20.1, 2 threads``.
    """

    @property
    def rounds_by(self) -> str: ...


@runtime_checkable
class CompletesAtPixels(Protocol):
    """Of a completion network that can answer at some pixels alone, faster than it completes.

    The answers are those of ``complete`` at these pixels, but for float32's rounding. A network that has these methods
    is asked by them wherever only errors are wanted.
    """

    def plan(self, features: Any, measured_pixel: Tensor, asked_pixel: Tensor) -> Any:
        """What all coalitions of a frame share when the same pixels are asked for, computed once.

        Args:
            features: what ``encode`` gave for the frame.
            measured_pixel: int64 (M,), row * W + column, ascending: every pixel that a coalition may measure.
            asked_pixel: int64 (P,), P > 0, likewise: where depth is wanted.

        Returns:
            A plan for ``complete_at``, of any type.
        """
        ...

    def complete_at(self, plan: Any, measured_m: Tensor) -> Tensor:
        """The depth at the pixels asked for, for each coalition by itself.

        Args:
            plan: what ``plan`` gave.
            measured_m: float32 (B, M) metres at the measured pixels, 0 = no value.

        Returns:
            Float32 (B, P) metres, > 0 everywhere; a coalition's, whatever else is in the batch.
        """
        ...


@runtime_checkable
class HasNotes(Protocol):
    """Of a completion network of which a reader of the results must know more than its name.

    Attributes:
        notes: a sentence each.
    """

    @property
    def notes(self) -> Sequence[str]: ...


@runtime_checkable
class TellsMemory(Protocol):
    """Of a completion network that knows what a frame costs it, so that too large a one is refused and not begun."""

    def bytes_for(self, size: tuple[int, int]) -> int:
        """What encoding a frame of (H, W) and completing one pass of coalitions takes at most, roughly."""
        ...


@runtime_checkable
class CutsChannels(Protocol):
    """Of a completion network that can be made smaller.

    Attributes:
        couplings: every layer whose channels may go.
        module: what computes, with the modules that couplings name.
    """

    @property
    def couplings(self) -> Sequence[Coupling]: ...

    @property
    def module(self) -> nn.Module: ...

    def cut(self, kept: Kept) -> "CompletionNetwork":
        """The network of the channels that stay, frozen, on the same device; a ``CutsChannels`` itself.

        A layer of which nothing stays has one channel, which nothing reads: games ask for it, and nobody keeps it.

        Args:
            kept: which channels of which layers stay; other layers stay whole.

        Raises:
            ValueError: ``kept`` does not fit the couplings.
        """
        ...


@runtime_checkable
class WorksInPart(Protocol):
    """Of a module of a network that meets each place of its maps with a part of its weights only, as experts do."""

    def macs_a_place(self) -> Mapping[str, float]:
        """Multiply-accumulate operations for each place of its output, by the names of the modules within it."""
        ...


@runtime_checkable
class TellsEncoder(Protocol):
    """Of a network that ``CutsChannels``: which cuts change what the coalitions of a frame share.

    Attributes:
        encoder_layers: names of the layers that what ``encode`` and ``plan`` give depends on. Networks that are cut
            alike in these may use each other's features and plans.
    """

    @property
    def encoder_layers(self) -> Collection[str]: ...


@runtime_checkable
class TellsRadii(Protocol):
    """Of a network that ``CutsChannels`` and may have posteriors of radii, which vanish where a channel is not needed.

    Attributes:
        channel_radii: float64 (channels,), >= 0, by the names of the layers that have them; none of another network.
    """

    @property
    def channel_radii(self) -> Mapping[str, NDArray[np.float64]]: ...


class NoDepthError(BadInputError):
    """What a network answered to a coalition, or raised, is no depth.

    Attributes:
        row: the coalition's number in what was asked together.
        problem: what it did, a verb first, as ``returned NaN``.
        whatever_lines: whether it would have done so with any lines kept, as where the shape is wrong.
    """

    def __init__(self, network: str, problem: str, remedy: str, row: int, whatever_lines: bool = False) -> None:
        super().__init__(network, problem, remedy)
        self.row = row
        self.whatever_lines = whatever_lines


class LogDepths(NamedTuple):
    """A network's answer to a training batch, differentiable.

    Attributes:
        log_depth: float (F * K, 1, H, W).
        log_prior: float (F, 1, H, W), from the image alone; None where there is none.
        own_loss: a scalar, the mean over coalitions, to be added to that of the depths; None where there is none.
    """

    log_depth: Tensor
    log_prior: Tensor | None = None
    own_loss: Tensor | None = None


class TrainableNetwork(Protocol):
    """A network that says how it is trained: all that ``training/`` knows of it.

    Attributes:
        module: holds what is trained, in its parameters alone: buffers are neither averaged nor kept on resuming.
        start: "scratch", or the SHA-256 of the weights that training goes on from.
    """

    @property
    def module(self) -> nn.Module: ...

    @property
    def start(self) -> str: ...

    def log_depths(self, image: Tensor, position: Tensor, sparse_depth_m: Tensor) -> LogDepths:
        """What ``module`` answers to a training batch, differentiable. F images have K coalitions each, image by image.

        Args:
            image: float (F, 3, H, W) RGB in 0..1.
            position: float (F, 2, H, W), where each pixel lies in the camera's whole image (``completion.position``).
            sparse_depth_m: float (F * K, 1, H, W) metres, 0 = no value.
        """
        ...

    def freeze(self, weights: Mapping[str, Tensor], device: str) -> CompletionNetwork:
        """A copy for use, with the given values of the module's parameters, by name."""
        ...

    def save(self, weights: Mapping[str, Tensor], path: Path, metadata: Mapping[str, str]) -> None:
        """Write the given values of the parameters to a file, with text on how they were made, whole or not at all.

        Equal weights and metadata give equal bytes.

        Raises:
            OutputError: where the place cannot be written to.
        """
        ...
