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
class ExpertCells:
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
    def cells(self) -> Sequence[ExpertCells]:
        """Every expert that some cell chose, with its cells."""
        batch, _, height, width = self.chosen.shape
        expert = self.chosen.flatten()
        order = expert.argsort(stable=True)
        place = torch.arange(batch * height * width, device=expert.device).view(batch, 1, height, width)
        cell = place.expand_as(self.chosen).flatten()[order]
        gate = self.gates.flatten()[order][:, None]
        counts = torch.bincount(expert, minlength=self.logits.shape[1]).tolist()
        parts = zip(torch.split(cell, counts), torch.split(gate, counts), strict=True)
        return [ExpertCells(number, cell, gate) for number, (cell, gate) in enumerate(parts) if len(cell)]

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


GATHERING_PAYS = 3
"""Of N experts, k active, all do N / k times the work of the active ones; gathering the cells of each of the k takes
about as long as 3 k times that (one thread, 44 x 152 and 16 x 53 cells of 48 channels, the least of 60 turns)."""

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
        self.widen = FewOutputs(width * experts, outputs, 1)

    @property
    def experts(self) -> int:
        """N."""
        return self.narrow.out_channels // self.width

    def initialise(self) -> None:
        """Answers as large as if k experts were all that there are. Within ``no_grad``."""
        self.widen.weight.mul_((self.experts / self.active) ** 0.5)

    def forward(self, x: Tensor, routing: Routing) -> Tensor:
        """(B, inputs, h, w) -> (B, outputs, h, w).

        On a CPU an expert that no cell asks for is not computed. Others are on the cells that ask, or, of so few that
        gathering these takes longer, on all; elsewhere, where to look who is asked would halt the device, all are.
        """
        if self.training or x.device.type != "cpu" or torch.compiler.is_compiling():
            return self._on_every_cell(x, routing)
        if self.experts > GATHERING_PAYS * self.active**2:
            return self._on_their_cells(x, routing)
        return self._on_every_cell(x, routing, torch.unique(routing.chosen))

    def _on_every_cell(self, x: Tensor, routing: Routing, asked: Tensor | None = None) -> Tensor:
        """Experts on the whole map, all or the asked, int64 (n,): what was not chosen has a gate of 0."""
        if asked is None or len(asked) == self.experts:
            y: Tensor = self.widen(self._gated(self.narrow(x), routing.gates_of_all))
            return y
        channel = (asked[:, None] * self.width + torch.arange(self.width)).flatten()
        bias = self.narrow.get_parameter("bias")[channel]
        hidden = functional.conv2d(x, self.narrow.weight[channel], bias, padding=1)
        gated = self._gated(hidden, routing.gates_of_all.index_select(1, asked))
        return self.widen.with_weight(self.widen.weight[:, channel], gated)

    def _gated(self, hidden: Tensor, gates: Tensor) -> Tensor:
        """(B, n * width, h, w) and the gates of these n experts (B, n, h, w) -> what their 1 x 1 convolution takes."""
        of_each = torch.unflatten(functional.relu(hidden), 1, (-1, self.width))
        return (of_each * gates[:, :, None].to(hidden.dtype)).flatten(1, 2)

    def _on_their_cells(self, x: Tensor, routing: Routing) -> Tensor:
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
            for asked in routing.cells:
                image, place = asked.cell // (height * width), asked.cell % (height * width)
                corner = (image * (height + 2) + place // width) * (width + 2) + place % width
                near = padded.index_select(0, (corner[:, None] + taps).flatten()).view(-1, 9 * inputs)
                hidden = functional.linear(near, narrow[asked.expert], bias[asked.expert]).relu_() * asked.gate
                out.index_add_(0, asked.cell, hidden @ widen[asked.expert].T)
        return out.view(batch, height, width, -1).permute(0, 3, 1, 2)

    def macs_a_place(self) -> Mapping[str, float]:
        """As ``WorksInPart`` says: k experts a cell."""
        share = self.active / self.experts
        return {"narrow": share * self.narrow.weight.numel(), "widen": share * self.widen.weight.numel()}
