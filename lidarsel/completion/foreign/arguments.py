"""The arguments of a user's own network, made of what there is to give."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from lidarsel.completion.foreign.adaptation import INPUTS, Argument


def sources_of(arguments: Sequence[Argument]) -> tuple[str, ...]:
    """What of INPUTS they are made of."""
    used = {source for argument in arguments for source in argument.sources}
    return tuple(name for name in INPUTS if name in used)


def arguments_of(arguments: Sequence[Argument], given: Mapping[str, Tensor]) -> dict[str, Any]:
    """The arguments by name, those with a dot as dictionaries.

    given: by source, all of one batch, image, depth and mask (B, C, H, W) of one size.
    """
    made: dict[str, Any] = {}
    for argument in arguments:
        *outer, last = argument.name.split(".")
        place = made
        for name in outer:
            place = place.setdefault(name, {})
        place[last] = _tensor(argument, given)
    return made


def tensors_of(arguments: Sequence[Argument], given: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same for an exported file, whose inputs' names may have dots of their own."""
    return {argument.name: _tensor(argument, given) for argument in arguments}


def _tensor(argument: Argument, given: Mapping[str, Tensor]) -> Tensor:
    parts = [given[source] for source in argument.sources]
    return parts[0] if len(parts) == 1 else torch.cat(parts, 1)
