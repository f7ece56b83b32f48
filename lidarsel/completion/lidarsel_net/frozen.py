"""lidarsel's trained network as the game uses it: frozen, and the same for a coalition in any batch."""

import math
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property, partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lidarsel.completion.coupling import Coupling, Kept
from lidarsel.completion.lidarsel_net.at_pixels import PixelPlan, complete_at, plan_pixels
from lidarsel.completion.lidarsel_net.checkpoint import weights_sha256
from lidarsel.completion.lidarsel_net.cut import cut_or_silence
from lidarsel.completion.lidarsel_net.design import EXPERTS
from lidarsel.completion.lidarsel_net.image_encoder import ImageFeatures
from lidarsel.completion.lidarsel_net.network import LidarselNet, settled
from lidarsel.completion.lidarsel_net.posterior import channel_radii
from lidarsel.completion.lidarsel_net.whole import WholeNetwork
from lidarsel.completion.lidarsel_net.widths import couplings_of, encoder_layers
from lidarsel.completion.memory import keep_freed_memory, lay_out_channels_last
from lidarsel.completion.passes import in_passes
from lidarsel.completion.threads import one_thread

_PASS_PIXELS = 64 * 352 * 1216
_BYTES_PER_PIXEL = 280
"""Encoding an image and completing one coalition at 2160 x 3840 took 262 (peak of the process, one thread)."""
_BYTES_PER_COALITION_PIXEL = 100
"""Of the further coalitions of a pass: three planes of the image and the depth branch's maps."""
_BYTES_PER_EXPERT_CHANNEL = 3 * 4 / 64
"""Of every coalition: what all experts give inside, rectified and times their gates, at 1/8 resolution."""


class FrozenLidarselNet:
    """A ``CompletionNetwork`` that also ``CompletesAtPixels``, ``CutsChannels``, ``TellsEncoder``, ``TellsSpread`` and
    ``TellsRadii``.

    Coalitions go through the depth branch in passes of one size (``in_passes``). On a CPU that is 1, which is also the
    fastest there (a coalition's maps stay in the cache); on a GPU it is 32, fewer of frames so large that 32 would not
    fit: the size follows from the frame's alone.
    """

    uses_image = True
    uses_intrinsics = False

    def __init__(self, network: LidarselNet, device: str, name: str = "lidarsel") -> None:
        self.name = name
        self.device = torch.device(device)
        self.coalitions_a_pass = 1 if self.device.type == "cpu" else 32
        if self.device.type == "cpu":
            keep_freed_memory()
        self._told_by = network
        network, doubt = settled(network)
        self.network = network.to(self.device).eval().requires_grad_(False)
        self._doubt = None if doubt is None else doubt.to(self.device)
        lay_out_channels_last(self.network)

    @cached_property
    def sha256(self) -> str:
        """As the protocol says; made when it is asked for, which nobody does of the networks that a game cuts."""
        return weights_sha256(self._told_by.design, self._told_by.state_dict())

    @torch.inference_mode()
    def encode(self, image: Tensor | None, intrinsics: Tensor | None = None) -> ImageFeatures:
        """As the protocol says. Raises ValueError where there is no image or it is not float (1, 3, H, W)."""
        if image is None or image.ndim != 4 or image.shape[:2] != (1, 3):
            shape = None if image is None else tuple(image.shape)
            raise ValueError(f"the network needs one RGB image (1, 3, H, W), not {shape}")
        with one_thread():  # once a frame; shared among threads, sums of its smallest maps follow their number
            return self.network.encode(image.to(self.device, torch.float32))

    @torch.inference_mode()
    def complete(self, features: ImageFeatures, sparse_depth_m: Tensor) -> Tensor:
        """As the protocol says. Raises ValueError where the sparse depth is not (B, 1, H, W) of the image's size."""
        sparse_depth_m = self._fitting(features, sparse_depth_m)
        run = partial(self.network, features)
        return in_passes(run, sparse_depth_m, self._pass(features.size), (1, *features.size))

    @torch.inference_mode()
    def plan(self, features: ImageFeatures, measured_pixel: Tensor, asked_pixel: Tensor) -> PixelPlan:
        """As the protocol says."""
        return plan_pixels(features, measured_pixel.to(self.device), asked_pixel.to(self.device))

    @torch.inference_mode()
    def complete_at(self, plan: PixelPlan, measured_m: Tensor) -> Tensor:
        """As the protocol says. Raises ValueError where there are not as many depths as measured pixels."""
        if measured_m.ndim != 2 or measured_m.shape[1] != len(plan.measured):
            raise ValueError(f"measured depths are {tuple(measured_m.shape)}, not (B, {len(plan.measured)})")
        measured_m = measured_m.to(self.device, torch.float32)
        return in_passes(
            partial(complete_at, self.network, plan), measured_m, self._pass(plan.features.size), (plan.asked,)
        )

    @property
    def tells_spread(self) -> bool:
        """As ``TellsSpread`` says."""
        return self.network.design.spread is not None

    @torch.inference_mode()
    def complete_with_spread(self, features: ImageFeatures, sparse_depth_m: Tensor) -> tuple[Tensor, Tensor]:
        """As ``TellsSpread`` says. Raises ValueError as ``complete``."""
        sparse_depth_m = self._fitting(features, sparse_depth_m)

        def run(part: Tensor) -> Tensor:
            return torch.cat(self.network.depth_and_spread(features, part, self._doubt), 1)

        both = in_passes(run, sparse_depth_m, self._pass(features.size), (2, *features.size))
        return both[:, :1], both[:, 1:]

    def in_one_piece(self) -> WholeNetwork:
        """As it answers here, with what its last weights leave open, for an export."""
        return WholeNetwork(self.network, self._doubt)

    def bytes_for(self, size: tuple[int, int]) -> int:
        """As ``TellsMemory`` says."""
        design, further = self.network.design, self._pass(size) - 1
        experts = design.width(EXPERTS) * design.expert_width if design.is_mixture else 0
        of_experts = math.ceil((further + 1) * experts * _BYTES_PER_EXPERT_CHANNEL)
        return size[0] * size[1] * (_BYTES_PER_PIXEL + further * _BYTES_PER_COALITION_PIXEL + of_experts)

    @property
    def couplings(self) -> Sequence[Coupling]:
        """As ``CutsChannels`` says."""
        return couplings_of(self.network.design)

    @property
    def channel_radii(self) -> Mapping[str, NDArray[np.float64]]:
        """As ``TellsRadii`` says."""
        return channel_radii(self._told_by.depth_branch)

    @property
    def module(self) -> LidarselNet:
        """As ``CutsChannels`` says."""
        return self.network

    @property
    def encoder_layers(self) -> Collection[str]:
        """As ``TellsEncoder`` says: plans follow the features alone."""
        return encoder_layers(self.network.design)

    def cut(self, kept: Kept) -> "FrozenLidarselNet":
        """As ``CutsChannels`` says."""
        return FrozenLidarselNet(cut_or_silence(self.network, kept), str(self.device), self.name)

    def _fitting(self, features: ImageFeatures, sparse_depth_m: Tensor) -> Tensor:
        if sparse_depth_m.ndim != 4 or tuple(sparse_depth_m.shape[1:]) != (1, *features.size):
            raise ValueError(f"sparse depth is {tuple(sparse_depth_m.shape)}, not (B, 1, *{features.size})")
        return sparse_depth_m.to(self.device, torch.float32)

    def _pass(self, size: tuple[int, int]) -> int:
        return max(1, min(self.coalitions_a_pass, _PASS_PIXELS // (size[0] * size[1])))
