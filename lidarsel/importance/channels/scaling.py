"""A network whose channels are scaled, with a gradient by the scales and none by its weights.

A channel is scaled where it is read: the weights of its readers are multiplied along their inputs. At scale 0 that is
the network without the channel. At any other it is the same as scaling the channel where it is made, after its
normalisation and before its nonlinearity, as long as nothing but rectifiers, pooling and sums lie between: these let a
factor through. Where a channel is a sum of what several makers give, each would have to be scaled once, after a
normalisation of its own but before one of the sum; what is read is scaled once in any network. Nor is a hook needed, so
that a network may use weights without calling the module that holds them.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from lidarsel.completion.coupling import axes_of, widths_of
from lidarsel.importance.channels.subject import Subject, Task

UnitScales = Mapping[str, Tensor]
"""By layer, (its units,), in the order of units. A layer that is not named is whole."""


class ScaledNetwork:
    """A subject's network, asked with scales; weights and buffers are copies that nothing can write back."""

    def __init__(self, subject: Subject) -> None:
        self._asked = _TaskModule(subject.module, subject.used_for)
        self._state = {name: tensor.detach() for name, tensor in self._asked.named_parameters()}
        self._buffers = dict(self._asked.named_buffers())
        self._unit = _unit_of_channels(subject)
        self._readers = [
            (f"module.{name}", place)
            for name, places in axes_of(subject.couplings).items()
            for place in places
            if place.reads and place.layer in self._unit
        ]

    def __call__(self, scales: UnitScales, batch: Any) -> Tensor:
        """The answer to a batch with every unit's channels multiplied by its scale."""
        state = {**self._state, **{name: buffer.clone() for name, buffer in self._buffers.items()}}
        for name, place in self._readers:
            if place.layer in scales:
                weight = state[name]
                of_units = scales[place.layer].to(weight)
                by_channel = torch.cat([of_units, of_units.new_ones(1)])[self._unit[place.layer].to(weight.device)]
                entries = by_channel.repeat_interleave(place.inputs)
                after = weight.shape[place.axis] - place.start - len(entries)
                along = nn.functional.pad(entries, (place.start, after), value=1.0)
                shape = [-1 if axis == place.axis else 1 for axis in range(weight.ndim)]
                state[name] = weight * along.view(shape)
        answer: Tensor = functional_call(self._asked, state, (batch,))
        return answer


def _unit_of_channels(subject: Subject) -> dict[str, Tensor]:
    """By layer, int64 (channels,): the number of each channel's unit among its layer's; beyond the last for none."""
    widths = widths_of(subject.couplings)
    found = {}
    for layer, places in subject.places.items():
        number = np.full(widths[layer], len(places))
        for own, place in enumerate(places):
            number[list(subject.units[place].channels)] = own
        found[layer] = torch.from_numpy(number)
    return found


class _TaskModule(nn.Module):
    """A task's question as a call of a module."""

    def __init__(self, module: nn.Module, task: Task) -> None:
        super().__init__()
        self.train(module.training)
        self.module = module
        self._answer = task.answer

    def forward(self, batch: Any) -> Tensor:
        return self._answer(self.module, batch)
