"""On a CUDA device: figures and weights as on the CPU, within the tolerance of other sums. Run with -m gpu."""

import msgspec
import numpy as np
import pytest
import torch

from lidarsel.completion.errors_at import depth_errors
from lidarsel.completion.lidarsel_net.trainable import TrainableLidarselNet
from lidarsel.completion.registry import load_network
from lidarsel.training.batches import make_batch
from lidarsel.training.processes import Processes
from lidarsel.training.settings import TrainSettings
from lidarsel.training.state import RunState, Stepper
from tests.support.streets import SETTINGS, Streets

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")]
SIZE = (352, 1216)


@pytest.fixture(autouse=True)
def float32(monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU's convolutions are in TF32 unless told otherwise."""
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)


def sparse_depths(steps: range) -> torch.Tensor:
    """Float (B, 1, H, W): every so many lines of a street."""
    points = Streets(1, height=SIZE[0], width=SIZE[1]).frame(0).points
    return torch.from_numpy(np.stack([points.keep(points.line % step == 0).draw(*SIZE) for step in steps]))[:, None]


def completed(device: str, sparse_m: torch.Tensor) -> torch.Tensor:
    image = Streets(1, height=SIZE[0], width=SIZE[1]).frame(0).image
    assert image is not None
    network = load_network("lidarsel", device=device)
    features = network.encode(torch.from_numpy(image.transpose(2, 0, 1)[None].astype(np.float32) / 255).to(device))
    return network.complete(features, sparse_m.to(device)).cpu()


def test_depths_are_the_cpus_within_a_thousandth() -> None:
    here, there = (completed(device, sparse_depths(range(1, 4))) for device in ("cpu", "cuda"))
    far = (here - there).abs() / here > 1e-3
    assert far.float().mean() < 1e-3  # a measurement beside the limit of its vote may go either way


def test_a_coalition_is_the_same_in_any_batch() -> None:
    sparse = sparse_depths(range(1, 6))
    assert torch.equal(completed("cuda", sparse)[3:4], completed("cuda", sparse[3:4]))


def test_figures_of_a_batch_are_those_of_its_rows_and_of_the_cpu() -> None:
    generator = torch.Generator().manual_seed(0)
    truth = torch.rand(20_011, generator=generator) * 80 + 1
    predictions = truth * (0.5 + torch.rand(40, 20_011, generator=generator))
    together = depth_errors(predictions.cuda(), truth.cuda()).cpu()
    rows = torch.cat([depth_errors(row[None].cuda(), truth.cuda()).cpu() for row in predictions])
    torch.testing.assert_close(together, rows, rtol=1e-12, atol=0)  # CUDA may sum by the number of rows
    torch.testing.assert_close(together, depth_errors(predictions, truth), rtol=1e-12, atol=0)


@pytest.mark.parametrize(("precision", "tolerance"), [("float32", 1e-3), ("bfloat16", 0.05)])
def test_training_goes_as_on_the_cpu(precision: str, tolerance: float) -> None:
    losses = {}
    for device in ("cpu", "cuda"):
        chosen = precision if device == "cuda" else "float32"
        settings = msgspec.structs.replace(SETTINGS, device=device, precision=chosen)
        losses[device] = _losses(settings)
    assert losses["cuda"] == pytest.approx(losses["cpu"], rel=tolerance)


def _losses(settings: TrainSettings) -> list[float]:
    step = Stepper(RunState(settings, TrainableLidarselNet(settings.design, 0)), Processes())
    return [step(make_batch(Streets(), settings, number)) for number in range(3)]
