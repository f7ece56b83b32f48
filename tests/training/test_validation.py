"""What weights are judged by, against plain numpy on the same frames."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.errors import LidarselError
from lidarsel.evaluation.line_numbers import mean_mm
from lidarsel.frame import Frame, ImagePoints
from lidarsel.training.validation import Validation
from tests.support.streets import N_LINES, SETTINGS, Streets

CROP = (40, 56)


class PartlySeenStreets(Streets):
    """Streets whose image shows nine of the twelve lines, with ground truth beyond the range of use in a corner."""

    def frame(self, index: int) -> Frame:
        frame = super().frame(index)
        assert frame.ground_truth_m is not None
        truth = frame.ground_truth_m.copy()
        truth[-4:, -8:] = 120.0
        return replace(frame, points=frame.points.keep(frame.points.line >= 3), ground_truth_m=truth)


def draw(points: ImagePoints, lines: set[int], size: tuple[int, int]) -> NDArray[np.float32]:
    canvas = np.zeros(size, np.float32)
    for row, column, depth, line in zip(points.row, points.column, points.depth_m, points.line, strict=True):
        if int(line) in lines:
            canvas[row, column] = depth  # no two of these points share a pixel
    return canvas


def expected_rmse_mm(network: LidarselNet, frame: Frame, lines: set[int]) -> float:
    """Of a cropped frame, by loops and float64."""
    height, width = frame.size
    everything = draw(frame.points, set(range(N_LINES)), frame.size)
    errors = []
    image = torch.from_numpy(np.ascontiguousarray(frame.image)).permute(2, 0, 1)[None] / 255
    with torch.no_grad():
        sparse = torch.from_numpy(draw(frame.points, lines, frame.size))[None, None]
        depth = network(network.encode(image), sparse)[0, 0].double().numpy()
    assert frame.ground_truth_m is not None
    for column in range(width):
        block = everything[:, column // 16 * 16 : column // 16 * 16 + 16]
        measured = np.flatnonzero(block.any(axis=1))
        for row in range(height):
            truth = float(frame.ground_truth_m[row, column])
            if len(measured) and row >= measured[0] and 0 < truth <= 90:
                errors.append(depth[row, column] - truth)
    return 1000 * float(np.sqrt(np.mean(np.square(errors))))


def test_rmse_by_budget_is_that_of_plain_loops() -> None:
    assert SETTINGS.design is not None
    network = LidarselNet(SETTINGS.design, seed=4).eval()
    got = Validation(PartlySeenStreets(6), 3, CROP, "cpu").rmse_mm(FrozenLidarselNet(network, "cpu"))
    # nine lines are present, 3 to 11; the middles of 4 and of 8 equal parts of them
    kept = {"0": set(), "4": {4, 6, 8, 10}, "8": {3, 4, 5, 6, 8, 9, 10, 11}, "all": set(range(3, 12))}
    frames = [PartlySeenStreets(6).frame(index).crop(*CROP) for index in (1, 3, 5)]  # the middles of three parts of six
    expected = {
        name: np.mean([expected_rmse_mm(network, frame, lines) for frame in frames]) for name, lines in kept.items()
    }
    assert list(got) == list(expected)
    assert got == pytest.approx(expected, rel=1e-4)
    again = Validation(PartlySeenStreets(6), 3, CROP, "cpu").rmse_mm(FrozenLidarselNet(network, "cpu"))
    assert again == got


@given(st.lists(st.floats(1, 1e5), min_size=1, max_size=7))
def test_the_mean_is_geometric(values: list[float]) -> None:
    named = {str(number): value for number, value in enumerate(values)}
    assert mean_mm(named.values()) == pytest.approx(np.prod(np.array(values) ** (1 / len(values))), rel=1e-9)


def test_no_error_at_all_counts_as_a_millimetre() -> None:
    assert mean_mm([4000.0, 0.0]) == pytest.approx(np.sqrt(4000))


def test_frames_that_cannot_judge_are_named_before_the_work() -> None:
    class Dark(Streets):
        def frame(self, index: int) -> Frame:
            return replace(super().frame(index), image=None)

    class Above(Streets):
        """Ground truth in the two rows above the topmost line."""

        def frame(self, index: int) -> Frame:
            frame = super().frame(index)
            truth = np.zeros((48, 64), np.float32)
            truth[:2] = 30
            return replace(frame, ground_truth_m=truth)

    with pytest.raises(LidarselError, match="street/0 has no camera image"):
        Validation(Dark(), 9, (48, 64), "cpu")
    with pytest.raises(LidarselError, match="street/0 has no ground truth where the lidar sweeps"):
        Validation(Above(), 9, (48, 64), "cpu")
    with pytest.raises(LidarselError, match="no frames to validate"):
        Validation(Streets(0), 9, (48, 64), "cpu")
