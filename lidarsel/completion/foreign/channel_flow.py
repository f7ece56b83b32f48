"""How the channels of a traced network hang together: its graph followed from its inputs to its outputs.

Each map of the graph is given a tensor of its shape that holds, in the place of every number, the atom whose channel
the number belongs to. What only moves numbers about, as cat or flatten, moves atoms alike; what computes says by its
rule (``channel_rules``) whose channels its answer has. Layers that flow into an operator without a rule stay whole.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.export import ExportedProgram
from torch.export.graph_signature import InputKind
from torch.fx import Node

from lidarsel.completion.foreign.atoms import FIXED, NOBODY, Atoms, Channels


@dataclass(frozen=True, eq=False)
class Parameter:
    """A weight or buffer of the network, by its name there."""

    name: str
    shape: tuple[int, ...]


@dataclass
class Flow:
    """What has been followed so far.

    Attributes:
        channels: the atoms.
        axes: of weights' axes that have channels, by the weight's name and the axis: their atoms, and whether the
            weight takes these channels.
        weights: by their nodes.
        rigid: weights that were used in ways that no rule knows, by name: how.
        split: names of weights of convolutions of which each group takes one channel.
        maps: by node, int64 of the shape of what it gives, an atom in the place of every number; lists of them where it
            gives several.
    """

    channels: Channels = field(default_factory=Channels)
    axes: dict[tuple[str, int], tuple[Atoms, bool]] = field(default_factory=dict)
    weights: dict[Node, Parameter] = field(default_factory=dict)
    rigid: dict[str, str] = field(default_factory=dict)
    split: set[str] = field(default_factory=set)
    maps: dict[Node, Any] = field(default_factory=dict)

    def map(self, argument: Any) -> Any:
        """An operator's argument with maps of atoms for nodes; a weight with one long axis is a map of its own."""
        if not isinstance(argument, Node):
            parts = isinstance(argument, list | tuple)
            return [self.map(part) for part in argument] if parts else argument
        weight = self.weights.get(argument)
        if weight is None:
            return self.maps.get(argument)
        long = [axis for axis, length in enumerate(weight.shape) if length > 1]
        if len(long) == 1:
            shape = [length if axis in long else 1 for axis, length in enumerate(weight.shape)]
            return torch.from_numpy(self.axis(weight, long[0])).reshape(shape)
        if long:
            self.rigid[weight.name] = f"{weight.name}, which is a map"
        return everywhere(argument.meta["val"], FIXED if long else NOBODY)

    def axis(self, weight: Parameter, axis: int, reads: bool = False) -> Atoms:
        """Atoms of the entries along a weight's axis, the same at every use."""
        known = self.axes.get((weight.name, axis))
        if known is None:
            known = self.channels.new(weight.shape[axis]), reads
            self.axes[weight.name, axis] = known
        elif known[1] != reads:
            self.rigid[weight.name] = f"{weight.name}, which is used in two ways"
        return known[0]

    def tie(self, weight: Parameter, axis: int, atoms: Atoms, reads: bool = False) -> None:
        """A weight's axis has these channels; an entry for nobody's channel stays."""
        own = self.axis(weight, axis, reads)
        self.channels.fix(own[atoms == NOBODY])
        self.channels.join(own, atoms)

    def join(self, one: Tensor, other: Tensor) -> None:
        """Two maps that broadcast to each other have the same channels, number by number."""
        pair = np.broadcast_arrays(narrowed(one).numpy(), narrowed(other).numpy())
        self.channels.join(pair[0], pair[1])

    def along(self, atoms: Tensor, dim: int) -> Atoms:
        """One atom for each place along a dimension: all that stand there are joined."""
        table = narrowed(atoms).movedim(dim, 0)[..., None].flatten(1)
        first = table.amax(1)  # an atom, where there is one: NOBODY is less than any
        self.channels.join(table.numpy(), first[:, None].expand(table.shape).numpy())
        one: Atoms = first.expand(atoms.shape[dim]).numpy().copy()
        return one

    def give_up(self, node: Node) -> Any:
        """An operator that no rule knows, or that uses channels in a way of its own: what flows in and out stays."""
        why = f"{operator_of(node)} in {place_of(node)}"
        for argument in node.all_input_nodes:
            for atoms in _tensors([self.maps.get(argument)]):
                self.channels.fix(narrowed(atoms).numpy(), why)
            if argument in self.weights:
                self.rigid[self.weights[argument].name] = why
        stays = self.channels.new(1)
        self.channels.fix(stays, why)
        return everywhere(node.meta.get("val"), int(stays[0]))


Rule = Callable[[Flow, Node], Any]
"""What an operator gives, as ``Flow.maps``; None where it uses channels in a way that is not followed."""


def follow(program: ExportedProgram, parameters: Mapping[str, Parameter], rules: Mapping[str, Rule]) -> Flow:
    """Everything that the graph of a network says of its channels.

    Args:
        program: traced with sizes as they are.
        parameters: every weight and buffer, by the name that the program has for it.
        rules: by operator, as ``operator_of`` calls it.
    """
    flow = Flow()
    kinds = {spec.arg.name: spec for spec in program.graph_signature.input_specs}
    for node in program.graph.nodes:
        if node.op == "placeholder":
            spec = kinds[node.name]
            if spec.kind in (InputKind.PARAMETER, InputKind.BUFFER) and spec.target in parameters:
                flow.weights[node] = parameters[spec.target]
            else:
                flow.maps[node] = everywhere(node.meta.get("val"), FIXED)
        elif node.op == "output":
            for atoms in _tensors([flow.maps.get(argument) for argument in node.all_input_nodes]):
                flow.channels.fix(narrowed(atoms).numpy())
        else:
            rule = rules.get(operator_of(node))
            answer = None if rule is None else rule(flow, node)
            flow.maps[node] = flow.give_up(node) if answer is None else answer
    for (name, _), (entries, _) in flow.axes.items():
        if name in flow.rigid:
            flow.channels.fix(entries, flow.rigid[name])
    return flow


def everywhere(value: Any, atom: int) -> Any:
    """One atom in the place of every number of what a node gives."""
    if isinstance(value, Tensor):
        return torch.full((), atom, dtype=torch.int64).expand(tuple(map(int, value.shape)))
    return [everywhere(part, atom) for part in value] if isinstance(value, list | tuple) else None


def narrowed(atoms: Tensor) -> Tensor:
    """The same with length 1 along every dimension along which nothing varies."""
    for dim in range(atoms.ndim):
        first = atoms.narrow(dim, 0, 1) if atoms.shape[dim] else atoms
        if atoms.stride(dim) == 0 or torch.equal(first.expand(atoms.shape), atoms):
            atoms = first
    return atoms


def _tensors(values: Any) -> Iterator[Tensor]:
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from _tensors(value)


def operator_of(node: Node) -> str:
    """As PyTorch calls it, "aten.add"."""
    packet = getattr(node.target, "overloadpacket", node.target)
    return str(packet)


def place_of(node: Node) -> str:
    """The module of the network that it runs in."""
    stack = list((node.meta.get("nn_module_stack") or {}).values())
    name = str(stack[-1][0]).removeprefix("L['self'].") if stack else ""
    return name.removeprefix("network").removeprefix(".") or "the network's own forward"
