"""Small convolutional networks drawn at random, and the same with channels at zero, by hooks that do not cut."""

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from lidarsel.completion.coupling import Coupling, Kept, axes_of
from lidarsel.completion.foreign.adaptation import Argument
from lidarsel.completion.foreign.cuttable import CuttableNetwork, with_module
from lidarsel.completion.foreign.network import ForeignModel

INPUTS = ("image", "sparse_depth_m")
Step = Callable[[Any, list[Tensor]], Tensor]
"""Of the network that runs it and the maps so far: a copied network must not run the layers of the one it is of."""


class RandomNetwork(nn.Module):
    """Steps, each of which makes one more map of those there are; then one channel of depth.

    Attributes:
        drawn: what the steps are, for messages.
    """

    size_multiple = 8

    def __init__(self, seed: int, length: int = 9) -> None:
        super().__init__()
        self._draw = np.random.default_rng(seed)
        self.layers = nn.ModuleList()
        self.gains = nn.ParameterList()
        self.steps: list[Step] = []
        self.drawn: list[str] = []
        self.sizes = [(4, 0)]  # of each map: channels, and how often it was halved
        width = int(self._draw.integers(4, 9))
        self._add("enter", self._normal(0, width), (width, 0))
        names = [name for name in dir(self) if name.startswith("_step_")]
        for _ in range(length):
            name = str(self._draw.choice(names))
            step = getattr(self, name)()
            if step is not None:
                self._add(name.removeprefix("_step_"), *step)
        last = len(self.sizes) - 1
        self.leave = nn.Conv2d(self.sizes[last][0], 1, 1)
        with torch.no_grad():
            generator = torch.Generator().manual_seed(seed)
            for name, tensor in (*self.named_parameters(), *self.named_buffers()):
                if tensor.is_floating_point() and tensor.ndim < 2:
                    tensor.copy_(torch.rand(tensor.shape, generator=generator) + (0.5 if "var" in name else 0.0))

    def forward(self, image: Tensor, sparse_depth_m: Tensor) -> Tensor:
        maps = [torch.cat([image, sparse_depth_m / 50], 1)]
        for step in self.steps:
            maps.append(step(self, maps))
        rise = 2 ** self.sizes[-1][1]
        depth_m = functional.interpolate(self.leave(maps[-1]), scale_factor=rise) if rise > 1 else self.leave(maps[-1])
        return functional.softplus(depth_m) + 0.1

    def _add(self, name: str, step: Step, size: tuple[int, int]) -> None:
        self.steps.append(step)
        self.drawn.append(f"{name} {size}")
        self.sizes.append(size)

    def _some(self) -> int:
        """A map, late ones the likelier; never the input itself."""
        return len(self.sizes) - 1 - min(int(self._draw.geometric(0.5)) - 1, len(self.sizes) - 2)

    def _layer(self, layer: nn.Module) -> int:
        self.layers.append(layer)
        return len(self.layers) - 1

    def _normal(self, source: int, outputs: int, stride: int = 1) -> Step:
        convolution = self._layer(nn.Conv2d(self.sizes[source][0], outputs, 3, stride, 1, bias=False))
        norm = self._layer(nn.BatchNorm2d(outputs))
        return lambda net, maps: functional.relu(net.layers[norm](net.layers[convolution](maps[source])))

    def _step_convolution(self) -> tuple[Step, tuple[int, int]]:
        source, outputs = self._some(), int(self._draw.integers(3, 10))
        stride = 2 if self.sizes[source][1] < 3 and self._draw.random() < 0.3 else 1
        return self._normal(source, outputs, stride), (outputs, self.sizes[source][1] + stride - 1)

    def _step_plain(self) -> tuple[Step, tuple[int, int]]:
        source, outputs = self._some(), int(self._draw.integers(3, 10))
        layer = self._layer(nn.Conv2d(self.sizes[source][0], outputs, 1))
        return lambda net, maps: functional.leaky_relu(net.layers[layer](maps[source]), 0.2), (
            outputs,
            self.sizes[source][1],
        )

    def _step_depthwise(self) -> tuple[Step, tuple[int, int]]:
        source = self._some()
        channels, halved = self.sizes[source]
        times = int(self._draw.integers(1, 3))
        layer = self._layer(nn.Conv2d(channels, times * channels, 3, 1, 1, groups=channels))
        return lambda net, maps: torch.tanh(net.layers[layer](maps[source])), (times * channels, halved)

    def _step_grouped(self) -> tuple[Step, tuple[int, int]] | None:
        source = self._some()
        channels, halved = self.sizes[source]
        if channels % 2 or channels < 4:
            return None
        outputs = 2 * int(self._draw.integers(2, 5))
        layer = self._layer(nn.Conv2d(channels, outputs, 3, 1, 1, groups=2))
        return lambda net, maps: net.layers[layer](maps[source]), (outputs, halved)

    def _step_rise(self) -> tuple[Step, tuple[int, int]] | None:
        source = self._some()
        channels, halved = self.sizes[source]
        if not halved:
            return None
        outputs = int(self._draw.integers(3, 10))
        layer = self._layer(nn.ConvTranspose2d(channels, outputs, 3, 2, 1, output_padding=1))
        return lambda net, maps: net.layers[layer](maps[source]), (outputs, halved - 1)

    def _step_shuffle(self) -> tuple[Step, tuple[int, int]] | None:
        source = self._some()
        channels, halved = self.sizes[source]
        if not halved:
            return None
        layer = self._layer(nn.Conv2d(channels, 16, 1))
        return lambda net, maps: functional.pixel_shuffle(net.layers[layer](maps[source]), 2), (4, halved - 1)

    def _step_resize(self) -> tuple[Step, tuple[int, int]]:
        source = self._some()
        channels, halved = self.sizes[source]
        if halved and self._draw.random() < 0.5:
            return lambda net, maps: functional.interpolate(maps[source], scale_factor=2.0, mode="bilinear"), (
                channels,
                halved - 1,
            )
        if halved < 3:
            pool = functional.max_pool2d if self._draw.random() < 0.5 else functional.avg_pool2d
            return lambda net, maps: pool(maps[source], 2), (channels, halved + 1)
        return lambda net, maps: functional.pad(maps[source], (1, 1, 1, 1))[:, :, 1:-1, 1:-1], (channels, halved)

    def _step_together(self) -> tuple[Step, tuple[int, int]] | None:
        """Two maps of one shape added, subtracted or multiplied."""
        pairs = [(a, b) for a in range(1, len(self.sizes)) for b in range(a) if self.sizes[a] == self.sizes[b] and b]
        if not pairs:
            return None
        one, other = pairs[int(self._draw.integers(len(pairs)))]
        how = (torch.add, torch.sub, torch.mul)[int(self._draw.integers(3))]
        return lambda net, maps: how(maps[one], maps[other]), self.sizes[one]

    def _step_side_by_side(self) -> tuple[Step, tuple[int, int]]:
        """Maps of one size after one another, the input among them."""
        one = self._some()
        fitting = [n for n in range(len(self.sizes)) if self.sizes[n][1] == self.sizes[one][1]]
        chosen = [one, *(int(n) for n in self._draw.choice(fitting, min(2, len(fitting)), replace=False))]
        channels = sum(self.sizes[n][0] for n in chosen)
        return lambda net, maps: torch.cat([maps[n] for n in chosen], 1), (channels, self.sizes[one][1])

    def _step_squeeze(self) -> tuple[Step, tuple[int, int]]:
        """Squeeze and excitation."""
        source = self._some()
        channels, halved = self.sizes[source]
        down, up = self._layer(nn.Linear(channels, 5)), self._layer(nn.Linear(5, channels))

        def step(net: Any, maps: list[Tensor]) -> Tensor:
            x = maps[source]
            squeezed = functional.relu(net.layers[down](functional.adaptive_avg_pool2d(x, 1).flatten(1)))
            return x * torch.sigmoid(net.layers[up](squeezed)).view(len(x), -1, 1, 1)

        return step, (channels, halved)

    def _step_flat(self) -> tuple[Step, tuple[int, int]]:
        """A linear layer behind a flattened map, several of its inputs for each channel, added to every pixel."""
        source = self._some()
        channels, halved = self.sizes[source]
        linear = self._layer(nn.Linear(6 * channels, channels))

        def step(net: Any, maps: list[Tensor]) -> Tensor:
            flat = functional.adaptive_avg_pool2d(maps[source], (2, 3)).flatten(1)
            return maps[source] * net.layers[linear](flat)[:, :, None, None]

        return step, (channels, halved)

    def _step_gain(self) -> tuple[Step, tuple[int, int]]:
        """A weight for each channel that is no layer's."""
        source = self._some()
        channels, halved = self.sizes[source]
        gain = nn.Parameter(torch.rand(1, channels, 1, 1, generator=torch.Generator().manual_seed(channels)) + 0.5)
        self.gains.append(gain)
        number = len(self.gains) - 1
        return lambda net, maps: net.gains[number] * maps[source], (channels, halved)

    def _step_halves(self) -> tuple[Step, tuple[int, int]] | None:
        """One half of the channels times the other."""
        source = self._some()
        channels, halved = self.sizes[source]
        if channels % 2 or channels < 4:
            return None

        def step(net: Any, maps: list[Tensor]) -> Tensor:
            one, other = maps[source].chunk(2, 1)
            return one * torch.tanh(other)

        return step, (channels // 2, halved)


def as_network(module: nn.Module) -> CuttableNetwork:
    """A module of a test as a network of a user's."""
    arguments = tuple(Argument(name, (name,)) for name in INPUTS)
    module = module.eval().requires_grad_(False)
    multiple = int(getattr(module, "size_multiple", 16))
    model = ForeignModel(type(module).__name__, "0" * 64, INPUTS, module, multiple=multiple, arguments=arguments)
    return CuttableNetwork(with_module(model, module), "cpu")


def some_kept(couplings: Sequence[Coupling], seed: int, share: float = 0.6) -> dict[str, np.ndarray]:
    """A random mask of some layers, never all of a layer gone."""
    draw = np.random.default_rng(seed)
    kept = {}
    for coupling in couplings:
        stay = draw.random(coupling.width) < share
        stay[draw.integers(coupling.width)] = True
        if draw.random() < 0.8:
            kept[coupling.name] = stay
    return kept


def masked_answer(module: nn.Module, couplings: Sequence[Coupling], kept: Kept, *inputs: Tensor) -> Tensor:
    """The whole network's answer, in double precision, with removed channels at zero behind all that makes them."""
    module = copy.deepcopy(module).double()
    layers = dict(module.named_modules())
    for weight, places in axes_of(couplings).items():
        name, _, last = weight.rpartition(".")
        gone = [
            place.start + channel * place.inputs + entry
            for place in places
            if place.layer in kept and not place.reads
            for channel in np.flatnonzero(~kept[place.layer])
            for entry in range(place.inputs)
        ]
        if gone and last == "weight":
            layers[name].register_forward_hook(_zeroed(gone))
    with torch.inference_mode():
        return module(*(x.double() for x in inputs))


def _zeroed(gone: Sequence[int]) -> Callable[..., Tensor]:
    def hook(_layer: nn.Module, _inputs: object, output: Tensor) -> Tensor:
        output = output.clone()
        output[:, gone] = 0
        return output

    return hook
