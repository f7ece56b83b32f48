"""The batched errors of the game against lidarsel.metrics, which has its own oracle."""

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch

from lidarsel.choices import FIGURES
from lidarsel.completion.errors_at import _at_once, depth_errors
from lidarsel.completion.truth_cells import TruthCells
from lidarsel.errors import LidarselError
from lidarsel.metrics import frame_figures
from lidarsel.parts import DistanceBand


def test_equal_to_the_metrics_of_each_row() -> None:
    rng = np.random.default_rng(1)
    truth = rng.uniform(2, 80, 500).astype(np.float32)
    predictions = (truth * rng.uniform(0.7, 1.4, (5, 500))).astype(np.float32)
    got = depth_errors(torch.from_numpy(predictions), torch.from_numpy(truth))
    assert got.dtype == torch.float64
    for row, prediction in zip(got.tolist(), predictions, strict=True):
        expected = dataclasses.asdict(frame_figures(prediction[None], truth[None]))
        assert row == pytest.approx([expected[name] for name in FIGURES], rel=1e-9)


def test_a_row_does_not_depend_on_its_batch() -> None:
    generator = torch.Generator().manual_seed(2)
    truth = torch.rand(9001, generator=generator) * 80 + 1
    predictions = torch.rand(8, 9001, generator=generator) * 80 + 1
    together = depth_errors(predictions, truth)
    assert torch.equal(together, torch.cat([depth_errors(predictions[i : i + 1], truth) for i in range(8)]))
    assert torch.equal(together.flip(0), depth_errors(predictions.flip(0), truth))


def test_a_row_does_not_depend_on_the_number_of_threads() -> None:
    generator = torch.Generator().manual_seed(3)
    truth = torch.rand(400_003, generator=generator) * 80 + 1
    predictions = torch.rand(1, 400_003, generator=generator) * 80 + 1
    threads, errors = torch.get_num_threads(), []
    try:
        for count in (1, 2, 3):
            torch.set_num_threads(count)
            errors.append(depth_errors(predictions, truth))
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(errors[0], errors[1])
    assert torch.equal(errors[0], errors[2])


@pytest.mark.parametrize("bad", [0.0, -2.0, float("nan"), float("inf")])
def test_invalid_depths_are_refused(bad: Any) -> None:
    good = torch.full((2, 3), 5.0)
    wrong = good.clone()
    wrong[1, 2] = bad
    with pytest.raises(LidarselError, match="1 of 3 pixels"):
        depth_errors(wrong, good[0])
    with pytest.raises(LidarselError, match="ground truth"):
        depth_errors(good, wrong[1])


def test_no_pixel_is_refused_and_no_coalition_is_fine() -> None:
    with pytest.raises(LidarselError, match="no pixel"):
        depth_errors(torch.ones(1, 0), torch.ones(0))
    assert depth_errors(torch.ones(0, 3), torch.ones(3)).shape == (0, 4)


def test_all_rows_at_once_as_on_a_gpu() -> None:
    generator = torch.Generator().manual_seed(4)
    truth = torch.rand(5003, generator=generator) * 80 + 1
    predictions = torch.rand(6, 5003, generator=generator) * 80 + 1
    together = _at_once(predictions, truth.double(), 1 / truth.double())
    torch.testing.assert_close(together, depth_errors(predictions, truth), rtol=1e-12, atol=0)
    predictions[2, 7:9] = float("nan")
    with pytest.raises(LidarselError, match="2 of 5003 pixels"):
        _at_once(predictions, truth.double(), 1 / truth.double())


BANDS = [DistanceBand(0, 10), DistanceBand(10, 30), DistanceBand(0, 30), DistanceBand(200, 300)]


def banded(pixels: int = 20_011, rows: int = 4) -> tuple[torch.Tensor, torch.Tensor, TruthCells]:
    generator = torch.Generator().manual_seed(6)
    truth = torch.rand(pixels, generator=generator) * 80 + 1
    predictions = torch.rand(rows, pixels, generator=generator) * 80 + 1
    return predictions, truth, TruthCells.of(BANDS, truth.numpy(), torch.device("cpu"))


def test_within_a_part_errors_are_those_of_its_pixels_alone() -> None:
    """Parts that overlap, and one without a pixel, against the errors of the pixels by themselves."""
    predictions, truth, cells = banded()
    found = depth_errors(predictions, truth, cells=cells).view(len(predictions), 1 + len(BANDS), len(FIGURES))
    assert torch.equal(found[:, 0], depth_errors(predictions, truth)), "those of all pixels do not depend on parts"
    for number, band in enumerate(BANDS[:-1], 1):
        within = torch.from_numpy(band.holds(truth.numpy()))
        alone = depth_errors(predictions[:, within], truth[within])
        torch.testing.assert_close(found[:, number], alone, rtol=1e-12, atol=0)
    assert not found[:, -1].any()


def test_parts_of_judged_pixels() -> None:
    predictions, truth, cells = banded()
    judged = torch.rand(predictions.shape, generator=torch.Generator().manual_seed(7)) < 0.3
    judged[3, torch.from_numpy(BANDS[0].holds(truth.numpy()))] = False
    found = depth_errors(predictions, truth, judged, cells)
    for row in range(len(predictions)):
        for number, band in enumerate(BANDS[:2], 1):
            within = torch.from_numpy(band.holds(truth.numpy())) & judged[row]
            got = found[row, 4 * number : 4 * number + 4]
            if within.any():
                torch.testing.assert_close(
                    got, depth_errors(predictions[row : row + 1, within], truth[within])[0], rtol=1e-12, atol=0
                )
            else:
                assert row == 3
                assert not got.any()
    by_gpu = _at_once(predictions, truth.double(), 1 / truth.double(), judged, cells)
    torch.testing.assert_close(by_gpu, found, rtol=1e-12, atol=0)


def test_parts_depend_neither_on_batch_nor_on_threads() -> None:
    predictions, truth, cells = banded(90_001)
    together, threads = depth_errors(predictions, truth, cells=cells), torch.get_num_threads()
    try:
        torch.set_num_threads(3)
        alone = torch.cat([depth_errors(row[None], truth, cells=cells) for row in predictions])
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(together, alone)
