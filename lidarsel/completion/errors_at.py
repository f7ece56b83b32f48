"""Depth errors of many coalitions at once, at the ground-truth pixels of one frame, on the network's device."""

import torch
from torch import Tensor

from lidarsel.errors import LidarselError
from lidarsel.metrics import FIGURES

ROW = 1024
SERIAL = 32768  # elements: PyTorch does not share less than this among threads


def depth_errors(prediction_m: Tensor, truth_m: Tensor) -> Tensor:
    """Float ``prediction_m`` (B, P), ``truth_m`` (P,), metres, both > 0 -> float64 (B, 4), the columns of FIGURES.

    KITTI's definitions, as in ``lidarsel.metrics``. Each row is summed by itself, in float64 and in one order, so a
    coalition's figures depend neither on the others of its batch nor on the number of threads. Raises LidarselError
    where P is 0, where the ground truth is not above zero, or where a prediction is not a finite depth above zero.
    """
    if truth_m.numel() == 0:
        raise LidarselError("no pixel has ground truth, so there is no depth error to tell")
    if not bool((torch.isfinite(truth_m) & (truth_m > 0)).all()):
        raise LidarselError("the ground truth given is not a depth above zero at every pixel")
    truth = truth_m.to(torch.float64)
    inverse_truth = 1 / truth
    rows = []
    for row in prediction_m:
        prediction = row.to(torch.float64)
        valid = torch.isfinite(prediction) & (prediction > 0)
        if not bool(valid.all()):
            bad = int((~valid).sum())
            raise LidarselError(
                f"the prediction is not a depth above zero at {bad} of {truth.numel()} pixels with ground truth"
            )
        error = prediction - truth
        inverse_error = 1 / prediction - inverse_truth
        mean = torch.stack(
            [_sum(error.square()), _sum(error.abs()), _sum(inverse_error.square()), _sum(inverse_error.abs())]
        ).div(truth.numel())
        mean[0::2] = mean[0::2].sqrt()
        rows.append(1000 * mean)  # m -> mm, 1/m -> 1/km
    return torch.stack(rows) if rows else truth.new_zeros((0, len(FIGURES)))


def _sum(values: Tensor) -> Tensor:
    """(P,) -> the sum, in an order of its own: threads share the summing of one long vector, but not of short rows."""
    whole = len(values) // ROW * ROW
    parts = torch.cat([values[:whole].view(-1, ROW).sum(1), values[whole:]])
    return parts.sum() if len(parts) < SERIAL else _sum(parts)
