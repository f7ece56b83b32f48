"""What a spread is trained by: the likelihood of the true log depth under a Laplace distribution round the answer."""

import math

import torch
from torch import Tensor

from lidarsel.training.loss import FAR_M, UNSWEPT_WEIGHT

LEAST_LOG_SCALE = -7.0
"""Likelihoods are told from that of the least scale on, so that none is negative: the loss is a figure of the log."""


def spread_loss(log_depth: Tensor, log_scale: Tensor, truth_m: Tensor, swept_mask: Tensor) -> Tensor:
    """Mean over samples, a scalar: where the lidar sweeps, and a tenth of that of the rest, as ``split_loss``.

    Per sample the mean of |ln depth - ln truth| / scale + ln scale, the negative log-likelihood but for a constant,
    over pixels with ground truth, depths clipped at 90 m. A Laplace distribution and not a Gaussian one: a few pixels
    at edges are off by several metres, and would settle the variance of all.

    Args:
        log_depth, log_scale: float (B, 1, H, W).
        truth_m: float (B, 1, H, W), 0 = no value.
        swept_mask: bool (B, 1, H, W).
    """
    truth = torch.where(truth_m > 0, truth_m.clamp(max=FAR_M), 1.0)
    error = (log_depth.clamp(max=math.log(FAR_M)) - torch.log(truth)).abs()
    each = error * torch.exp(-log_scale) + (log_scale - LEAST_LOG_SCALE)

    def mean(known: Tensor) -> Tensor:
        of_samples = (each * known).sum((1, 2, 3)) / known.sum((1, 2, 3)).clamp(min=1)
        return of_samples.mean()

    known = truth_m > 0
    return mean((known & swept_mask).to(each.dtype)) + UNSWEPT_WEIGHT * mean((known & ~swept_mask).to(each.dtype))
