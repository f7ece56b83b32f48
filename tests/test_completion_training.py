"""Training: what a sample is, what the loss is, that it learns, and that a killed run ends as an unbroken one."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from lidarsel.completion.augment import disturb_points, mirror, random_window
from lidarsel.completion.batches import make_batch
from lidarsel.completion.checkpoint import load_weights, read_safetensors
from lidarsel.completion.design import Design
from lidarsel.completion.frozen import FrozenLidarselNet
from lidarsel.completion.loss import FAR_M, depth_loss, split_loss, swept
from lidarsel.completion.subsets import draw_lines
from lidarsel.completion.train import TrainSettings, train
from lidarsel.errors import BadInputError, LidarselError, OutputError
from lidarsel.frame import Frame, ImagePoints

SETTINGS = TrainSettings(
    steps=6,
    images_per_step=2,
    subsets_per_image=2,
    crop=(32, 48),
    warm_up_steps=2,
    save_every=2,
    log_every=2,
    design=Design(image_channels=(8, 8, 16, 16, 16), depth_channels=(8, 8, 16)),
)


class Streets:
    """Tiny frames: a road up to the horizon, and a box before it at a depth that its colour does not tell."""

    def __init__(self, count: int = 5, height: int = 48, width: int = 64) -> None:
        self.count, self.height, self.width = count, height, width

    def __len__(self) -> int:
        return self.count

    def frame(self, index: int) -> Frame:
        rng = np.random.default_rng(index)
        row = np.arange(self.height, dtype=np.float32)[:, None]
        depth = np.broadcast_to(np.clip(200 / np.maximum(row - 14, 1), 4, 80), (self.height, self.width)).copy()
        left, far = int(rng.integers(0, self.width - 20)), float(rng.uniform(6, 30))
        depth[8:34, left : left + 20] = far
        image = np.full((self.height, self.width, 3), 60, np.uint8)
        image[8:34, left : left + 20] = 200
        lines = np.arange(2, self.height, 4)
        rows, columns = (
            x.ravel().astype(np.int32) for x in np.meshgrid(lines, np.arange(0, self.width, 2), indexing="ij")
        )
        line = np.repeat(np.arange(len(lines)), self.width // 2).astype(np.int16)
        points = ImagePoints(rows, columns, depth[rows, columns], line)
        return Frame(f"street/{index}", depth.shape, len(lines), points, image, depth)


def test_subsets_span_every_size_and_lean_to_few():
    rng = np.random.default_rng(0)
    sizes = np.array([draw_lines(rng, 64).sum() for _ in range(4000)])
    assert set(sizes) == set(range(65))
    assert 0.06 < (sizes == 0).mean() < 0.15
    assert 0.06 < (sizes == 64).mean() < 0.15
    assert 0.22 < ((sizes > 0) & (sizes <= 8)).mean() < 0.32  # uniform sizes would give 0.1
    assert all(draw_lines(rng, 1).shape == (1,) for _ in range(50))


def test_a_window_keeps_image_truth_and_points_together():
    frame = Streets().frame(0)
    for seed in range(5):
        cut, centre = random_window(np.random.default_rng(seed), frame, 24, 40)
        for each in (cut, mirror(cut)):
            p = each.points
            assert each.size == each.image.shape[:2] == each.ground_truth_m.shape == (24, 40)
            assert np.array_equal(each.ground_truth_m[p.row, p.column], p.depth_m)
        left = round((64 - 1) / 2 - centre)
        wide = frame.ground_truth_m[:, left : left + 40]
        assert any(np.array_equal(wide[top : top + 24], cut.ground_truth_m) for top in range(25))


def test_disturbed_points_stay_near_and_inside():
    points = Streets().frame(1).points
    for seed in range(20):
        got = disturb_points(np.random.default_rng(seed), points, (48, 64))
        assert 0.55 * len(points) < len(got) <= len(points)
        assert got.row.min() >= 0
        assert got.row.max() < 48
        assert got.column.max() < 64
        assert (got.depth_m > 0).all()
        assert got.depth_m.dtype == np.float32


def test_batches_are_a_function_of_seed_and_step():
    def batch(seed, step):
        return make_batch(Streets(), seed, step, images=2, subsets=3, crop=(32, 48))

    one, same, later, other = batch(0, 1), batch(0, 1), batch(0, 2), batch(1, 1)
    assert one.image.shape == (2, 3, 32, 48)
    assert one.position.shape == (2, 2, 32, 48)
    assert one.sparse_depth_m.shape == (6, 1, 32, 48)
    assert one.truth_m.shape == (2, 1, 32, 48)
    assert torch.equal(one.image, same.image)
    assert torch.equal(one.sparse_depth_m, same.sparse_depth_m)
    assert not torch.equal(one.image, later.image)
    assert not torch.equal(one.image, other.image)


def test_the_loss_by_hand():
    truth = torch.tensor([10.0, 0.0, 20.0, 200.0]).view(1, 1, 2, 2)
    depth = torch.tensor([12.0, 5.0, 20.0, 150.0]).view(1, 1, 2, 2)  # the last is beyond the range on both sides
    log_error = abs(np.log(1.2)) + abs(np.log(150 / FAR_M))
    expected = np.sqrt(4 / 3 + 1e-6) + 2 / 3 + 5 * log_error / 3
    assert depth_loss(depth.log(), truth).item() == pytest.approx(expected, rel=1e-5)
    assert depth_loss(depth.log(), torch.zeros_like(truth)).item() == pytest.approx(1e-3, rel=1e-3)


def test_swept_is_at_and_below_a_measurement_in_the_column():
    full = torch.zeros(1, 1, 6, 40)
    full[0, 0, 2, 3], full[0, 0, 4, 20] = 9.0, 30.0
    expected = torch.zeros(6, 40, dtype=torch.bool)
    expected[2:, :16] = True
    expected[4:, 16:32] = True
    assert torch.equal(swept(full)[0, 0], expected)


def test_what_no_line_sweeps_weighs_a_tenth():
    truth = torch.full((1, 1, 4, 4), 10.0)
    log_depth = truth.log()
    log_depth[..., :2, :] += 0.5
    top = torch.zeros_like(truth, dtype=torch.bool)
    top[..., :2, :] = True
    half = depth_loss(log_depth[..., :2, :], truth[..., :2, :]).item()
    rest = depth_loss(log_depth[..., 2:, :], truth[..., 2:, :]).item()
    assert split_loss(log_depth, truth, top).item() == pytest.approx(half + 0.1 * rest, rel=1e-5)
    assert split_loss(log_depth, truth, ~top).item() == pytest.approx(rest + 0.1 * half, rel=1e-5)


def test_a_killed_run_ends_as_an_unbroken_one(tmp_path):
    class Killed(Exception):
        pass

    def kill(done: int, total: int, loss: float) -> None:
        if done == 5:
            raise Killed

    whole = train(Streets(), SETTINGS, tmp_path / "whole.safetensors", recipe={"data": "streets"})
    with pytest.raises(Killed):
        train(Streets(), SETTINGS, tmp_path / "broken.safetensors", kill)
    assert load_weights(tmp_path / "broken.safetensors")  # usable before the end
    steps = []
    broken = train(Streets(), SETTINGS, tmp_path / "broken.safetensors", lambda done, total, loss: steps.append(done))
    assert steps == [5, 6]
    for name, weight in load_weights(whole).state_dict().items():
        assert torch.equal(weight, load_weights(broken).state_dict()[name]), name
    logs = [(tmp_path / f"{name}.safetensors.log.jsonl").read_text() for name in ("whole", "broken")]
    assert logs[0] == logs[1]
    assert [json.loads(line)["step"] for line in logs[0].splitlines()] == [2, 4, 6]
    assert not (tmp_path / "whole.safetensors.resume").exists()
    metadata = read_safetensors(whole)[1]
    assert metadata["data"] == "streets"
    assert json.loads(metadata["settings"])["seed"] == 0


def test_a_resume_file_of_other_settings_is_refused(tmp_path):
    out = tmp_path / "w.safetensors"

    def kill(done: int, total: int, loss: float) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(Streets(), SETTINGS, out, kill)
    with pytest.raises(BadInputError, match="other settings"):
        train(Streets(), replace(SETTINGS, seed=1), out)


def test_frames_that_cannot_be_trained_on_are_refused(tmp_path):
    class Blind(Streets):
        def frame(self, index):
            return replace(super().frame(index), image=None)

    with pytest.raises(LidarselError, match="street/"):
        train(Blind(), SETTINGS, tmp_path / "w.safetensors")
    with pytest.raises(LidarselError, match="no frames"):
        train(Streets(0), SETTINGS, tmp_path / "w.safetensors")
    (tmp_path / "taken").write_text("")
    with pytest.raises(OutputError):
        train(Streets(), SETTINGS, tmp_path / "taken" / "w.safetensors")


def test_it_learns_the_road_and_follows_the_lidar(tmp_path):
    settings = replace(
        SETTINGS, steps=60, learning_rate=3e-3, subsets_per_image=3, warm_up_steps=5, ema_decay=0.9, save_every=1000
    )
    losses = []
    out = train(Streets(30), settings, tmp_path / "w.safetensors", lambda done, total, loss: losses.append(loss))
    assert np.mean(losses[-10:]) < 0.6 * np.mean(losses[:10])
    network, frame = FrozenLidarselNet(load_weights(out), "cpu"), Streets().frame(1000)
    image = torch.from_numpy(frame.image).permute(2, 0, 1)[None] / 255
    few, all_lines = np.zeros(12, np.bool_), np.ones(12, np.bool_)
    few[[4, 9]] = True
    sparse = np.stack([frame.points.of_lines(lines).draw(48, 64) for lines in (few, all_lines)])
    depth = network.complete(network.encode(image), torch.from_numpy(sparse)[:, None])[:, 0].numpy()
    error = np.sqrt(np.square(depth - frame.ground_truth_m).mean((1, 2)))
    assert error[1] < error[0]
