"""Weights of a user's own network from a file, without ever running what a file says."""

import argparse
import pickle
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from lidarsel.completion.foreign.network import first_line
from lidarsel.completion.tensor_files import read_safetensors, require_fit
from lidarsel.errors import BadInputError

ENTRIES = ("state_dict", "model")  # where training scripts put the weights beside their optimiser
REMEDY = "give weights of this network: .safetensors, or torch.save(network.state_dict(), 'weights.pth')"


class _Stub:
    """Stands for a class of somebody's training script; what is unpickled as one is data that nobody looks at."""


HARMLESS: list[Any] = [argparse.Namespace, (_Stub, "metrics.Result")]
"""What public checkpoints hold beside tensors: Ma et al.'s ``main.py`` saves its options and its best result."""


def fit_weights(network: nn.Module, path: Path) -> None:
    """Put a file's weights into a network. Raises BadInputError naming the file, and the weight that does not fit."""
    tensors = _read(path)
    # PyTorch before 0.4.1 saved no num_batches_tracked, and no evaluation uses it
    expected = {
        name: weight
        for name, weight in network.state_dict().items()
        if name in tensors or not name.endswith(".num_batches_tracked")
    }
    require_fit(path, tensors, expected, REMEDY, lambda weight: f"{weight.dtype} {tuple(weight.shape)}")
    network.load_state_dict(tensors, strict=False)


def _read(path: Path) -> dict[str, Tensor]:
    if path.suffix == ".safetensors":
        return read_safetensors(path, REMEDY)[0]
    if not path.name.endswith((".pth", ".pt", ".pth.tar")):
        raise BadInputError(path, "is no .safetensors, .pth, .pt or .pth.tar file", REMEDY)
    if not path.is_file():
        raise BadInputError(path, "there is no such weights file", REMEDY)
    try:
        with torch.serialization.safe_globals(HARMLESS):
            content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        # PyTorch's own message tells the reader to switch the safety off.
        named = re.search(r"GLOBAL (\S+)", str(error))
        what = f"Python objects ({named[1]})" if named else "something else than tensors"
        raise BadInputError(path, f"holds {what}, which are not unpickled: that could run any code", REMEDY) from None
    except Exception as error:  # a damaged file fails in many ways inside of torch.load
        raise BadInputError(path, f"is no readable PyTorch checkpoint ({first_line(error)})", REMEDY) from error
    return _weights_in(content, path)


def _weights_in(content: Any, path: Path) -> dict[str, Tensor]:
    """The state dict of a checkpoint, without the ``module.`` that nn.DataParallel puts before every name."""
    if isinstance(content, Mapping):
        content = next((content[entry] for entry in ENTRIES if isinstance(content.get(entry), Mapping)), content)
    if not isinstance(content, Mapping) or not all(isinstance(tensor, Tensor) for tensor in content.values()):
        raise BadInputError(path, f"has no state dict, neither alone nor as {' or '.join(ENTRIES)}", REMEDY)
    parallel = all(str(name).startswith("module.") for name in content)
    return {str(name).removeprefix("module.") if parallel else str(name): x for name, x in content.items()}
