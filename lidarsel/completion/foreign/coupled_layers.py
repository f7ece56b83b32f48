"""The layers of a followed network: channels that stand in the same weights side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lidarsel.completion.coupling import Coupling, LayerPlace
from lidarsel.completion.foreign.atoms import FIXED
from lidarsel.completion.foreign.channel_flow import Flow

ChannelRun = tuple[str, int, bool, int, int]
"""Of one channel: a weight's name, its axis, whether it takes the channel there, the first entry and how many."""


@dataclass(frozen=True)
class Layers:
    """What may go of a network.

    Attributes:
        couplings: in the order in which the network makes them.
        whole: why layers have to stay, and the modules that make these; the network's own outputs left out.
    """

    couplings: tuple[Coupling, ...]
    whole: tuple[tuple[str, tuple[str, ...]], ...]


def layers_of(flow: Flow) -> Layers:
    """Every layer of two channels or more.

    A layer is what is cut by one mask: each of its channels stands in the same weights, next to the one before.
    """
    runs = _runs(flow)
    couplings: list[Coupling] = []
    names: set[str] = set()
    for members in _layers(list(runs.values())):
        if len(members) > 1:
            name = _name(members[0], names)
            places = tuple(
                (weight, LayerPlace(axis, name, count, start, reads, weight in flow.split))
                for weight, axis, reads, start, count in members[0]
            )
            couplings.append(Coupling(name, (1,) * len(members), places=places))
    return Layers(tuple(couplings), _left_whole(flow))


def _runs(flow: Flow) -> dict[int, list[ChannelRun]]:
    """By channel, in the order in which they are made: where it stands."""
    found: dict[int, list[ChannelRun]] = {}
    for (weight, axis), (atoms, reads) in sorted(flow.axes.items(), key=lambda item: item[1][1]):  # makers first
        roots = flow.channels.roots(atoms)
        edges = np.flatnonzero(np.diff(roots)) + 1
        starts = [0, *edges.tolist()]
        for start, end in zip(starts, [*starts[1:], len(roots)], strict=True):
            if roots[start] != FIXED:
                found.setdefault(int(roots[start]), []).append((weight, axis, reads, start, end - start))
    return found


def _layers(channels: Sequence[list[ChannelRun]]) -> Iterator[list[list[ChannelRun]]]:
    """Channels one after the other in all their places."""
    layer: list[list[ChannelRun]] = []
    for runs in channels:
        if layer and runs != [(*place, start + count, count) for *place, start, count in layer[-1]]:
            yield layer
            layer = []
        layer.append(runs)
    if layer:
        yield layer


def _name(runs: Sequence[ChannelRun], taken: set[str]) -> str:
    """The module that makes the layer, or, of several layers that it makes, with the first channel's number."""
    weight, _, _, start, _ = runs[0]
    module = _module(weight)
    name = module if module not in taken else f"{module}:{start}"
    taken.add(name)
    return name


def _left_whole(flow: Flow) -> tuple[tuple[str, tuple[str, ...]], ...]:
    reasons: dict[str, dict[str, None]] = {}
    for (weight, _), (atoms, reads) in flow.axes.items():
        if not reads and len(atoms) > 1:
            for why in flow.channels.reasons(atoms):
                reasons.setdefault(why, {})[_module(weight)] = None
    for weight, why in flow.rigid.items():
        reasons.setdefault(why, {})[_module(weight)] = None
    return tuple((why, tuple(modules)) for why, modules in reasons.items())


def _module(weight: str) -> str:
    return weight.rpartition(".")[0] or weight
