"""The network's weights in and out of files, with the design they belong to."""

import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import msgspec
from torch import Tensor

from lidarsel.completion.identity import sha256_of
from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.completion.tensor_files import read_safetensors, require_fit, write_safetensors
from lidarsel.errors import BadInputError

DESIGN_NAME = "lidarsel-net-2"
REMEDY = "give weights made by `lidarsel train`, or leave the option out for the shipped ones"


def weights_sha256(design: Design, weights: Mapping[str, Tensor]) -> str:
    """Hex digest of the design and of every weight's name, type, shape and bytes: the network's identity."""
    return sha256_of([DESIGN_NAME, design.to_dict()], weights)


def save_network(network: LidarselNet, path: Path, recipe: Mapping[str, str]) -> None:
    """Write weights, design and ``recipe`` (how they were made: command, data, ...), whole or not at all.

    Raises OutputError where the place cannot be written to.
    """
    metadata = {
        **recipe,
        "design_name": DESIGN_NAME,
        "design": json.dumps(network.design.to_dict(), sort_keys=True),
    }
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    write_safetensors(tensors, path, metadata)


def load_weights(path: Path) -> LidarselNet:
    """The network a file describes. Raises BadInputError where it is another design's, or misses or bends a weight."""
    tensors, metadata = read_safetensors(path, REMEDY)
    if metadata.get("design_name") != DESIGN_NAME:
        found = metadata.get("design_name", "no design name")
        raise BadInputError(path, f"holds weights of another network ({found}, not {DESIGN_NAME})", REMEDY)
    try:
        design = msgspec.json.decode(metadata.get("design", ""), type=Design)
        unknown = set(json.loads(metadata["design"])) - {field.name for field in fields(Design)}
        network = LidarselNet(design)
    except (msgspec.MsgspecError, ValueError, RuntimeError) as error:
        raise BadInputError(path, f"its description of the network is no use ({error})", REMEDY) from error
    if unknown:
        raise BadInputError(path, f"its description of the network has unknown keys {sorted(unknown)}", REMEDY)
    require_fit(path, tensors, network.state_dict(), REMEDY, lambda weight: str(tuple(weight.shape)))
    network.load_state_dict(tensors)
    return network
