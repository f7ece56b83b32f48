"""LeNet-5 of free widths: its table of channels, its training, its cut, and the games its channels play."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from fashion import LabelledImages
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from lidarsel.completion.coupling import Coupling, Kept, cut_tensors

WIDTHS = (10, 20, 100, 25)
"""Of the published network."""
_PIXELS = 16
"""Of the map that is flattened, 4 x 4: inputs of the first linear layer for each channel."""
_BATCH = 128
_AT_ONCE = 16
"""Coalitions answered together: what they need stays in the processor's cache."""


class LeNet(nn.Module):
    """Two convolutions and two linear layers of the given widths, and a linear layer to ten classes."""

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        self.widths = tuple(widths)
        a, b, c, d = widths
        self.conv1, self.conv2 = nn.Conv2d(1, a, 5), nn.Conv2d(a, b, 5)
        self.full1, self.full2 = nn.Linear(_PIXELS * b, c), nn.Linear(c, d)
        self.classes = nn.Linear(d, 10)

    def stages(self) -> list[nn.Module]:
        """What runs one after another; each but the last makes a layer of channels."""
        after_conv = (nn.MaxPool2d(2), nn.ReLU())
        return [
            nn.Sequential(self.conv1, *after_conv),
            nn.Sequential(self.conv2, *after_conv),
            nn.Sequential(nn.Flatten(), self.full1, nn.ReLU()),
            nn.Sequential(self.full2, nn.ReLU()),
            self.classes,
        ]

    def forward(self, images: Tensor) -> Tensor:
        """(N, 1, 28, 28) -> (N, 10) logits."""
        for stage in self.stages():
            images = stage(images)
        return images


def couplings_of(widths: Sequence[int]) -> list[Coupling]:
    table = (("conv1", "conv2", 1), ("conv2", "full1", _PIXELS), ("full1", "full2", 1), ("full2", "classes", 1))
    return [
        Coupling(layer, (1,) * width, (layer,), (), ((reader, inputs),))
        for (layer, reader, inputs), width in zip(table, widths, strict=True)
    ]


def cut(network: LeNet, kept: Kept) -> LeNet:
    """The smaller network of the channels that stay; a layer that is not named stays whole."""
    couplings = couplings_of(network.widths)
    stays = [kept.get(coupling.name, np.ones(coupling.width, np.bool_)) for coupling in couplings]
    smaller = LeNet([int(stay.sum()) for stay in stays])
    smaller.load_state_dict(cut_tensors(network.state_dict(), couplings, kept))
    return smaller


def train(network: LeNet, data: LabelledImages, steps: int, rate: float, seed: int) -> None:
    """Adam whose rate rises to its highest and falls to nothing; every image once before any comes again."""
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.Adam(network.parameters(), rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps)
    order = torch.empty(0, dtype=torch.int64)
    for _ in range(steps):
        if len(order) < _BATCH:
            order = torch.randperm(len(data), generator=generator)
        batch, order = data.at(order[:_BATCH]), order[_BATCH:]
        optimiser.zero_grad()
        loss = functional.cross_entropy(network(batch.images), batch.labels)
        torch.autograd.backward(loss)
        optimiser.step()
        schedule.step()


@torch.inference_mode()
def accuracy(network: LeNet, data: LabelledImages) -> float:
    """In per cent."""
    right = sum(int((network(batch.images).argmax(1) == batch.labels).sum()) for batch in data.batches(1000))
    return 100 * right / len(data)


class LayerGame:
    """The channels of one layer, all others as they are: what a network is worth with some of them, the rest at zero.

    A channel whose weights and bias are zero is zero behind pooling and rectifier too, so that all coalitions share
    what comes before. Worth is the accuracy in per cent, or minus the cross-entropy.
    """

    n_frames = 1
    ordered = False

    @torch.inference_mode()
    def __init__(self, network: LeNet, layer: int, data: LabelledImages, by_loss: bool) -> None:
        stages = network.stages()
        self.n_players = network.widths[layer]
        self._by_loss = by_loss
        self._after = nn.Sequential(*stages[layer + 1 :])
        self._made: Tensor = nn.Sequential(*stages[: layer + 1])(data.images)
        self._labels = data.labels

    @torch.inference_mode()
    def values(self, frame: int, coalitions: NDArray[np.bool_]) -> NDArray[np.float64]:
        found = []
        for some in torch.split(torch.from_numpy(coalitions).float(), 1 if self._made.ndim == 4 else _AT_ONCE):
            masks = some.view(len(some), 1, -1, *(1,) * (self._made.ndim - 2))
            logits = self._after((self._made * masks).flatten(0, 1))
            labels = self._labels.repeat(len(some))
            if self._by_loss:
                worth = -functional.cross_entropy(logits, labels, reduction="none").double()
            else:
                worth = 100 * (logits.argmax(1) == labels).double()
            found.append(worth.view(len(some), -1).mean(1))
        return torch.cat(found).numpy()


LayerScores = Callable[[LeNet, int], NDArray[np.float64]]
"""Of a network's layer, float64 (channels,): more is more important."""


def best(scores: NDArray[np.float64], width: int) -> NDArray[np.bool_]:
    """Bool (channels,): as many channels of greatest score; of equals, those of lower number."""
    stay = np.zeros(len(scores), np.bool_)
    stay[np.argsort(-scores, kind="stable")[:width]] = True
    return stay


def choose_apart(network: LeNet, scores: LayerScores, choices: Sequence[Sequence[int]]) -> list[Kept]:
    """The best of each layer, judged with all others whole; for each choice of widths."""
    layers = [coupling.name for coupling in couplings_of(network.widths)]
    of_layers = [scores(network, number) for number in range(len(layers))]
    return [
        {layer: best(found, width) for layer, found, width in zip(layers, of_layers, widths, strict=True)}
        for widths in choices
    ]


def choose_in_turn(network: LeNet, scores: LayerScores, choices: Sequence[Sequence[int]]) -> list[Kept]:
    """The best of each layer, judged with the layers before it cut already, those after it whole."""
    layers = [coupling.name for coupling in couplings_of(network.widths)]
    known: dict[tuple[int, ...], NDArray[np.float64]] = {}
    chosen: list[Kept] = []
    for widths in choices:
        kept: dict[str, NDArray[np.bool_]] = {}
        for number, layer in enumerate(layers):
            before = tuple(widths[:number])
            if before not in known:
                known[before] = scores(cut(network, kept).eval(), number)
            kept[layer] = best(known[before], widths[number])
        chosen.append(kept)
    return chosen
