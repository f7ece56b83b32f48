"""The lidar half of lidarsel's network, run for every coalition: light, and without normalisation layers."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from lidarsel.completion.lidarsel_net.columns import Columns
from lidarsel.completion.lidarsel_net.design import EXPERTS, MEAN_LOG_DEPTH, Design
from lidarsel.completion.lidarsel_net.image_encoder import ImageFeatures
from lidarsel.completion.lidarsel_net.laplace import make_room
from lidarsel.completion.lidarsel_net.last_answer import (
    OUTPUTS,
    Doubt,
    LastAnswer,
    LastLayers,
    log_depth_of,
    widened,
)
from lidarsel.completion.lidarsel_net.layers import FewOutputs, conv, upsample
from lidarsel.completion.lidarsel_net.mixture import NEARNESS, Mixture, Router, Routing, Watch
from lidarsel.completion.lidarsel_net.posterior import at_means, is_drawn
from lidarsel.completion.lidarsel_net.spread_head import SpreadHead


class DepthBranch(nn.Module):
    """Columns of knots and image features -> log depth at quarter resolution. About 0.9 GMAC at 352 x 1216."""

    INPUTS = 9

    def __init__(self, design: Design) -> None:
        super().__init__()
        enter, down8, depth8 = map(design.width, ("enter", "down8", "depth8"))
        depth16, fuse8, fuse4 = map(design.width, ("depth16", "fuse8", "fuse4"))
        self.residual_limit = design.residual_limit
        self.enter = conv(self.INPUTS, enter, bias=True)
        self.down8 = conv(enter, down8, stride=2, bias=True)
        self.router = _router(design)
        self.conv8 = _middle(design, down8, depth8)
        self.down16 = conv(depth8, depth16, stride=2, bias=True)
        self.conv16 = nn.ModuleList((conv(depth16, depth16, bias=True), conv(depth16, depth16, bias=True)))
        self.up8 = conv(depth16, depth8, size=1)
        self.fuse8 = _middle(design, depth8, fuse8)
        self.up4 = conv(fuse8, enter, size=1)
        self.fuse4 = conv(enter, fuse4, bias=True)
        self.leave = FewOutputs(fuse4, OUTPUTS, 1)
        self.spread = SpreadHead(fuse4, self.INPUTS) if design.spread else None
        if design.spread == "laplace":
            make_room(self)

    def forward(
        self, columns: Columns, features: ImageFeatures, first_row: int = 0, watch: Watch | None = None
    ) -> Tensor:
        """-> (B, 1, h - first_row, w) log depth. Features of F images serve B = F * K coalitions, image by image.

        Rows of cells above ``first_row``, which is even, are looked at but not answered for. ``watch`` is told how a
        mixture's cells were routed.
        """
        before, hypotheses, _ = self._before_last(columns, features, first_row, watch)
        return self._answer(before, hypotheses).log_depth

    def with_spread(
        self, columns: Columns, features: ImageFeatures, doubt: Doubt | None = None, watch: Watch | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Of a network that has a spread: ``forward``'s answer; that of the mean weights, without gradients; and ln of
        log depth's scale round the latter, (B, 1, h, w) each.

        Args:
            columns, features, watch: as of ``forward``.
            doubt: of the last weights, whose variance is part of the scale.
        """
        answer, settled, log_scale = self.judged(columns, features, watch)
        if doubt is not None:
            before, hypotheses = settled.before, settled.hypotheses
            variance = doubt.variance(settled, lambda last: self._answer(before, hypotheses, last).log_depth)
            log_scale = widened(log_scale, variance)
        return answer.log_depth, settled.log_depth.detach(), log_scale

    def judged(
        self, columns: Columns, features: ImageFeatures, watch: Watch | None = None
    ) -> tuple[LastAnswer, LastAnswer, Tensor]:
        """Likewise the last layers' answers, and the scale without any doubt of their weights."""
        assert self.spread is not None
        before, hypotheses, inputs = self._before_last(columns, features, 0, watch)
        answer = settled = self._answer(before, hypotheses)
        if is_drawn(self):
            with torch.no_grad(), at_means(self):
                settled = self._answer(before, hypotheses)
        return answer, settled, self.spread(settled.features, inputs)

    def _before_last(
        self, columns: Columns, features: ImageFeatures, first_row: int, watch: Watch | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """What the last layers take, a row more on top than is answered for; the hypotheses from ``first_row`` on; and
        what went in, whole."""
        batch = columns.above_log.shape[0]
        prior = _for_batch(features.prior_log, batch)
        hypotheses, offset = self._hypotheses(columns, prior, _for_batch(features.prior_rows, batch))
        inputs = self._inputs(columns, hypotheses, offset)
        level4, level8, level16 = (_for_batch(level, batch) for level in features.levels)
        # Sums go where their first term stood: a map more for each would cost as much again as the addition.
        x4 = functional.relu_(self.enter(inputs).add_(level4))  # (B, d4, h, w)
        x8 = functional.relu_(self.down8(x4).add_(level8))  # (B, d8, h/2, w/2)
        routing = self.router(x8, inputs[:, -NEARNESS:]) if self.router is not None else None
        if watch is not None and routing is not None:
            watch(routing)
        x8 = functional.relu_(_routed(self.conv8, x8, routing))
        x16 = functional.relu_(self.down16(x8).add_(level16))  # (B, d16, h/4, w/4)
        for layer in self.conv16:
            x16 = functional.relu_(layer(x16)) + x16
        x8 = functional.relu_(upsample(self.up8(x16)).add_(x8))
        x8 = functional.relu_(_routed(self.fuse8, x8, routing))
        top = max(first_row - 1, 0)  # the 3 x 3 convolution that follows looks a row further up,
        top8 = max(top // 2 - 1, 0)  # and upsampling a row of its own
        rising = upsample(self.up4(x8[:, :, top8:]))[:, :, top - 2 * top8 :]
        x4 = functional.relu_(rising.add_(x4[:, :, top:]).add_(_for_batch(features.fine, batch)[:, :, top:]))
        return x4, hypotheses[:, :, first_row:], inputs

    def _answer(self, before: Tensor, hypotheses: Tensor, last: LastLayers | None = None) -> LastAnswer:
        """A choice among the hypotheses and a bounded residual, by the last layers, or others in their place."""
        fuse4, leave = last or (self.fuse4, self.leave)
        x4 = functional.relu_(fuse4(before)[:, :, before.shape[2] - hypotheses.shape[2] :])
        out = leave(x4).float()  # 1 % is what bfloat16 would leave of a depth
        log_depth = log_depth_of(out, hypotheses, self.residual_limit, self.training)
        return LastAnswer(before, x4, out, hypotheses, log_depth)

    def _hypotheses(self, columns: Columns, prior: Tensor, prior_rows: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 4, h, w) log depths: interpolated, the knot above, the one below, the prior moved to meet the knots;
        and (B, 1, h, w), by how much it was moved. Where there is no knot at all, all four are the prior."""
        above = torch.where(columns.has_above, columns.above_log, prior)
        below = torch.where(columns.has_below, columns.below_log, prior)
        above = torch.where(columns.has_above | ~columns.has_below, above, below)
        below = torch.where(columns.has_below | ~columns.has_above, below, above)
        offset = columns.interpolate(
            columns.above_log - prior_rows.gather(1, columns.above_row)[:, None],
            columns.below_log - prior_rows.gather(1, columns.below_row)[:, None],
            torch.zeros_like(prior),
        )
        linear = columns.interpolated_log_depth(prior)
        return torch.cat([linear, above, below, prior + offset], 1), offset

    @staticmethod
    def _inputs(columns: Columns, hypotheses: Tensor, offset: Tensor) -> Tensor:
        """(B, 9, h, w), channels last: hypotheses, offset, and how near and whether there the knots are."""
        nearness = [
            has * torch.exp2(-distance / 8)
            for has, distance in ((columns.has_above, columns.above_px), (columns.has_below, columns.below_px))
        ]
        flags = [columns.has_above.to(offset.dtype), columns.has_below.to(offset.dtype)]
        x = torch.cat([hypotheses - MEAN_LOG_DEPTH, offset, *nearness, *flags], 1)
        return x.contiguous(memory_format=torch.channels_last)


def _for_batch(x: Tensor, batch: int) -> Tensor:
    """(F, ...) -> (batch, ...), each image's features once for each of its coalitions."""
    if x.shape[0] == batch:
        return x
    if x.shape[0] == 1:
        return x.expand(batch, *x.shape[1:])
    return x.repeat_interleave(batch // x.shape[0], 0)


def _router(design: Design) -> Router | None:
    return Router(design.width("down8"), design.width(EXPERTS), design.active_experts) if design.is_mixture else None


def _middle(design: Design, inputs: int, outputs: int) -> nn.Module:
    """One of the two convolutions at 1/8, or its mixture."""
    if not design.is_mixture:
        return conv(inputs, outputs, bias=True)
    return Mixture(inputs, outputs, design.expert_width, design.width(EXPERTS), design.active_experts)


def _routed(layer: nn.Module, x: Tensor, routing: Routing | None) -> Tensor:
    y: Tensor = layer(x) if routing is None else layer(x, routing)
    return y
