"""What a network answers where a depth was measured, and what it would say there without its last step."""

import numpy as np
import torch
from numpy.typing import NDArray

from lidarsel.completion.base import CompletionNetwork
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.lidarsel_net.measurements import LARGEST_RESIDUAL
from lidarsel.frame import Frame

Depth = NDArray[np.float32]
CLOSE = 0.02
WRONG = 0.05
OVERRULED = 0.001  # a network that answers more than this off the measurement does not repeat it


def relative(depth_m: NDArray[np.floating], reference_m: NDArray[np.floating]) -> NDArray[np.float64]:
    """|depth / reference - 1|, both (N,) metres, reference > 0."""
    return np.abs(depth_m.astype(np.float64) / reference_m - 1)


def answers(dense_m: Depth, sparse_m: Depth) -> dict[str, float]:
    """Shares of the measured pixels where the completion is within 2 % of the measurement, and where the network
    overrules it (answers something else)."""
    measured = sparse_m > 0
    off = relative(dense_m[measured], sparse_m[measured])
    return {"within": float((off <= CLOSE).mean()), "overruled": float((off > OVERRULED).mean())}


def before_last_step(network: CompletionNetwork, frame: Frame, sparse_m: Depth) -> Depth | None:
    """float32 (H, W) metres: the prediction of lidarsel's network before measurements are written back; None for
    networks that have no such step."""
    if not isinstance(network, FrozenLidarselNet) or frame.image is None:
        return None
    image = torch.from_numpy(np.ascontiguousarray(frame.image)).permute(2, 0, 1)[None].float() / 255
    with torch.inference_mode():
        log_depth = network.network.predict_log(network.encode(image), torch.from_numpy(sparse_m)[None, None])
    return log_depth.exp()[0, 0].numpy()


def disagreement(predicted_m: Depth, sparse_m: Depth, truth_m: Depth) -> dict[str, float]:
    """How a prediction that knows the measurements only through the network differs from them, and who is right.

    within: share of measured pixels where it is within 2 % of the measurement. far_off: share where it differs by
    more than the limit of ``measurements.py``, so that the measurement has no vote among its neighbours. seen_past:
    share of those where the measurement is the farther one, as where the lidar sees past an edge that the camera
    does not. prediction_wins: share of the far-off pixels with ground truth where the prediction is nearer to it.
    measured_wrong: share of the measurements that are more than 5 % off the ground truth, where there is any.
    measured_rmse_mm: of the measurements themselves against ground truth, where both are; predicted_rmse_mm: of the
    prediction there.
    """
    measured = sparse_m > 0
    predicted, sparse, truth = (depth[measured].astype(np.float64) for depth in (predicted_m, sparse_m, truth_m))
    residual = np.log(sparse / predicted)
    far_off, known = np.abs(residual) >= LARGEST_RESIDUAL, truth > 0
    judged = far_off & known
    wins = np.abs(predicted - truth) < np.abs(sparse - truth)
    return {
        "within": float((relative(predicted, sparse) <= CLOSE).mean()),
        "far_off": float(far_off.mean()),
        "seen_past": float((residual[far_off] > 0).mean()) if far_off.any() else 0.0,
        "prediction_wins": float(wins[judged].mean()) if judged.any() else 0.0,
        "measured_wrong": float((relative(sparse[known], truth[known]) > WRONG).mean()) if known.any() else 0.0,
        "measured_rmse_mm": _rmse_mm(sparse[known], truth[known]),
        "predicted_rmse_mm": _rmse_mm(predicted[known], truth[known]),
    }


def _rmse_mm(depth_m: NDArray[np.float64], truth_m: NDArray[np.float64]) -> float:
    return float(1000 * np.sqrt(np.mean(np.square(depth_m - truth_m)))) if len(truth_m) else 0.0
