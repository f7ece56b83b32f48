"""Depth errors of many coalitions at once, at the ground-truth pixels of one frame, on the network's device."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lidarsel.choices import FIGURES
from lidarsel.completion.truth_cells import TruthCells
from lidarsel.errors import LidarselError

ROW = 1024
SERIAL = 32768  # elements: PyTorch does not share less than this among threads
TILE = 16 * ROW  # pixels whose errors are worked out at a time on a CPU: few enough to stay in its cache


def depth_errors(
    prediction_m: Tensor, truth_m: Tensor, judged: Tensor | None = None, cells: TruthCells | None = None
) -> Tensor:
    """Float ``prediction_m`` (B, P), ``truth_m`` (P,), metres, both > 0 -> float64 (B, F): FIGURES of all pixels, then
    of each part of the cells, in the order of ``parts.figure_names``.

    judged: bool (B, P), the pixels that a row's figures are means over; None for all. Without any they are 0, and so
    they are within a part without any.

    KITTI's definitions, as in ``lidarsel.metrics``. Each row is summed by itself, in float64 and in one order, so a
    coalition's figures depend neither on the others of its batch nor on the number of threads, and those of all pixels
    not on the parts. Raises LidarselError where P is 0, where the ground truth is not above zero, or where a prediction
    is not a finite depth above zero.
    """
    if truth_m.numel() == 0:
        raise LidarselError("no pixel has ground truth, so there is no depth error to tell")
    if not _all_depths(truth_m):
        raise LidarselError("the ground truth given is not a depth above zero at every pixel")
    truth = truth_m.to(torch.float64)
    inverse_truth = 1 / truth
    if prediction_m.device.type != "cpu" and len(prediction_m):
        return _at_once(prediction_m, truth, inverse_truth, judged, cells)
    rows = []
    for number, row in enumerate(prediction_m):
        _require_depths(row, truth.numel())
        rows.append(_figures(row, truth, inverse_truth, None if judged is None else judged[number], cells))
    n_figures = len(FIGURES) * (1 + (0 if cells is None else cells.n_parts))
    return torch.stack(rows) if rows else truth.new_zeros((0, n_figures))


def mean_of_rows(values: Tensor) -> Tensor:
    """Float (B, P), P > 0 -> float64 (B,): each row's mean, summed in one order whatever else is in the batch."""
    return torch.stack([_sum(row.to(torch.float64)) for row in values]) / values.shape[1]


def _figures(
    row: Tensor, truth: Tensor, inverse_truth: Tensor, judged: Tensor | None, cells: TruthCells | None
) -> Tensor:
    """(P,) each -> float64 (F,): the figures of one row at its judged pixels."""
    cell = None if cells is None else cells.cell
    if judged is not None:
        row, truth, inverse_truth = row[judged], truth[judged], inverse_truth[judged]
        cell = None if cell is None else cell[judged]
    by_cell = np.zeros((len(FIGURES), 0 if cells is None else cells.n_cells))
    none = truth.new_zeros(len(FIGURES))
    mean = _sums(row, truth, inverse_truth, cell, by_cell).div(len(row)) if len(row) else none
    mean[0::2] = mean[0::2].sqrt()
    found = 1000 * mean  # m -> mm, 1/m -> 1/km
    if cells is None or cell is None:
        return found
    pixels = cells.of_parts(np.bincount(cell.numpy(), minlength=cells.n_cells).astype(np.float64))
    means = cells.of_parts(by_cell) / np.maximum(pixels, 1)
    means[0::2] = np.sqrt(means[0::2])
    return torch.cat([found, torch.from_numpy(1000 * means.T.reshape(-1))])


def _at_once(
    prediction_m: Tensor,
    truth: Tensor,
    inverse_truth: Tensor,
    judged: Tensor | None = None,
    cells: TruthCells | None = None,
) -> Tensor:
    """``depth_errors`` of all rows together: a GPU waits for its host a few times a batch, not a row."""
    _require_depths(prediction_m, truth.numel())
    found = [_figures_at_once(prediction_m, truth, inverse_truth, judged)]
    for pixels in () if cells is None else cells.pixels:
        if not len(pixels):
            found.append(torch.zeros_like(found[0]))
            continue
        of_part = None if judged is None else judged.index_select(1, pixels)
        found.append(
            _figures_at_once(prediction_m.index_select(1, pixels), truth[pixels], inverse_truth[pixels], of_part)
        )
    return torch.cat(found, 1)


def _figures_at_once(prediction_m: Tensor, truth: Tensor, inverse_truth: Tensor, judged: Tensor | None) -> Tensor:
    """(B, P), (P,), (P,), bool (B, P) or None -> float64 (B, 4), FIGURES of these pixels."""
    prediction = prediction_m.to(torch.float64)
    error, inverse_error = prediction - truth, 1 / prediction - inverse_truth
    if judged is None:
        means = [error.square().mean(1).sqrt(), error.abs().mean(1)]
        means += [inverse_error.square().mean(1).sqrt(), inverse_error.abs().mean(1)]
    else:
        pixels = judged.sum(1).clamp(min=1)
        error, inverse_error = error * judged, inverse_error * judged
        means = [(error.square().sum(1) / pixels).sqrt(), error.abs().sum(1) / pixels]
        means += [(inverse_error.square().sum(1) / pixels).sqrt(), inverse_error.abs().sum(1) / pixels]
    return 1000 * torch.stack(means, 1)  # m -> mm, 1/m -> 1/km


def _require_depths(depth_m: Tensor, pixels: int) -> None:
    if not _all_depths(depth_m):
        of_rows = (~(torch.isfinite(depth_m) & (depth_m > 0))).reshape(-1, pixels).sum(1)
        bad = int(of_rows[of_rows > 0][0])
        raise LidarselError(f"the prediction is not a depth above zero at {bad} of {pixels} pixels with ground truth")


def _all_depths(depth_m: Tensor) -> bool:
    """Whether every value is finite and above zero, in one pass."""
    least, most = (float(value) for value in depth_m.aminmax())  # NaN wins both
    return least > 0 and most < float("inf")


def _sums(
    row: Tensor, truth: Tensor, inverse_truth: Tensor, cell: Tensor | None, by_cell: NDArray[np.float64]
) -> Tensor:
    """(P,) each -> float64 (4,): sums of squares and of absolute values, of errors and of inverse errors.

    Those of each cell are added to ``by_cell``, float64 (4, n_cells), on the way, while values are in the CPU's cache.
    """
    size = TILE if row.device.type == "cpu" else len(row)
    partial: list[list[Tensor]] = [[], [], [], []]
    for start in range(0, len(row), size):
        part = slice(start, start + size)
        error = row[part].to(torch.float64, copy=True)
        inverse_error = (1 / error).sub_(inverse_truth[part])
        error.sub_(truth[part])
        values = (error.square(), error.abs_(), inverse_error.square(), inverse_error.abs_())
        for sums, value in zip(partial, values, strict=True):
            sums.append(_by_rows(value))
        if cell is not None:
            places = cell[part].numpy().astype(np.intp)
            for sums_of_cell, value in zip(by_cell, values, strict=True):
                sums_of_cell += np.bincount(places, value.numpy(), len(sums_of_cell))
    return torch.stack([_sum(torch.cat(sums)) for sums in partial])


def _by_rows(values: Tensor) -> Tensor:
    """(P,) -> the sums of its whole rows of ``ROW``, and the values left over."""
    whole = len(values) // ROW * ROW
    return torch.cat([values[:whole].view(-1, ROW).sum(1), values[whole:]])


def _sum(values: Tensor) -> Tensor:
    """(P,) -> the sum, in an order of its own: threads share the summing of one long vector, but not of short rows."""
    return values.sum() if len(values) < SERIAL else _sum(_by_rows(values))
