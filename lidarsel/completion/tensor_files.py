"""Tensors in and out of files as safetensors, which holds numbers and text and can run nothing."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from lidarsel.errors import BadInputError
from lidarsel.reading import require_regular
from lidarsel.writing import write_bytes


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


def read_safetensors(path: Path, remedy: str = "give another file") -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors by name, and the file's metadata. Raises BadInputError, with the remedy, where missing or damaged."""
    require_regular(path, remedy)
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            return {name: file.get_tensor(name) for name in file.keys()}, metadata  # noqa: SIM118 (no mapping)
    except (SafetensorError, OSError, ValueError) as error:
        raise BadInputError(path, f"is no readable safetensors file ({error})", remedy) from error


def require_fit(
    path: Path, found: Mapping[str, Tensor], expected: Mapping[str, Tensor], remedy: str, kind: Callable[[Tensor], str]
) -> None:
    """Raise BadInputError, naming the first weight, where a file's are not those expected, all finite.

    Args:
        path: the file.
        found: what it holds.
        expected: what the network has, by the same names.
        remedy: what ends the message.
        kind: what the message says of a weight that does not fit, and of the one that would.
    """
    for name in sorted(expected.keys() | found.keys()):
        if name not in found or name not in expected:
            raise BadInputError(path, f"{'misses' if name in expected else 'has an unknown'} weight {name}", remedy)
        weight, wanted = found[name], expected[name]
        if weight.shape != wanted.shape or weight.dtype != wanted.dtype:
            raise BadInputError(path, f"weight {name} is {kind(weight)}, not {kind(wanted)}", remedy)
        if weight.is_meta or weight.layout != torch.strided:
            saved = "without its numbers" if weight.is_meta else f"as {weight.layout}"
            raise BadInputError(path, f"weight {name} is saved {saved}", remedy)
        if not bool(weight.isfinite().all()):
            raise BadInputError(path, f"weight {name} holds NaN or infinity", remedy)
