"""Depth errors by KITTI's definitions: sums first, so that they add up over windows and frames, then figures.

KITTI's depth completion benchmark takes each frame's figures over its pixels with ground truth, and averages the
frames' figures (Uhrig et al., 2017, and the development kit): ``frame_figures`` gives those of one frame.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from lidarsel.errors import LidarselError

MM_PER_M = 1000.0
M_PER_KM = 1000.0


@dataclass(frozen=True)
class ErrorFigures:
    """The four figures of the benchmark, named as in ``choices.FIGURES``. RMSE and MAE in mm; of inverse depth, iRMSE
    and iMAE in 1/km."""

    rmse_mm: float
    mae_mm: float
    irmse_per_km: float
    imae_per_km: float


@dataclass(frozen=True)
class ErrorSums:
    """Sums over pixels that add with ``+``. Depth errors in m and m^2, inverse depth errors in 1/m and 1/m^2."""

    n_pixels: int = 0
    absolute_m: float = 0.0
    square_m2: float = 0.0
    inverse_absolute_per_m: float = 0.0
    inverse_square_per_m2: float = 0.0

    def __add__(self, other: "ErrorSums") -> "ErrorSums":
        return ErrorSums(
            self.n_pixels + other.n_pixels,
            self.absolute_m + other.absolute_m,
            self.square_m2 + other.square_m2,
            self.inverse_absolute_per_m + other.inverse_absolute_per_m,
            self.inverse_square_per_m2 + other.inverse_square_per_m2,
        )

    def figures(self) -> ErrorFigures:
        """Raises LidarselError where there was no pixel with ground truth: no figure is made up."""
        if self.n_pixels == 0:
            raise LidarselError("no pixel has ground truth, so there is no depth error to tell")
        return ErrorFigures(
            rmse_mm=MM_PER_M * sqrt(self.square_m2 / self.n_pixels),
            mae_mm=MM_PER_M * self.absolute_m / self.n_pixels,
            irmse_per_km=M_PER_KM * sqrt(self.inverse_square_per_m2 / self.n_pixels),
            imae_per_km=M_PER_KM * self.inverse_absolute_per_m / self.n_pixels,
        )


def error_sums(prediction_m: NDArray[np.floating], truth_m: NDArray[np.floating]) -> ErrorSums:
    """Sums over the pixels where ``truth_m`` > 0; both of one shape, metres, truth 0 = no value.

    Raises LidarselError where the shapes differ, or where the prediction at a pixel with ground truth is not a
    finite depth above zero: it has no inverse, and dropping it would flatter the network.
    """
    if prediction_m.shape != truth_m.shape:
        raise LidarselError(f"the prediction is {prediction_m.shape} and the ground truth {truth_m.shape}")
    known = truth_m > 0
    truth = truth_m[known].astype(np.float64)
    prediction = prediction_m[known].astype(np.float64)
    invalid = ~(np.isfinite(prediction) & (prediction > 0))
    if invalid.any():
        raise LidarselError(
            f"the prediction is not a depth above zero at {int(invalid.sum())} of {truth.size} pixels with ground truth"
        )
    error = prediction - truth
    inverse_error = 1 / prediction - 1 / truth
    return ErrorSums(
        n_pixels=int(truth.size),
        absolute_m=float(np.abs(error).sum()),
        square_m2=float(np.square(error).sum()),
        inverse_absolute_per_m=float(np.abs(inverse_error).sum()),
        inverse_square_per_m2=float(np.square(inverse_error).sum()),
    )


def frame_figures(prediction_m: NDArray[np.floating], truth_m: NDArray[np.floating]) -> ErrorFigures:
    """The figures of one frame; shapes and errors as in ``error_sums``."""
    return error_sums(prediction_m, truth_m).figures()
