"""What of a network is removed together: the players of a game of channels."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from lidarsel.choices import NormGroups
from lidarsel.completion.coupling import Coupling, Kept, widths_of


@dataclass(frozen=True)
class Unit:
    """Channels of one layer, by their numbers in it, that stay or go together."""

    layer: str
    channels: tuple[int, ...]

    @property
    def name(self) -> str:
        """ "inner8 3", or "inner8 0-4" of several."""
        first, last = self.channels[0], self.channels[-1]
        return f"{self.layer} {first}" if first == last else f"{self.layer} {first}-{last}"


def units_of(
    couplings: Sequence[Coupling], norm_groups: NormGroups, layers: Collection[str] | None = None
) -> tuple[Unit, ...]:
    """The units of some layers (None: of all), in the order of the couplings, channels ascending."""
    chosen = [coupling for coupling in couplings if layers is None or coupling.name in layers]
    return tuple(
        Unit(coupling.name, channels) for coupling in chosen for channels in _parts(coupling, norm_groups == "whole")
    )


def _parts(coupling: Coupling, whole: bool) -> Iterator[tuple[int, ...]]:
    if not whole:
        return ((channel,) for channel in range(coupling.width))
    starts = accumulate(coupling.groups, initial=0)
    return (tuple(range(start, start + size)) for start, size in zip(starts, coupling.groups, strict=False))


def kept_of(couplings: Sequence[Coupling], units: Sequence[Unit], present: NDArray[np.bool_]) -> Kept:
    """Which channels stay where only some units do.

    Args:
        couplings: of the network.
        units: the players; layers that none of them is of stay whole and are not named.
        present: bool (units,).

    Returns:
        Bool (channels,) by layer.
    """
    widths = widths_of(couplings)
    kept = {layer: np.zeros(widths[layer], np.bool_) for layer in dict.fromkeys(unit.layer for unit in units)}
    for unit, stays in zip(units, present, strict=True):
        kept[unit.layer][list(unit.channels)] = stays
    return kept
