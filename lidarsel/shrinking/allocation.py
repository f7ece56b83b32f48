"""Which units go first: over all layers together, those that are worth least for what computing them costs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.completion.units import Unit
from lidarsel.shrinking.work import Amount, Widths, Work


@dataclass(frozen=True, eq=False)
class Stage:
    """One step on the way down.

    Attributes:
        present: bool (units,), which units are left.
        widths: channels left of each layer that has units.
        macs: of what is left.
    """

    present: NDArray[np.bool_]
    widths: Widths
    macs: Amount


def ways_down(
    units: Sequence[Unit],
    worth: NDArray[np.float64],
    work: Work,
    step_channels: int = 1,
    cost: Callable[[Widths], float] | None = None,
) -> Iterator[Stage]:
    """From the whole network down to one block of channels a layer, always the block next that is worth least a MAC.

    A block is the units of a layer worth least, as many as bring its width to the next lower multiple of
    ``step_channels``; experts go one by one. Its worth is the sum of theirs, never counted below nothing: a unit that
    estimates say does harm is worth nothing, and goes by its cost.

    Args:
        units: what may go, a player each.
        worth: float64 (units,), what a unit brings; of a scale that holds over all layers.
        work: of the whole network.
        step_channels: widths come in multiples of it as far as units allow.
        cost: what counts of a network with so many channels left; None are its MACs.

    Yields:
        The whole network, and a stage after each block that goes.

    Raises:
        ValueError: a worth is no number.
    """
    if not np.isfinite(worth).all():
        raise ValueError("a unit's worth is no number")
    layers = {layer: _Layer(layer, units, worth) for layer in dict.fromkeys(unit.layer for unit in units)}
    present = np.ones(len(units), np.bool_)
    widths = {name: layer.width for name, layer in layers.items()}
    cost = cost or (lambda left: work.macs(left).total)
    yield Stage(present.copy(), dict(widths), work.macs(widths))
    while True:
        best, whole = None, cost(widths)
        for name, layer in layers.items():
            block = layer.next_block(1 if name in work.experts else step_channels)
            if block is None:
                continue
            saved = whole - cost({**widths, name: block.width})
            # Of blocks worth nothing, the one that costs most.
            price = (block.worth / saved, -saved) if saved > 0 else (np.inf, 0.0)
            if best is None or price < best[0]:
                best = price, name, block
        if best is None:
            return
        _, name, block = best
        layers[name].remove(block)
        present[list(block.units)] = False
        widths[name] = block.width
        yield Stage(present.copy(), dict(widths), work.macs(widths))


@dataclass(frozen=True)
class _Block:
    """units: their numbers. width: of the layer without them. worth: of them together."""

    units: tuple[int, ...]
    width: int
    worth: float


class _Layer:
    """The units of one layer, least worth first, and how many of its channels are left."""

    def __init__(self, name: str, units: Sequence[Unit], worth: NDArray[np.float64]) -> None:
        mine = [number for number, unit in enumerate(units) if unit.layer == name]
        self.left = sorted(mine, key=lambda number: (worth[number], number))
        self.size = {number: len(units[number].channels) for number in mine}
        self.worth = worth
        self.width = sum(self.size.values())

    def next_block(self, step: int) -> _Block | None:
        """The units whose going brings the width to the next lower multiple of ``step``; None where nothing may go."""
        aim = (self.width - 1) // step * step
        if aim < 1:
            return None
        width, block = self.width, []
        for number in self.left[:-1]:  # one stays
            if width <= aim:
                break
            block.append(number)
            width -= self.size[number]
        if not block:
            return None
        return _Block(tuple(block), width, float(np.maximum(self.worth[block], 0).sum()))

    def remove(self, block: _Block) -> None:
        self.left = self.left[len(block.units) :]
        self.width = block.width
