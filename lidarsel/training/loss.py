"""What training minimises: the figure of the game, RMSE in metres, with two terms that keep it well-behaved."""

import torch
from torch import Tensor

FAR_M = 90.0  # beyond the range of use; a prediction is judged as if depth ended here
UNSWEPT_WEIGHT = 0.1


def split_loss(log_depth: Tensor, truth_m: Tensor, swept_mask: Tensor) -> Tensor:
    """``depth_loss`` where the lidar sweeps, and a tenth of that of the rest.

    Simulated ground truth covers the whole image; real ground truth is lidar's, and ends where the sweep ends. Far
    backgrounds above the topmost line, settled by no line, would otherwise make up most of the squared error.
    """
    nothing = torch.zeros_like(truth_m)
    inside = depth_loss(log_depth, torch.where(swept_mask, truth_m, nothing))
    return inside + UNSWEPT_WEIGHT * depth_loss(log_depth, torch.where(swept_mask, nothing, truth_m))


def depth_loss(log_depth: Tensor, truth_m: Tensor) -> Tensor:
    """``log_depth`` (B, 1, H, W), ``truth_m`` (B, 1, H, W) metres, 0 = no value -> mean over samples, a scalar.

    Per sample RMSE + MAE (m) + 5 * mean absolute error of log depth, over pixels with ground truth, depths clipped at
    90 m. The root makes samples of few lines, whose errors are several times as large, weigh no more than the game
    weighs them; the log term keeps near pixels in view of it. A sample without ground truth counts as zero.
    """
    known = (truth_m > 0).to(log_depth.dtype)
    truth = torch.where(truth_m > 0, truth_m.clamp(max=FAR_M), 1.0)
    depth = torch.exp(log_depth).clamp(max=FAR_M)
    count = known.sum((1, 2, 3)).clamp(min=1)
    error = (depth - truth) * known
    relative = (log_depth - torch.log(truth)).abs() * known
    root_mean_square = (error.square().sum((1, 2, 3)) / count + 1e-6).sqrt()
    mean_absolute = error.abs().sum((1, 2, 3)) / count
    return (root_mean_square + mean_absolute + 5 * relative.sum((1, 2, 3)) / count).mean()
