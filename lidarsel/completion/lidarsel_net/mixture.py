"""Experts in the middle of the depth branch: each cell at 1/8 resolution is computed by the few its router chooses.

An expert is a narrow 3 x 3 convolution and a 1 x 1 one back to the layer's width, in each of the branch's two
convolutions at 1/8. A cell's router sees the branch's features, the image's among them, and how near measurements are.
Each cell chooses by itself, so that an answer depends on nothing else in the batch. Gates are sigmoids, not normalised
over the chosen, so that the router of a single one learns too (as Llama 4 has them). Load balance is that of Switch
Transformer (Fedus, Zoph and Shazeer 2021, equation 4), the z-loss ST-MoE's (Zoph et al. 2022, equation 5); narrower
experts of which more are chosen are DeepSeekMoE's (Dai et al. 2024, section 3.1).
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor, nn
from torch.nn import functional

from lidarsel.completion.lidarsel_net.layers import FewOutputs, conv
from lidarsel.completion.threads import one_thread

BALANCE_WEIGHT, Z_WEIGHT = 1e-2, 1e-3
"""Of the two losses of a router, beside that of depth in metres."""
NEARNESS = 4
"""Inputs that tell how near and whether there the knots above and below are."""


@dataclass(frozen=True, eq=False)
class Asked:
    """The cells of one expert. cell: int64 (n,), b * h * w + its place. gate: float (n, 1)."""

    expert: int
    cell: Tensor
    gate: Tensor


@dataclass(frozen=True, eq=False)
class Routing:
    """Which of N experts compute each cell.

    logits: float (B, N, h, w). chosen: int64 (B, k, h, w), the k largest.
    """

    logits: Tensor
    chosen: Tensor

    @cached_property
    def gates(self) -> Tensor:
        """Float (B, k, h, w), 0 to 2: how much each chosen expert counts, 1 where the router does not know."""
        return 2 * torch.sigmoid(self.logits.gather(1, self.chosen))

    @cached_property
    def gates_of_all(self) -> Tensor:
        """Float (B, N, h, w): the gates, 0 for an expert that is not chosen."""
        return torch.zeros_like(self.logits).scatter(1, self.chosen, self.gates)

    @cached_property
    def asked(self) -> Sequence[Asked]:
        """Every expert that some cell chose, with its cells."""
        batch, _, height, width = self.chosen.shape
        expert = self.chosen.flatten()
        order = expert.argsort(stable=True)
        place = torch.arange(batch * height * width, device=expert.device).view(batch, 1, height, width)
        cells = place.expand_as(self.chosen).flatten()[order]
        gates = self.gates.flatten()[order][:, None]
        counts = torch.bincount(expert, minlength=self.logits.shape[1]).tolist()
        parts = zip(torch.split(cells, counts), torch.split(gates, counts), strict=True)
        return [Asked(number, cell, gate) for number, (cell, gate) in enumerate(parts) if len(cell)]

    def loss(self) -> Tensor:
        """Load balance and z-loss, weighted, a scalar: of each coalition by itself, the mean over them.

        Balance is N times the sum over experts of the share of choices that fell on it and its mean probability: 1
        where all are chosen alike.
        """
        batch, n_experts, _, _ = self.logits.shape
        chosen = functional.one_hot(self.chosen.reshape(batch, -1), n_experts).to(self.logits.dtype).mean(1)
        likely = self.logits.softmax(1).mean((2, 3))
        balance = n_experts * (chosen * likely).sum(1).mean()
        return BALANCE_WEIGHT * balance + Z_WEIGHT * self.logits.logsumexp(1).square().mean()


Watch = Callable[[Routing], None]
"""Told how the cells of a batch were routed."""


class Router(nn.Module):
    """Features and nearness of each cell -> the experts that compute it.

    Args:
        features: channels of the features.
        experts: N.
        active: k, how many compute a cell.
    """

    def __init__(self, features: int, experts: int, active: int) -> None:
        super().__init__()
        self.active = active
        self.judge = FewOutputs(features + NEARNESS, experts, 1)

    def initialise(self) -> None:
        """Start undecided: every expert is as good as another. Within ``no_grad``."""
        self.judge.weight.mul_(0.1)

    def forward(self, x: Tensor, nearness: Tensor) -> Routing:
        """(B, C, h, w) and (B, 4, 2h, 2w), the latter at twice the resolution."""
        near = functional.avg_pool2d(nearness, 2)
        # Of rounded logits other experts are chosen; only training rounds, and an exported program has no such block.
        with torch.autocast(x.device.type, enabled=False) if self.training else nullcontext():
            logits = self.judge(torch.cat([x.float(), near.float()], 1))
        return Routing(logits, logits.topk(self.active, 1).indices)


class Mixture(nn.Module):
    """A convolution as N experts of which each cell is computed by k. In training all of them are, and k of them count.

    Args:
        inputs, outputs: channels.
        width: of an expert.
        experts: N.
        active: k.
    """

    def __init__(self, inputs: int, outputs: int, width: int, experts: int, active: int) -> None:
        super().__init__()
        self.width, self.active = width, active
        self.narrow = conv(inputs, width * experts, bias=True)
        self.widen = conv(width * experts, outputs, size=1, bias=True)

    def initialise(self) -> None:
        """Answers as large as if k experts were all that there are. Within ``no_grad``."""
        self.widen.weight.mul_((self.narrow.out_channels / (self.active * self.width)) ** 0.5)

    def forward(self, x: Tensor, routing: Routing) -> Tensor:
        """(B, inputs, h, w) -> (B, outputs, h, w)."""
        if self.training or x.device.type != "cpu" or torch.compiler.is_compiling():
            return self._by_all(x, routing)
        return self._by_the_asked(x, routing)

    def _by_all(self, x: Tensor, routing: Routing) -> Tensor:
        """Every expert on every cell: no gathering, and nothing that depends on what was chosen but the gates."""
        hidden = torch.unflatten(functional.relu(self.narrow(x)), 1, (-1, self.width))
        gated = hidden * routing.gates_of_all[:, :, None].to(hidden.dtype)
        y: Tensor = self.widen(gated.flatten(1, 2))
        return y

    def _by_the_asked(self, x: Tensor, routing: Routing) -> Tensor:
        """Each expert on its cells alone: their 3 x 3 neighbourhoods gathered, a row each.

        By one thread: of products of few rows the last bits follow the number of threads (measured, 80 x 250 pixels).
        """
        batch, inputs, height, width = x.shape
        padded = functional.pad(x.permute(0, 2, 3, 1), (0, 0, 1, 1, 1, 1)).flatten(0, 2)
        tap = torch.arange(3, device=x.device)
        taps = (tap[:, None] * (width + 2) + tap).flatten()
        narrow = torch.split(self.narrow.weight.permute(0, 2, 3, 1).flatten(1), self.width)
        bias = torch.split(self.narrow.get_parameter("bias"), self.width)
        widen = torch.split(self.widen.weight.flatten(1), self.width, 1)
        out = self.widen.get_parameter("bias").repeat(batch * height * width, 1)
        with one_thread():
            for asked in routing.asked:
                image, place = asked.cell // (height * width), asked.cell % (height * width)
                corner = (image * (height + 2) + place // width) * (width + 2) + place % width
                near = padded.index_select(0, (corner[:, None] + taps).flatten()).view(-1, 9 * inputs)
                hidden = functional.linear(near, narrow[asked.expert], bias[asked.expert]).relu_() * asked.gate
                out.index_add_(0, asked.cell, hidden @ widen[asked.expert].T)
        return out.view(batch, height, width, -1).permute(0, 3, 1, 2)

    def macs_a_place(self) -> Mapping[str, float]:
        """As ``WorksInPart`` says: k experts a cell."""
        share = self.active * self.width / self.narrow.out_channels
        return {"narrow": share * self.narrow.weight.numel(), "widen": share * self.widen.weight.numel()}
