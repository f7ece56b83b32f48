"""The network's weights in and out of files, with the design they belong to."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Annotated

import msgspec
from torch import Tensor

from lidarsel.choices import MOST_MEMBERS
from lidarsel.completion.identity import sha256_of
from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.completion.tensor_files import read_safetensors, require_fit, write_safetensors
from lidarsel.errors import BadInputError

DESIGN_NAME = "lidarsel-net-2"
_NumberOfMembers = Annotated[int, msgspec.Meta(ge=1, le=MOST_MEMBERS)]
REMEDY = "give weights made by `lidarsel train`, or leave the option out for the shipped ones"


def weights_sha256(design: Design, weights: Mapping[str, Tensor]) -> str:
    """Hex digest of the design and of every weight's name, type, shape and bytes: the network's identity."""
    return sha256_of([DESIGN_NAME, design.to_dict()], weights)


def save_network(network: LidarselNet, path: Path, recipe: Mapping[str, str]) -> None:
    """Write weights, design and ``recipe`` (how they were made: command, data, ...), whole or not at all.

    Raises OutputError where the place cannot be written to.
    """
    _save([network], path, recipe)


def save_ensemble(members: Sequence[LidarselNet], path: Path, recipe: Mapping[str, str]) -> None:
    """Likewise, two networks or more of one design in one file."""
    _save(members, path, {**recipe, "members": str(len(members))})


def _save(members: Sequence[LidarselNet], path: Path, about: Mapping[str, str]) -> None:
    design = json.dumps(members[0].design.to_dict(), sort_keys=True)
    tensors = {
        f"{prefix}{name}": tensor.detach().cpu().contiguous()
        for prefix, member in zip(_prefixes(len(members)), members, strict=True)
        for name, tensor in member.state_dict().items()
    }
    write_safetensors(tensors, path, {**about, "design_name": DESIGN_NAME, "design": design})


def load_weights(path: Path) -> LidarselNet:
    """The one network a file describes. Raises BadInputError as ``load_members``, or where there are several."""
    members = load_members(path)
    if len(members) > 1:
        problem = f"holds an ensemble of {len(members)} networks, and one is wanted here"
        raise BadInputError(path, problem, "give the weights of one network")
    return members[0]


def load_members(path: Path) -> list[LidarselNet]:
    """The networks a file describes: one, or those of an ensemble.

    Raises BadInputError where they are another design's, or the file misses or bends a weight.
    """
    tensors, metadata = read_safetensors(path, REMEDY)
    if metadata.get("design_name") != DESIGN_NAME:
        found = metadata.get("design_name", "no design name")
        raise BadInputError(path, f"holds weights of another network ({found}, not {DESIGN_NAME})", REMEDY)
    try:
        design = msgspec.json.decode(metadata.get("design", ""), type=Design)
        unknown = set(json.loads(metadata["design"])) - {field.name for field in fields(Design)}
        count = msgspec.json.decode(metadata.get("members", "1"), type=_NumberOfMembers)
        networks = [LidarselNet(design) for _ in range(count)]
    except (msgspec.MsgspecError, ValueError, RuntimeError) as error:
        raise BadInputError(path, f"its description of the network is no use ({error})", REMEDY) from error
    if unknown:
        raise BadInputError(path, f"its description of the network has unknown keys {sorted(unknown)}", REMEDY)
    prefixes = _prefixes(count)
    expected = {
        f"{prefix}{name}": weight
        for prefix, network in zip(prefixes, networks, strict=True)
        for name, weight in network.state_dict().items()
    }
    require_fit(path, tensors, expected, REMEDY, lambda weight: str(tuple(weight.shape)))
    for prefix, network in zip(prefixes, networks, strict=True):
        network.load_state_dict({name: tensors[f"{prefix}{name}"] for name in network.state_dict()})
    return networks


def _prefixes(count: int) -> list[str]:
    """Of the weights' names: of one network none, of an ensemble each member's number from 1."""
    return [f"member{number}." for number in range(1, count + 1)] if count > 1 else [""]
