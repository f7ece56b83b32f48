"""A teacher adds its own distance to the loss, is left as it was, and belongs to a run's identity."""

from pathlib import Path

import msgspec
import pytest
import torch

from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.completion.lidarsel_net.trainable import TrainableLidarselNet
from lidarsel.errors import BadInputError
from lidarsel.training.batches import make_batch
from lidarsel.training.loss import depth_loss
from lidarsel.training.objective import TEACHER_WEIGHT, Objective
from lidarsel.training.train import train
from tests.support.streets import SETTINGS, Streets


def trainable(seed: int) -> TrainableLidarselNet:
    """With upsampling and residuals large enough to tell seeds apart."""
    network = LidarselNet(SETTINGS.design, seed) if SETTINGS.design else None
    assert network is not None
    network.depth_branch.leave.weight.data.mul_(20)
    return TrainableLidarselNet(None, seed, network)


def test_the_loss_is_the_plain_one_and_the_distance_to_the_teacher() -> None:
    pupil, teacher = trainable(0), trainable(1)
    batch = make_batch(Streets(), SETTINGS, 0)
    plain = Objective(pupil, SETTINGS)(*batch)
    taught = Objective(pupil, SETTINGS, teacher)(*batch)
    with torch.no_grad():
        own = pupil.log_depths(batch.image, batch.position, batch.sparse_depth_m).log_depth
        told = teacher.log_depths(batch.image, batch.position, batch.sparse_depth_m).log_depth
    distance = float(depth_loss(own, told.exp()))
    assert distance > 0.01
    assert taught.item() == pytest.approx(plain.item() + TEACHER_WEIGHT * distance, rel=1e-5)


def test_a_taught_run_leaves_the_teacher_and_another_teacher_is_another_run(tmp_path: Path) -> None:
    teacher = trainable(1)
    before = {name: weight.clone() for name, weight in teacher.module.state_dict().items()}
    taught, plain = tmp_path / "taught.safetensors", tmp_path / "plain.safetensors"
    train(Streets(), Streets(2, first=1000), SETTINGS, taught, trainable(0), teacher=teacher)
    train(Streets(), Streets(2, first=1000), SETTINGS, plain, trainable(0))
    assert taught.read_bytes() != plain.read_bytes()
    assert all(torch.equal(before[name], weight) for name, weight in teacher.module.state_dict().items())

    out = tmp_path / "stopped.safetensors"
    longer = msgspec.structs.replace(SETTINGS, steps=8)

    def stop(done: int, total: int, loss: float) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(Streets(), Streets(2, first=1000), longer, out, trainable(0), stop, teacher=teacher)
    with pytest.raises(BadInputError, match="other settings"):
        train(Streets(), Streets(2, first=1000), longer, out, trainable(0), teacher=trainable(2))
    train(Streets(), Streets(2, first=1000), longer, out, trainable(0), teacher=teacher)
    whole = tmp_path / "whole.safetensors"
    train(Streets(), Streets(2, first=1000), longer, whole, trainable(0), teacher=teacher)
    assert out.read_bytes() == whole.read_bytes()
