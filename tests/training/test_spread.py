"""What a spread is trained by, and that it comes to say how far depths are off."""

import math
from pathlib import Path
from typing import get_args

import msgspec
import numpy as np
import pytest
import torch
from safetensors import safe_open
from scipy import stats

from lidarsel.choices import SpreadKind
from lidarsel.completion.lidarsel_net.checkpoint import load_weights
from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.lidarsel_net.network import LidarselNet, spreading
from lidarsel.completion.lidarsel_net.trainable import TrainableLidarselNet
from lidarsel.training import train as loop
from lidarsel.training.batches import make_batch
from lidarsel.training.loss import UNSWEPT_WEIGHT
from lidarsel.training.processes import Processes
from lidarsel.training.spread_loss import LEAST_LOG_SCALE, spread_loss
from lidarsel.training.state import RunState, Stepper
from tests.support.streets import SETTINGS, Streets

DESIGN = SETTINGS.design or Design()


def test_the_loss_is_laplaces_likelihood_but_for_a_constant() -> None:
    rng = np.random.default_rng(0)
    log_depth, log_scale = rng.normal(2, 1, (3, 1, 5, 6)), rng.uniform(-5, 0, (3, 1, 5, 6))
    truth = np.where(rng.random((3, 1, 5, 6)) < 0.6, rng.uniform(1, 60, (3, 1, 5, 6)), 0)
    swept = rng.random((3, 1, 5, 6)) < 0.5
    tensors = (torch.from_numpy(array) for array in (log_depth, log_scale, truth, swept))
    expected = 0.0
    for mask, weight in ((swept, 1.0), (~swept, UNSWEPT_WEIGHT)):
        for sample in range(3):
            known = mask[sample] & (truth[sample] > 0)
            likelihood = stats.laplace(log_depth[sample][known], np.exp(log_scale[sample][known])).logpdf(
                np.log(truth[sample][known])
            )
            expected += weight * (-likelihood.mean() - math.log(2) - LEAST_LOG_SCALE) / 3
    assert float(spread_loss(*tensors)) == pytest.approx(expected, rel=1e-9)


def test_it_learns_where_depths_are_off(tmp_path: Path) -> None:
    settings = msgspec.structs.replace(
        SETTINGS, steps=80, learning_rate=5e-3, subsets_per_image=3, ema_decay=0.9, validate_every=40
    )
    start = spreading(LidarselNet(DESIGN, 0), "nll", 0)
    out = tmp_path / "w.safetensors"
    loop.train(Streets(20), Streets(2, first=1000), settings, out, TrainableLidarselNet(None, 0, start))
    network = FrozenLidarselNet(load_weights(out), "cpu")
    untrained = FrozenLidarselNet(start, "cpu")
    likelihoods, correlations = {}, []
    for name, each in (("trained", network), ("untrained", untrained)):
        found = []
        for index in range(6):
            frame = Streets(6, first=2000).frame(index)
            assert frame.image is not None
            assert frame.ground_truth_m is not None
            kept = np.zeros(frame.n_lines, bool)
            kept[[5, 8]] = True
            sparse = torch.from_numpy(frame.points.of_lines(kept).draw(48, 64))[None, None]
            image = torch.from_numpy(frame.image).permute(2, 0, 1)[None] / 255
            depth_m, spread_m = each.complete_with_spread(each.encode(image), sparse)
            depth, scale = depth_m[0, 0].double().numpy(), (spread_m / depth_m)[0, 0].double().numpy() / math.sqrt(2)
            error = np.abs(np.log(depth) - np.log(frame.ground_truth_m))[8:]
            found.append(float(np.mean(error / scale[8:] + np.log(scale[8:]))))
            if name == "trained":
                correlations.append(stats.spearmanr(error.ravel(), scale[8:].ravel()).statistic)
        likelihoods[name] = np.mean(found)
    assert likelihoods["trained"] < likelihoods["untrained"] - 0.5
    assert np.mean(correlations) > 0.2


@pytest.mark.parametrize("kind", ["radial", "laplace"])
def test_the_last_weights_are_kept_and_a_killed_run_ends_as_a_whole_one(kind: SpreadKind, tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole.safetensors", tmp_path / "killed.safetensors"

    def network() -> TrainableLidarselNet:
        return TrainableLidarselNet(None, 0, spreading(LidarselNet(DESIGN, 0), kind, 0))

    class Kill(Exception):
        pass

    def progress(done: int, _total: int, _loss: float) -> None:
        if done == 5:
            raise Kill

    held_out = Streets(2, first=1000)
    loop.train(Streets(), held_out, SETTINGS, whole, network())
    with pytest.raises(Kill):
        loop.train(Streets(), held_out, SETTINGS, killed, network(), progress)
    loop.train(Streets(), held_out, SETTINGS, killed, network())
    assert killed.read_bytes() == whole.read_bytes()
    with safe_open(whole, framework="pt") as file:
        assert file.metadata()["step"] == str(SETTINGS.steps)


def test_the_divergence_comes_in_over_the_first_half_and_is_shared_by_all_cells(tmp_path: Path) -> None:
    settings = msgspec.structs.replace(SETTINGS, steps=8)
    network = TrainableLidarselNet(None, 0, spreading(LidarselNet(DESIGN, 0), "radial", 0))
    stepper = Stepper(RunState(settings, network, n_frames=5), Processes())
    shares = []
    for step in range(8):
        stepper(make_batch(Streets(), settings, step))
        shares.append(stepper.objective.divergence_share)
    cells = 5 * 32 * 48 / 16
    assert shares == pytest.approx([min(1, step / 4) / cells for step in range(8)])


def test_a_killed_run_of_another_spread_is_another_run() -> None:
    """By its start, which the file to go on from is known by."""
    starts = [TrainableLidarselNet(Design(spread=spread), 0).start for spread in (None, *get_args(SpreadKind))]
    assert starts[0] == "scratch"
    assert len(set(starts)) == len(starts)
