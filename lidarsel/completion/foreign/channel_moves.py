"""Operators that move numbers about and change none: what they do to numbers they do to atoms."""

import operator
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.fx import Node

from lidarsel.completion.foreign.atoms import NOBODY
from lidarsel.completion.foreign.channel_flow import Flow, Rule, narrowed


def given(node: Node) -> dict[str, Any]:
    """An operator's arguments by name, with its defaults."""
    schema = node.target._schema.arguments  # type: ignore[union-attr]
    said = {argument.name: argument.default_value for argument in schema}
    said |= {argument.name: value for argument, value in zip(schema, node.args, strict=False)}
    return said | dict(node.kwargs)


def _moved(flow: Flow, node: Node) -> Any:
    """The operator itself, on atoms."""
    args = [flow.map(argument) for argument in node.args]
    return node.target(*args, **{name: flow.map(argument) for name, argument in node.kwargs.items()})  # type: ignore[operator]


def _reshaped(flow: Flow, node: Node) -> Tensor | None:
    """Channels may be laid out in a row with their places, not in a table: a cut one has no rows of one length."""
    atoms: Tensor = flow.map(node.args[0])
    made = atoms.reshape(tuple(node.meta["val"].shape))
    return made if _varying(made) <= max(1, _varying(atoms)) else None


def _varying(atoms: Tensor) -> int:
    return sum(length > 1 for length in narrowed(atoms).shape)


def _taken(flow: Flow, node: Node) -> Any:
    """Some of the places along a dimension: not of channels, whose numbers a cut changes."""
    said = given(node)
    atoms: Tensor = flow.map(said["self"])
    if narrowed(atoms).shape[said["dim"]] > 1 and not _is_all(said, atoms.shape[said["dim"]]):
        return None
    return _moved(flow, node)


def _is_all(said: dict[str, Any], length: int) -> bool:
    """Whether a slice takes everything, as x[:] does."""
    return "step" in said and said["step"] == 1 and not said["start"] and (said["end"] is None or said["end"] >= length)


def _divided(flow: Flow, node: Node) -> Any:
    """Parts of one length: of channels, those in the same place of every part go together, so that lengths stay one."""
    parts: Sequence[Tensor] = _moved(flow, node)
    said = given(node)
    if narrowed(flow.map(said["self"])).shape[said["dim"]] > 1:
        if len({part.shape for part in parts}) > 1:
            return None
        for part in parts[1:]:
            flow.join(parts[0], part)
    return list(parts)


def _shuffled(flow: Flow, node: Node) -> Tensor:
    """Pixel shuffle: the channels that become one channel's pixels go together."""
    atoms: Tensor = _moved(flow, node)
    dim = atoms.ndim - 3
    one = torch.from_numpy(flow.along(atoms, dim))
    return one[:, None, None].expand(atoms.shape)


def _chosen(flow: Flow, node: Node) -> Any:
    """One of several answers of an operator."""
    several, number = flow.map(node.args[0]), node.args[1]
    return several[number] if isinstance(several, list) and isinstance(number, int) else None


def _stacked(flow: Flow, node: Node) -> Tensor:
    """Side by side. An empty tensor is passed over, as PyTorch does."""
    maps = [atoms for atoms in flow.map(node.args[0]) if atoms.numel()]
    joint: Tensor = node.target(maps, *node.args[1:], **node.kwargs)  # type: ignore[operator]
    return joint


def _nothing_given(_flow: Flow, node: Node) -> Any:
    """A check, which gives nothing."""
    return NOBODY if node.meta.get("val") is None else None


_TABLE: tuple[tuple[Callable[[Flow, Node], Any], str], ...] = (
    (
        _moved,
        "permute transpose t unsqueeze squeeze expand expand_as repeat repeat_interleave movedim swapaxes numpy_T mT"
        " flip pixel_unshuffle alias view_as",
    ),
    (_reshaped, "view _unsafe_view reshape flatten unflatten"),
    (_taken, "slice select narrow"),
    (_divided, "split split_with_sizes chunk unbind tensor_split"),
    (_shuffled, "pixel_shuffle"),
    (_stacked, "cat stack concat"),
    (_nothing_given, "_assert_tensor_metadata _assert_async _assert_scalar"),
)
MOVES: dict[str, Rule] = {f"aten.{name}": rule for rule, names in _TABLE for name in names.split()}
MOVES[str(operator.getitem)] = _chosen
