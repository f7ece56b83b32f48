"""Dropout as a distribution of weights: its mean, its variance, and what it is the same as."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from lidarsel.uncertainty.dropout import DROPPED, DroppedConv2d


def layer() -> nn.Conv2d:
    torch.manual_seed(0)
    return nn.Conv2d(6, 4, 3, padding=1)


def test_a_draw_is_the_convolution_of_what_is_left_of_its_inputs() -> None:
    plain, rng = layer(), np.random.default_rng(3)
    dropped = DroppedConv2d(plain)
    x = torch.rand(2, 6, 8, 9)
    torch.testing.assert_close(dropped(x), plain(x))
    dropped.draw(rng)
    kept = torch.from_numpy(np.random.default_rng(3).random(6) >= DROPPED)
    expected = functional.conv2d(x * kept[:, None, None] / (1 - DROPPED), plain.weight, plain.bias, padding=1)
    torch.testing.assert_close(dropped(x), expected)
    dropped.settle()
    torch.testing.assert_close(dropped(x), plain(x))


def test_draws_have_the_mean_and_variance_of_bernoullis() -> None:
    plain, rng = layer(), np.random.default_rng(0)
    dropped = DroppedConv2d(plain)
    drawn = torch.stack([dropped.sample(rng)[0] for _ in range(4_000)]).detach()
    torch.testing.assert_close(drawn.mean(0), plain.weight.detach(), rtol=0.04, atol=0)
    variance = plain.weight.detach().square() * DROPPED / (1 - DROPPED)
    torch.testing.assert_close(drawn.var(0), variance, rtol=0.15, atol=0)


def test_its_weights_go_by_the_names_of_the_convolutions() -> None:
    plain = layer()
    DroppedConv2d(layer()).load_state_dict(plain.state_dict())
    assert float(DroppedConv2d(plain).kl()) == 0
    with pytest.raises(ValueError, match="only convolutions of all channels"):
        DroppedConv2d(nn.Conv2d(4, 4, 3, groups=2))
