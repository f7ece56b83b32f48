"""What training minimises, by hand."""

import kornia
import msgspec
import numpy as np
import pytest
import torch

from lidarsel.completion.lidarsel_net.trainable import TrainableLidarselNet
from lidarsel.completion.swept import swept
from lidarsel.training.batches import make_batch
from lidarsel.training.loss import FAR_M, depth_loss, split_loss
from lidarsel.training.objective import Objective, smoothness
from tests.support.streets import SETTINGS, Streets


def test_the_loss_by_hand() -> None:
    truth = torch.tensor([10.0, 0.0, 20.0, 200.0]).view(1, 1, 2, 2)
    depth = torch.tensor([12.0, 5.0, 20.0, 150.0]).view(1, 1, 2, 2)  # the last is beyond the range on both sides
    log_error = abs(np.log(1.2)) + abs(np.log(150 / FAR_M))
    expected = np.sqrt(4 / 3 + 1e-6) + 2 / 3 + 5 * log_error / 3
    assert depth_loss(depth.log(), truth).item() == pytest.approx(expected, rel=1e-5)
    assert depth_loss(depth.log(), torch.zeros_like(truth)).item() == pytest.approx(1e-3, rel=1e-3)


def test_swept_is_at_and_below_a_measurement_in_the_column() -> None:
    full = torch.zeros(1, 1, 6, 40)
    full[0, 0, 2, 3], full[0, 0, 4, 20] = 9.0, 30.0
    expected = torch.zeros(6, 40, dtype=torch.bool)
    expected[2:, :16] = True
    expected[4:, 16:32] = True
    assert torch.equal(swept(full)[0, 0], expected)


def test_what_no_line_sweeps_weighs_a_tenth() -> None:
    truth = torch.full((1, 1, 4, 4), 10.0)
    log_depth = truth.log()
    log_depth[..., :2, :] += 0.5
    top = torch.zeros_like(truth, dtype=torch.bool)
    top[..., :2, :] = True
    half = depth_loss(log_depth[..., :2, :], truth[..., :2, :]).item()
    rest = depth_loss(log_depth[..., 2:, :], truth[..., 2:, :]).item()
    assert split_loss(log_depth, truth, top).item() == pytest.approx(half + 0.1 * rest, rel=1e-5)
    assert split_loss(log_depth, truth, ~top).item() == pytest.approx(rest + 0.1 * half, rel=1e-5)


def test_smoothness_by_hand_and_as_kornia_has_it() -> None:
    depth = torch.tensor([[1.0, 2.0, 4.0], [1.0, 2.0, 4.0]])[None, None]
    image = torch.zeros(1, 3, 2, 3)
    image[0, :, :, 2] = 0.5  # an edge of grey between the last two columns
    inverse = np.array([1, 0.5, 0.25]) / np.mean([1, 0.5, 0.25])
    expected = (abs(inverse[1] - inverse[0]) + abs(inverse[2] - inverse[1]) * np.exp(-0.5)) / 2
    assert smoothness(depth.log(), image).item() == pytest.approx(expected, rel=1e-5)
    assert smoothness((7 * depth).log(), image).item() == pytest.approx(expected, rel=1e-5)  # the same near and far
    kornias = kornia.losses.inverse_depth_smoothness_loss(torch.from_numpy(inverse).expand(1, 1, 2, 3).float(), image)
    assert smoothness(depth.log(), image).item() == pytest.approx(kornias.item(), rel=1e-6)
    assert smoothness(torch.full((2, 1, 4, 4), 1.5), torch.rand(2, 3, 4, 4)).item() == pytest.approx(0, abs=1e-6)


def loss_of(**changed: object) -> tuple[float, torch.Tensor]:
    """Loss of one batch, and the gradient of all weights in one row."""
    settings = msgspec.structs.replace(SETTINGS, **changed)
    assert settings.design is not None
    network = TrainableLidarselNet(settings.design, seed=3)
    loss = Objective(network, settings)(*make_batch(Streets(), SETTINGS, 0))
    assert loss.dtype == torch.float32
    loss.backward()
    return loss.item(), torch.cat(
        [weight.grad.flatten() for weight in network.module.parameters() if weight.grad is not None]
    )


def test_the_terms_of_a_step_add_up_as_the_settings_weigh_them() -> None:
    alone, prior, smooth, both = (
        loss_of(prior_weight=p, smoothness=s)[0] for p, s in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (0.3, 0.2))
    )
    assert prior > alone
    assert smooth > alone
    assert both == pytest.approx(alone + 0.3 * (prior - alone) + 0.2 * (smooth - alone), rel=1e-5)


def test_bfloat16_goes_the_way_of_float32() -> None:
    exact, exact_gradient = loss_of()
    loss, gradient = loss_of(precision="bfloat16")
    assert loss != exact
    assert loss == pytest.approx(exact, rel=0.02)
    assert gradient.isfinite().all()
    assert torch.nn.functional.cosine_similarity(gradient, exact_gradient, dim=0) > 0.97
