"""A training run in this process: it learns, keeps the best, tells what it did, and refuses what cannot go well."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch

from lidarsel.completion.lidarsel_net.checkpoint import load_weights
from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.completion.lidarsel_net.trainable import TrainableLidarselNet
from lidarsel.completion.tensor_files import read_safetensors
from lidarsel.errors import BadInputError, LidarselError, OutputError, UsageError
from lidarsel.frame import Frame
from lidarsel.training import train as loop
from lidarsel.training.batches import FrameSource
from lidarsel.training.settings import TrainSettings
from lidarsel.training.validation import Validation
from tests.support.streets import N_LINES, SETTINGS, Streets

HELD_OUT = Streets(4, first=1000)


def train(
    frames: FrameSource,
    held_out: FrameSource,
    settings: TrainSettings,
    out: Path,
    start: LidarselNet | None = None,
    progress: loop.TrainingProgress | None = None,
    recipe: dict[str, str] | None = None,
) -> None:
    network = TrainableLidarselNet(settings.design, settings.seed, start)
    loop.train(frames, held_out, settings, out, network, progress, recipe)


class Kill(Exception):
    pass


def kill_at(step: int) -> Callable[[int, int, float], None]:
    def progress(done: int, total: int, loss: float) -> None:
        if done == step:
            raise Kill

    return progress


def changed(**given: object) -> TrainSettings:
    return msgspec.structs.replace(SETTINGS, **given)


def log_of(weights: Path) -> tuple[list[dict[str, float]], list[dict[str, Any]]]:
    """The lines of losses and of validations."""
    lines = [json.loads(line) for line in weights.with_name(weights.name + ".log.jsonl").read_text().splitlines()]
    return [line for line in lines if "loss" in line], [line for line in lines if "rmse_mm" in line]


def test_it_learns_the_road_and_follows_the_lidar(tmp_path: Path) -> None:
    settings = changed(steps=60, learning_rate=3e-3, subsets_per_image=3, ema_decay=0.9, validate_every=60)
    losses: list[float] = []
    out = tmp_path / "w.safetensors"
    train(Streets(30), HELD_OUT, settings, out, progress=lambda done, total, loss: losses.append(loss))
    assert np.mean(losses[-10:]) < 0.6 * np.mean(losses[:10])
    network, frame = FrozenLidarselNet(load_weights(out), "cpu"), HELD_OUT.frame(0)
    image = torch.from_numpy(frame.image).permute(2, 0, 1)[None] / 255
    few, all_lines = np.zeros(N_LINES, np.bool_), np.ones(N_LINES, np.bool_)
    few[[4, 9]] = True
    sparse = np.stack([frame.points.of_lines(lines).draw(48, 64) for lines in (few, all_lines)])
    depth = network.complete(network.encode(image), torch.from_numpy(sparse)[:, None])[:, 0].numpy()
    error = np.sqrt(np.square(depth - frame.ground_truth_m).mean((1, 2)))
    assert error[1] < error[0]


def test_the_files_say_what_was_done(tmp_path: Path) -> None:
    out, losses = tmp_path / "w.safetensors", []
    settings = changed(validate_every=3, log_every=4)
    train(Streets(), HELD_OUT, settings, out, progress=lambda *a: losses.append(a), recipe={"data": "streets"})
    assert [(done, total) for done, total, _ in losses] == [(step, 6) for step in range(1, 7)]
    logged, judged = log_of(out)
    values = [loss for _, _, loss in losses]
    assert [line["step"] for line in logged] == [4, 6]
    assert [line["loss"] for line in logged] == pytest.approx([np.mean(values[:4]), np.mean(values[4:])])
    assert [line["step"] for line in judged] == [3, 6]
    metadata = read_safetensors(out)[1]
    assert metadata["data"] == "streets"
    assert metadata["start"] == "scratch"
    told = msgspec.json.decode(metadata["settings"], type=TrainSettings)
    assert told == msgspec.structs.replace(settings, log_every=told.log_every)  # which shapes no weights
    page = (tmp_path / "w.safetensors.curve.html").read_text()
    assert page.count("<svg") == 2
    assert f"Best validation at step {metadata['step']}" in page
    assert all(f"{name} lines" in page for name in ("0", "4", "8", "all"))
    assert "http" not in page
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "w.safetensors",
        "w.safetensors.curve.html",
        "w.safetensors.log.jsonl",
    ]


def test_the_weights_written_are_those_of_the_least_geometric_mean(tmp_path: Path) -> None:
    """A learning rate that soon spoils them: the best come before the last."""
    out = tmp_path / "w.safetensors"
    settings = changed(steps=8, seed=1, learning_rate=0.3, warm_up_steps=0, ema_decay=0.0, validate_every=1)
    train(Streets(), HELD_OUT, settings, out)
    _, judged = log_of(out)
    means = [np.exp(np.mean(np.log(list(line["rmse_mm"].values())))) for line in judged]
    best = judged[int(np.argmin(means))]
    assert best["step"] < 8
    assert [line["mean_mm"] for line in judged] == pytest.approx(means)
    metadata = read_safetensors(out)[1]
    assert metadata["step"] == str(best["step"])
    assert json.loads(metadata["validation_rmse_mm"]) == best["rmse_mm"]
    judge = Validation(HELD_OUT, settings.validation_frames, settings.validation_crop, "cpu")
    assert judge.rmse_mm(FrozenLidarselNet(load_weights(out), "cpu")) == best["rmse_mm"]


def test_a_broken_run_ends_as_a_whole_one_with_other_workers_and_logging(tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole.safetensors", tmp_path / "broken.safetensors"
    train(Streets(), HELD_OUT, SETTINGS, whole)
    with pytest.raises(Kill):
        train(Streets(), HELD_OUT, changed(workers=1), broken, progress=kill_at(5))
    assert load_weights(broken)  # usable before the end
    steps: list[int] = []
    train(Streets(), HELD_OUT, changed(log_every=3), broken, progress=lambda done, *_: steps.append(done))
    assert steps == [5, 6]
    assert broken.read_bytes() == whole.read_bytes()
    assert log_of(whole)[1] == log_of(broken)[1]
    assert not list(tmp_path.glob("*.resume"))


def test_a_run_broken_after_its_last_step_has_only_its_files_to_write(tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole.safetensors", tmp_path / "broken.safetensors"
    train(Streets(), HELD_OUT, SETTINGS, whole)
    with pytest.raises(Kill):
        train(Streets(), HELD_OUT, SETTINGS, broken, progress=kill_at(6))
    broken.unlink()
    train(Streets(), HELD_OUT, SETTINGS, broken, progress=kill_at(6))
    assert broken.read_bytes() == whole.read_bytes()
    assert log_of(whole) == log_of(broken)


@pytest.mark.parametrize("other", ["settings", "data", "start"])
def test_the_resume_file_of_another_run_is_refused_and_kept(other: str, tmp_path: Path) -> None:
    assert SETTINGS.design is not None
    out = tmp_path / "w.safetensors"
    with pytest.raises(Kill):
        train(Streets(), HELD_OUT, SETTINGS, out, progress=kill_at(3), recipe={"data_fingerprint": "a"})
    resume = tmp_path / "w.safetensors.resume"
    kept = resume.read_bytes()
    settings = changed(seed=1) if other == "settings" else SETTINGS
    start = LidarselNet(SETTINGS.design, 5) if other == "start" else None
    recipe = {"data_fingerprint": "b" if other == "data" else "a"}
    with pytest.raises(BadInputError, match="other settings, data or start") as caught:
        train(Streets(), HELD_OUT, settings, out, start, recipe=recipe)
    assert caught.value.path == resume
    assert resume.read_bytes() == kept
    train(Streets(), HELD_OUT, SETTINGS, out, recipe={"data_fingerprint": "a"})


def test_two_runs_do_not_write_to_one_place(tmp_path: Path) -> None:
    """The second is refused while the first is at it, and leaves it alone; the weights are those of a run alone."""
    out, alone = tmp_path / "both/w.safetensors", tmp_path / "alone/w.safetensors"
    train(Streets(8), HELD_OUT, SETTINGS, alone)
    refused = []

    def progress(done: int, total: int, loss: float) -> None:
        with pytest.raises(OutputError, match="is being written by another run") as error:
            train(Streets(8), HELD_OUT, SETTINGS, out)
        refused.append(error)

    train(Streets(8), HELD_OUT, SETTINGS, out, progress=progress)
    assert len(refused) == SETTINGS.steps
    made, made_alone = ({p.name: p.read_bytes() for p in place.parent.iterdir()} for place in (out, alone))
    assert made == made_alone


def test_it_goes_on_from_weights(tmp_path: Path) -> None:
    """A learning rate of almost nothing leaves them as they are; from scratch they would differ by far."""
    assert SETTINGS.design is not None
    start, out = LidarselNet(SETTINGS.design, seed=77), tmp_path / "w.safetensors"
    train(Streets(), HELD_OUT, changed(learning_rate=1e-9, design=None), out, start)
    for name, weight in load_weights(out).state_dict().items():
        assert torch.allclose(weight, start.state_dict()[name], atol=1e-6), name
    assert len(read_safetensors(out)[1]["start"]) == 64
    with pytest.raises(UsageError, match="design"):
        train(Streets(), HELD_OUT, changed(design=Design()), tmp_path / "other.safetensors", start)


def test_ground_truth_that_is_the_scan_itself_leaves_no_error_and_a_curve(tmp_path: Path) -> None:
    """As where frames are single moments: judged at the lidar's own points, where the network keeps the measurement."""

    class Moments(Streets):
        def frame(self, index: int) -> Frame:
            frame = super().frame(index)
            return replace(frame, ground_truth_m=frame.points.draw(48, 64))

    out = tmp_path / "w.safetensors"
    train(Moments(), Moments(2, first=50), SETTINGS, out)
    assert all(line["rmse_mm"]["all"] == 0 for line in log_of(out)[1])
    assert (tmp_path / "w.safetensors.curve.html").read_text().count("<svg") == 2


def test_what_cannot_go_well_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "w.safetensors"
    with pytest.raises(LidarselError, match="no frames to train"):
        train(Streets(0), HELD_OUT, SETTINGS, out)
    with pytest.raises(LidarselError, match=r"became (nan|inf) at step .* lower the learning rate"):
        train(Streets(), HELD_OUT, changed(steps=40, learning_rate=1e30, gradient_clip=1e30, validate_every=40), out)
    (tmp_path / "taken").write_text("")
    with pytest.raises(OutputError):
        train(Streets(), HELD_OUT, SETTINGS, tmp_path / "taken" / "w.safetensors")
