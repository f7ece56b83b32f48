"""Fitting Laplace's approximation to what a network was trained on, once its weights are there."""

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from lidarsel.completion.lidarsel_net.columns import CELL, to_columns
from lidarsel.completion.lidarsel_net.image_encoder import pad
from lidarsel.completion.lidarsel_net.laplace import jacobian, last_weights
from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.completion.spreading import TruthBatch
from lidarsel.uncertainty.laplace import posterior_root, prior_precision


@torch.no_grad()
def fit_root(network: LidarselNet, batches: Iterable[TruthBatch], n_frames: int, unswept: float) -> NDArray[np.float64]:
    """The root of the last layer's posterior covariance, float64 (P, P).

    A datum is a cell of 4 x 4 pixels with ground truth, of a frame; its subsets of lines are looked at together and
    count as one. The distribution is the network's own, a Laplace distribution of log depth.

    Args:
        network: in use, with room for the root; on the CPU.
        batches: of frames it was trained on, one at least.
        n_frames: that it was trained on, for which those of the batches stand.
        unswept: what a cell counts where the lidar does not sweep.
    """
    branch = network.depth_branch
    size = len(last_weights(branch))
    information, seen = np.zeros((size, size)), 0
    for image, position, sparse_depth_m, truth_m, swept in batches:
        subsets = len(sparse_depth_m) // len(image)
        _, answer, log_scale = branch.judged(to_columns(pad(sparse_depth_m)), network.encode(image, position))
        counts = _counts(truth_m, swept, unswept).repeat_interleave(subsets, 0) / subsets
        by_weights = jacobian(answer, branch.residual_limit)
        for one, scale, count in zip(by_weights, log_scale[:, 0], counts[:, 0], strict=True):
            told = count > 0
            rows = (one[:, told] * (count[told].sqrt() * torch.exp(-scale[told]))).double().numpy()
            information += rows @ rows.T
        seen += len(image)
    information *= n_frames / seen
    return posterior_root(information, prior_precision(information, last_weights(branch)))


def _counts(truth_m: Tensor, swept: Tensor, unswept: float) -> Tensor:
    """(F, 1, H, W) each -> (F, 1, h, w): 1 of cells with ground truth where the lidar sweeps, ``unswept`` of others."""

    def cells(where: Tensor) -> Tensor:
        return functional.max_pool2d(pad(where.float()), CELL)

    known = truth_m > 0
    inside = cells(known & swept)
    return torch.where(inside > 0, inside, unswept * cells(known))
