"""lidarsel's network with fewer channels: a smaller network, not a masked one."""

from collections.abc import Mapping
from dataclasses import replace

from torch import Tensor, nn

from lidarsel.completion.coupling import Kept, cut_or_unread, cut_tensors, kept_groups, with_one_left, with_weights
from lidarsel.completion.lidarsel_net.design import is_normalised
from lidarsel.completion.lidarsel_net.layers import GroupNorm
from lidarsel.completion.lidarsel_net.mixture import Mixture, Router
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
    return _resized(network, kept, cut_tensors(network.state_dict(), couplings_of(network.design), kept))


def cut_or_silence(network: LidarselNet, kept: Kept) -> LidarselNet:
    """``cut_network``, where a layer of which nothing stays has one channel, which nothing reads.

    Raises ValueError likewise.
    """
    weights = cut_or_unread(network.state_dict(), couplings_of(network.design), kept)
    return _resized(network, with_one_left(kept), weights)


def _resized(network: LidarselNet, kept: Kept, weights: Mapping[str, Tensor]) -> LidarselNet:
    """The network of what stays, with copies of the given weights: its modules are copied and told their widths."""
    widths = dict(network.design.widths)
    for coupling in couplings_of(network.design):
        stay = kept.get(coupling.name)
        if stay is not None and not stay.all():
            groups = kept_groups(coupling, stay)
            widths[coupling.name] = groups if is_normalised(coupling.name) else (sum(groups),)
    cut = with_weights(network, weights)
    cut.design = replace(network.design, widths=widths)
    groups_of = {norm: coupling.groups for coupling in couplings_of(cut.design) for norm in coupling.norms}
    for name, module in cut.named_modules():
        if isinstance(module, nn.Conv2d):
            module.out_channels, module.in_channels = module.weight.shape[:2]
        elif isinstance(module, GroupNorm):
            module.groups = groups_of[name]
        elif isinstance(module, (Mixture, Router)):
            module.active = cut.design.active_experts
    return cut
