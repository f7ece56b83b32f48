"""lidarsel's network with fewer channels: a smaller network, not a masked one."""

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from torch import Tensor, nn

from lidarsel.completion.coupling import Kept, cut_tensors, kept_groups, silence
from lidarsel.completion.lidarsel_net.design import Design, is_normalised
from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.completion.lidarsel_net.widths import couplings_of


def cut_network(network: LidarselNet, kept: Kept) -> LidarselNet:
    """The network of the channels that stay.

    Its answers are those of the whole network with the other channels at zero, where each normalised group is taken
    over the channels of it that stay: for groups that go whole or not at all, with nothing else changed.

    Args:
        network: the whole one; it is left as it is.
        kept: which channels of which layers stay; other layers stay whole.

    Returns:
        The cut one, with weights of its own, in training mode where the whole one is.

    Raises:
        ValueError: nothing of a layer is kept, or ``kept`` does not fit the network.
    """
    couplings = couplings_of(network.design)
    weights = cut_tensors(network.state_dict(), couplings, kept)
    widths = dict(network.design.widths)
    for coupling in couplings:
        stay = kept.get(coupling.name)
        if stay is not None and not stay.all():
            groups = kept_groups(coupling, stay)
            widths[coupling.name] = groups if is_normalised(coupling.name) else (sum(groups),)
    return _resized(network, replace(network.design, widths=widths), weights)


def _resized(network: LidarselNet, design: Design, weights: Mapping[str, Tensor]) -> LidarselNet:
    """The network of another design, with copies of the given weights.

    Its modules are copied and told their widths. To make a new one draws weights to throw them away, and takes six
    times as long: games cut the network for every coalition.
    """
    cut = copy.deepcopy(network, {id(weight): weight for weight in network.state_dict(keep_vars=True).values()})
    cut.design = design
    modules: dict[str, Any] = dict(cut.named_modules())
    for coupling in couplings_of(design):
        for maker in coupling.makers:
            modules[maker].out_channels = coupling.width
        for norm in coupling.norms:
            modules[norm].groups = coupling.groups
        for reader, _ in coupling.readers:
            modules[reader].in_channels = coupling.width
    for name, weight in weights.items():
        module, _, own = name.rpartition(".")
        setattr(modules[module], own, nn.Parameter(weight.clone()))
    return cut


def cut_or_silence(network: LidarselNet, kept: Kept) -> LidarselNet:
    """``cut_network``, where a layer of which nothing stays has one channel, at zero. Raises ValueError likewise."""
    empty = [name for name, stay in kept.items() if not stay.any()]
    first = {name: np.arange(len(kept[name])) == 0 for name in empty}
    cut = cut_network(network, {**kept, **first})
    if empty:
        cut.load_state_dict(silence(cut.state_dict(), couplings_of(cut.design), empty))
    return cut
