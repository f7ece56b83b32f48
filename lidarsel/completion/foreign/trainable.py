"""How a user's own PyTorch network is trained on: a ``TrainableNetwork``."""

import copy
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from lidarsel.completion.base import LogDepths
from lidarsel.completion.foreign.adapted import AdaptedModule
from lidarsel.completion.foreign.cuttable import CuttableNetwork, with_module
from lidarsel.completion.identity import sha256_of
from lidarsel.completion.tensor_files import write_safetensors
from lidarsel.errors import UsageError

_LEAST_M = 1e-3  # what a depth is raised to before its logarithm is taken


class TrainableForeignNetwork:
    """A copy of a network to go on from.

    It is trained as it is used: normalisation keeps its statistics, dropout lets all through. So buffers stay as they
    are, and what is judged is what was trained.

    Args:
        network: where to start; left as it is.

    Raises:
        UsageError: the network takes intrinsics, which training's windows do not have.
    """

    def __init__(self, network: CuttableNetwork) -> None:
        if network.uses_intrinsics:
            problem = "takes the camera's intrinsics, which windows of training images do not keep"
            raise UsageError(f"{network.name} {problem}; give --retrain 0")
        self._network = network
        model = network.model
        module = copy.deepcopy(network.module).requires_grad_(True)
        self.module = AdaptedModule(module, model.arguments, model.adaptation).eval()
        self.start = network.sha256

    def log_depths(self, image: Tensor, position: Tensor, sparse_depth_m: Tensor) -> LogDepths:
        """As the protocol says."""
        network, (height, width) = self._network, sparse_depth_m.shape[-2:]
        padding = network.padding(height, width)
        depth_m: Tensor = self.module(**network.padded(sparse_depth_m, image if network.uses_image else None, padding))
        return LogDepths(depth_m[:, :, padding[0] :, :width].clamp(min=_LEAST_M).log())

    def freeze(self, weights: Mapping[str, Tensor], device: str) -> CuttableNetwork:
        """As the protocol says."""
        made = copy.deepcopy(self.module)
        made.load_state_dict(dict(weights), strict=False)  # buffers are those of the start
        module = made.network.to(torch.device(device)).eval().requires_grad_(False)
        model = self._network.model
        sha256 = sha256_of({"trained on from": self.start}, weights)
        model = replace(with_module(model, module), sha256=sha256)
        return CuttableNetwork(model, device, self._network.couplings)

    def save(self, weights: Mapping[str, Tensor], path: Path, metadata: Mapping[str, str]) -> None:
        """As the protocol says."""
        held = {name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()}
        write_safetensors(held, path, dict(metadata))
