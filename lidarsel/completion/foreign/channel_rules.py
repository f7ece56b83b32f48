"""What each operator of PyTorch does to channels: a table, and the few rules that it names."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.fx import Node

from lidarsel.completion.foreign.atoms import FIXED, NOBODY, Atoms
from lidarsel.completion.foreign.channel_flow import Flow, Parameter, Rule, everywhere, narrowed
from lidarsel.completion.foreign.channel_moves import MOVES, given


def _convolution(flow: Flow, node: Node) -> Tensor | None:
    said = given(node)
    weight, entering = _own_weight(flow, said), flow.map(said["input"])
    if weight is None:
        return None
    transposed = "transpose" in str(node.target) or bool(said.get("transposed", False))
    dim = entering.ndim - (len(weight.shape) - 1)
    inputs = flow.along(entering, dim)
    return _made(flow, node, _through(flow, weight, inputs, int(said["groups"]), transposed), dim)


def _through(flow: Flow, weight: Parameter, inputs: Atoms, groups: int, transposed: bool) -> Atoms:
    """The channels that a convolution makes of others."""
    takes, makes = (0, 1) if transposed else (1, 0)
    if groups == 1:
        flow.tie(weight, takes, inputs, reads=True)
        return flow.axis(weight, makes)
    if groups == len(inputs):  # each channel by itself: a group goes with it
        each = np.repeat(inputs, weight.shape[1] if transposed else weight.shape[0] // groups)
        flow.tie(weight, 0, inputs if transposed else each)
        flow.split.add(weight.name)
        return each
    # Groups stay as many and of one width: the channels in the same place of every group go together.
    table = inputs.reshape(groups, -1)
    flow.channels.join(table, np.broadcast_to(table[:1], table.shape))
    if transposed:
        flow.tie(weight, 0, inputs, reads=True)
        return np.tile(flow.axis(weight, 1), groups)
    flow.tie(weight, 1, table[0], reads=True)
    made = flow.axis(weight, 0).reshape(groups, -1)
    flow.channels.join(made, np.broadcast_to(made[:1], made.shape))
    return made.reshape(-1)


def _linear(flow: Flow, node: Node) -> Tensor | None:
    said = given(node)
    weight, entering = _own_weight(flow, said), flow.map(said["input"])
    if weight is None:
        return None
    dim = entering.ndim - 1
    flow.tie(weight, 1, flow.along(entering, dim), reads=True)
    return _made(flow, node, flow.axis(weight, 0), dim)


def _own_weight(flow: Flow, said: Mapping[str, Any]) -> Parameter | None:
    """Of a layer; None where that, or its bias, is no weight of the network."""
    known = said["bias"] is None or said["bias"] in flow.weights
    return flow.weights.get(said["weight"]) if known else None


def _made(flow: Flow, node: Node, channels: Atoms, dim: int) -> Tensor:
    """What a layer gives, its bias having the channels too."""
    bias = given(node)["bias"]
    if bias is not None:
        flow.tie(flow.weights[bias], 0, channels)
    return _spread(channels, dim, node)


def _channel_by_channel(flow: Flow, node: Node) -> Tensor | None:
    """Batch and instance normalisation, PReLU: weights with an entry for each channel."""
    said = given(node)
    entering: Tensor = flow.map(said.pop("input" if "input" in said else "self"))
    weights = [part for part in said.values() if isinstance(part, Node)]
    if any(part not in flow.weights for part in weights) or entering.ndim < 2:
        return None
    channels = flow.along(entering, 1)
    for part in weights:
        if flow.weights[part].shape != (1,) or len(channels) == 1:
            flow.tie(flow.weights[part], 0, channels)
    return _spread(channels, 1, node)


def _pointwise(flow: Flow, node: Node) -> Any:
    """Each number by itself, or with those in its place of other maps: these have the same channels."""
    shape = node.meta["val"].shape
    maps = [each for each in map(flow.map, node.all_input_nodes) if isinstance(each, Tensor)]
    spread = [each.expand(shape) for each in maps]
    slim = [narrowed(each) for each in spread]
    varying = [dim for dim in range(len(shape)) if any(each.shape[dim] > 1 for each in slim)]
    whole = []
    for plain, each in zip(maps, slim, strict=True):
        lengths = (1,) * (len(shape) - plain.ndim) + tuple(plain.shape)
        if any(lengths[dim] < shape[dim] for dim in varying):
            # One number for several channels of another map: its own channel, if any, cannot go without them.
            flow.channels.fix(each.numpy())
        else:
            whole.append(each)
    if not whole:
        return everywhere(node.meta["val"], FIXED)
    first: Tensor = whole[0]
    for other in whole[1:]:
        flow.join(first, other)
        first = torch.where(first == NOBODY, other, first)
    return first.expand(shape)


def _place_by_place(flow: Flow, node: Node) -> Any:
    """Pooling, resizing and padding: channels stay as they are, places change."""
    said = given(node)
    atoms = flow.map(said.get("self", said.get("input")))
    digit = next((int(letter) for letter in str(node.target) if letter in "123"), 0)
    places = digit or len(said["pad"]) // 2
    return _kept(node, atoms, range(atoms.ndim - places, atoms.ndim))


def _along_dims(flow: Flow, node: Node) -> Any:
    """Sums and the like over some dimensions: understood where channels do not lie along them."""
    said = given(node)
    if "other" in said:  # the larger of two maps
        return _pointwise(flow, node)
    atoms = flow.map(said["self"])
    dims = said.get("dim")
    if dims is None or dims == []:
        return everywhere(node.meta["val"], FIXED) if narrowed(atoms).numel() == 1 else None
    dims = [dims] if isinstance(dims, int) else dims
    return _kept(node, atoms, [dim % max(1, atoms.ndim) for dim in dims], bool(said.get("keepdim", True)))


def _kept(node: Node, atoms: Tensor, dims: Sequence[int], keepdim: bool = True) -> Any:
    """The channels of a map where some dimensions, along which they do not vary, change their length or vanish."""
    slim = narrowed(atoms)
    if any(slim.shape[dim] > 1 for dim in dims):
        return None
    for dim in sorted(dims, reverse=True) if not keepdim else ():
        slim = slim.squeeze(dim)
    value = node.meta["val"]
    if isinstance(value, Tensor):
        return slim.expand(tuple(value.shape))
    return [slim.expand(tuple(part.shape)) for part in value]


def _nothing(_flow: Flow, node: Node) -> Any:
    """The same number everywhere, whatever was given."""
    return everywhere(node.meta["val"], NOBODY)


def _of_their_own(_flow: Flow, node: Node) -> Any:
    """Numbers that are made here, in places that stay."""
    return everywhere(node.meta["val"], FIXED)


def _spread(channels: Atoms, dim: int, node: Node) -> Tensor:
    shape = tuple(node.meta["val"].shape)
    column = [1] * len(shape)
    column[dim] = -1
    return torch.from_numpy(channels).reshape(column).expand(shape)


_TABLE: tuple[tuple[Rule, str], ...] = (
    (_convolution, "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d convolution"),
    (_linear, "linear"),
    (_channel_by_channel, "batch_norm instance_norm prelu"),
    (
        _pointwise,
        "add sub rsub mul div pow maximum minimum where lerp addcmul addcdiv fmod remainder atan2 masked_fill fmin fmax"
        " eq ne lt le gt ge logical_and logical_or logical_not bitwise_and bitwise_or bitwise_not isnan isfinite isinf"
        " abs neg exp exp2 expm1 log log2 log10 log1p sqrt rsqrt reciprocal square sign sin cos tan atan tanh sigmoid"
        " logit erf floor ceil round trunc clamp clamp_min clamp_max nan_to_num relu relu6 leaky_relu elu celu selu"
        " gelu silu mish hardtanh hardswish hardsigmoid softplus softsign log_sigmoid threshold dropout feature_dropout"
        " alpha_dropout feature_alpha_dropout to _to_copy clone contiguous detach lift_fresh_copy type_as"
        " zeros_like ones_like full_like",
    ),
    (
        _place_by_place,
        "max_pool1d max_pool2d max_pool3d max_pool2d_with_indices avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool1d"
        " adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool2d upsample_nearest1d"
        " upsample_nearest2d upsample_nearest3d upsample_linear1d upsample_bilinear2d upsample_bicubic2d"
        " upsample_trilinear3d _upsample_nearest_exact2d _upsample_bilinear2d_aa pad constant_pad_nd"
        " reflection_pad1d reflection_pad2d replication_pad1d replication_pad2d lp_pool2d",
    ),
    (_along_dims, "mean sum amax amin max min std var prod any all softmax log_softmax cumsum cummax cummin norm"),
    (_nothing, "zeros ones full new_zeros new_ones new_full scalar_tensor"),
    (_of_their_own, "arange linspace"),
)
RULES: dict[str, Rule] = {f"aten.{name}": rule for rule, names in _TABLE for name in names.split()}
RULES |= {f"{name}_": rule for name, rule in RULES.items() if rule is _pointwise}
RULES |= MOVES
