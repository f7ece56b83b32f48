"""Weights in and out as safetensors, which holds numbers and text and can run nothing."""

import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import msgspec
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from lidarsel.completion.identity import sha256_of
from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.errors import BadInputError
from lidarsel.writing import write_bytes

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


def write_safetensors(tensors: dict[str, Tensor], path: Path, metadata: dict[str, str]) -> None:
    """Whole or not at all, equal content giving equal bytes. Raises OutputError for a place that cannot be written."""
    content = save(tensors, metadata or None)  # an empty one makes a damaged header
    # The library writes metadata in random order. A file is the header's length (8 bytes), the header, the numbers.
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end])
    if metadata:
        header["__metadata__"] = dict(sorted(metadata.items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the numbers begin at a multiple of 8
    write_bytes(path, len(text).to_bytes(8, "little") + text + content[end:])


def read_safetensors(path: Path, remedy: str = REMEDY) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors by name, and the file's metadata. Raises BadInputError for a file that is missing or damaged."""
    if not path.is_file():
        raise BadInputError(path, "there is no such weights file", remedy)
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            return {name: file.get_tensor(name) for name in file.keys()}, metadata  # noqa: SIM118 (no mapping)
    except (SafetensorError, OSError, ValueError) as error:
        raise BadInputError(path, f"is no readable safetensors file ({error})", remedy) from error


def load_weights(path: Path) -> LidarselNet:
    """The network a file describes. Raises BadInputError where it is another design's, or misses or bends a weight."""
    tensors, metadata = read_safetensors(path)
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
    expected = network.state_dict()
    for name in sorted(expected.keys() | tensors.keys()):
        if name not in tensors or name not in expected:
            raise BadInputError(path, f"{'misses' if name in expected else 'has an unknown'} weight {name}", REMEDY)
        if tensors[name].shape != expected[name].shape or tensors[name].dtype != expected[name].dtype:
            shape, wanted = tuple(tensors[name].shape), tuple(expected[name].shape)
            raise BadInputError(path, f"weight {name} is {shape}, not {wanted}", REMEDY)
        if not bool(tensors[name].isfinite().all()):
            raise BadInputError(path, f"weight {name} holds NaN or infinity", REMEDY)
    network.load_state_dict(tensors)
    return network
