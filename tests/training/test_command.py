"""``lidarsel train`` as users run it: killed and run again, on several processes, and where it refuses."""

import json
import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

from lidarsel.completion.lidarsel_net.checkpoint import load_weights
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.tensor_files import read_safetensors
from lidarsel.shrinking.work import Work
from tests.support.commands import ROOT, assert_refused, lidarsel, outcome_of, succeeded
from tests.support.event_files import scalars_of

OUT = "w.safetensors"
RECIPE = """
start: scratch
steps: 16
learning_rate: 1e-4
images_per_step: 2
subsets_per_image: 2
crop: [64, 96]
validate_every: 4
validation_frames: 2
validation_crop: [64, 96]
log_every: 1
design: {image_channels: [8, 8, 16, 16, 16], depth_channels: [8, 8, 16]}
"""
TRACKED = ("--log-to", "tensorboard") if find_spec("tensorboardX") else ()


@pytest.fixture(scope="module")
def recipe(drives: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "recipe.yaml"
    path.write_text(f"data: {drives}\n{RECIPE}")
    return path


@pytest.fixture(scope="module")
def whole(recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that went through in one process."""
    folder = tmp_path_factory.mktemp("whole")
    said = succeeded(lidarsel("train", "--recipe", recipe, "-o", OUT, *TRACKED, cwd=folder))
    assert said == f"weights: {OUT}\ncurve: {OUT}.curve.html\n"
    return folder


def logged(folder: Path) -> list[dict[str, float]]:
    """Every whole line of the log so far."""
    log = folder / f"{OUT}.log.jsonl"
    lines = log.read_text().splitlines(keepends=True) if log.is_file() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]


def assert_tracked(folder: Path) -> None:
    """TensorBoard's files say what the log says, each step once."""
    if not TRACKED:
        return
    expected: dict[str, list[tuple[int, float]]] = {}
    for line in logged(folder):
        figures: dict[str, float] = {name: line[name] for name in ("loss", "learning_rate") if name in line}
        if "mean_mm" in line:
            by_lines: dict[str, float] = line["rmse_mm"]  # type: ignore[assignment]
            figures = {f"validation/rmse_mm/{number}": figure for number, figure in by_lines.items()}
            figures["validation/mean_mm"] = line["mean_mm"]
        for name, figure in figures.items():
            expected.setdefault(name, []).append((int(line["step"]), float(np.float32(figure))))
    assert scalars_of(folder / f"{OUT}.tensorboard") == expected


@pytest.mark.skipif(not TRACKED, reason="pip install 'lidarsel[tensorboard]'")
def test_a_whole_run_is_in_tensorboard(whole: Path) -> None:
    assert_tracked(whole)


def test_a_killed_run_ends_in_the_bytes_of_a_whole_one(recipe: Path, whole: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "lidarsel", "train", "--recipe", str(recipe), "-o", OUT, *TRACKED]
    running = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL, start_new_session=True)
    while running.poll() is None and not any(line["step"] > 5 for line in logged(tmp_path)):
        time.sleep(0.005)
    os.killpg(running.pid, signal.SIGKILL)
    outcome_of(running)
    assert running.returncode == -signal.SIGKILL
    assert (tmp_path / f"{OUT}.resume").is_file()
    reached = logged(tmp_path)[-1]["step"]
    assert 5 < reached < 16
    assert load_weights(tmp_path / OUT)  # usable before the end
    succeeded(lidarsel("train", "--recipe", recipe, "-o", OUT, *TRACKED, cwd=tmp_path))
    assert_tracked(tmp_path)
    for name in (OUT, f"{OUT}.log.jsonl", f"{OUT}.curve.html"):
        assert (tmp_path / name).read_bytes() == (whole / name).read_bytes(), name
    assert not (tmp_path / f"{OUT}.resume").exists()


def test_two_processes_have_the_losses_of_one(recipe: Path, whole: Path, tmp_path: Path) -> None:
    """Rounding apart: the gradients of a step are summed by halves, and Adam's first steps amplify the last bits."""
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
    command = [*torchrun, str(ROOT / "cli.py"), "train", "--recipe", str(recipe), "-o", OUT]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"weights: {OUT}\ncurve: {OUT}.curve.html\n"  # said once
    alone, together = logged(whole), logged(tmp_path)
    assert [line["step"] for line in alone] == [line["step"] for line in together]
    for key in ("loss", "mean_mm"):
        ones, twos = ([line[key] for line in lines if key in line] for lines in (alone, together))
        assert len(ones) == (16 if key == "loss" else 4)
        assert twos == pytest.approx(ones, rel=1e-5), key


def test_images_that_cannot_be_shared_are_refused_in_one_line(
    recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("RANK", "0"), ("WORLD_SIZE", "3"), ("MASTER_ADDR", "localhost")):  # as torchrun would
        monkeypatch.setenv(name, value)
    assert_refused(lidarsel("train", "--recipe", recipe, "-o", tmp_path / OUT), "2 images", "3 processes")
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_is_refused_and_nothing_written(recipe: Path, drives: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(f"data: {drives}\nbatch_size: 4\n")
    out = tmp_path / "out" / OUT
    assert_refused(lidarsel("train", "--recipe", wrong, "-o", out), wrong, "batch_size")
    gone = tmp_path / "gone.safetensors"
    assert_refused(lidarsel("train", "--recipe", recipe, "--start", gone, "-o", out), gone)
    assert not out.parent.exists()


@pytest.mark.slow
def test_it_goes_on_from_weights_of_its_own_in_half_precision(recipe: Path, whole: Path, tmp_path: Path) -> None:
    start = whole / OUT
    options = ("--start", start, "--precision", "bfloat16", "--smoothness", 0.1, "--workers", 1, "--steps", 3)
    succeeded(lidarsel("train", "--recipe", recipe, "--learning-rate", "1e-9", *options, "-o", tmp_path / OUT))
    expected, got = read_safetensors(start)[0], read_safetensors(tmp_path / OUT)[0]
    assert all(torch.allclose(got[name], expected[name], atol=1e-6) for name in expected)
    settings = json.loads(read_safetensors(tmp_path / OUT)[1]["settings"])
    assert (settings["precision"], settings["smoothness"], settings["steps"]) == ("bfloat16", 0.1, 3)
    losses = [line["loss"] for line in logged(tmp_path) if "loss" in line]
    assert len(losses) == 3
    assert max(losses) < 1000


@pytest.mark.slow
def test_thirty_steps_on_the_sample_with_the_shipped_design(tmp_path: Path) -> None:
    sample = ROOT / "datasets" / "sample"
    succeeded(lidarsel("train", sample, "--start", "scratch", "--steps", 30, "-o", tmp_path / OUT))
    assert load_weights(tmp_path / OUT)
    assert [line["step"] for line in logged(tmp_path)] == [30, 30]


@pytest.mark.slow
def test_simulated_streets_need_no_data(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(f"data: simulated\nframes: 3\n{RECIPE.replace('steps: 16', 'steps: 2')}")
    succeeded(lidarsel("train", "--recipe", recipe, "-o", tmp_path / OUT))
    metadata = read_safetensors(tmp_path / OUT)[1]
    assert (metadata["data"], metadata["start"]) == ("simulated", "scratch")


@pytest.mark.slow
def test_the_script_of_the_shipped_weights_makes_them_from_nothing(tmp_path: Path) -> None:
    """With three streets, a tiny network and two steps: whole, valued and cut, trained on twice, the mean of these."""
    small = ["--steps", "2", "--images-per-step", "2", "--subsets-per-image", "1", "--crop", "64x96"]
    tree = tmp_path / "tree"  # the script, beside recipes of three frames
    (tree / "scripts").mkdir(parents=True)
    for name in ("make_weights.sh", "find_python.sh", "average_weights.py"):
        (tree / "scripts" / name).write_text((ROOT / "scripts" / name).read_text())
    (tree / "lidarsel/completion/weights").mkdir(parents=True)
    tiny = "design: {image_channels: [24, 24, 24, 24, 24], depth_channels: [32, 32, 32]}\n"
    for name, more in (("whole.yaml", tiny), ("recipe.yaml", ""), ("drives.yaml", "")):
        recipe = (ROOT / "lidarsel/completion/weights" / name).read_text().replace("frames: 480", "frames: 3")
        few = "validation_frames: 2\nvalidation_crop: [64, 96]\n"
        (tree / "lidarsel/completion/weights" / name).write_text(recipe + few + more)
    (tree / "cli.py").symlink_to(ROOT / "cli.py")
    environment = {**os.environ, "DRIVES": "3", "EVALUATIONS": "1000", "PYTHON": sys.executable, "OMP_NUM_THREADS": "1"}
    command = ["sh", str(tree / "scripts" / "make_weights.sh"), str(tmp_path / "out"), *small]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=1200, check=False)
    assert done.returncode == 0, done.stderr
    whole, cut, first, second, shipped = (
        load_weights(tmp_path / "out" / f"{name}.safetensors")
        for name in ("whole", "cut", "recipe", "drives", "lidarsel")
    )
    before, after = (Work(FrozenLidarselNet(one, "cpu"), (352, 1216)).macs({}).of_image(16) for one in (whole, cut))
    assert after <= 0.45 * before
    assert shipped.design == cut.design
    one, other = first.state_dict(), second.state_dict()
    for name, weight in shipped.state_dict().items():
        torch.testing.assert_close(weight, (one[name] + other[name]) / 2)
    assert read_safetensors(tmp_path / "out" / "lidarsel.safetensors", "")[1]["mean_of"] == (
        "recipe.safetensors, drives.safetensors"
    )


@pytest.mark.parametrize("kind", ["dropout", "laplace"])
def test_weights_with_a_spread_are_trained_and_used_as_any(
    kind: str, recipe: Path, drives: Path, tmp_path: Path
) -> None:
    given = ("--recipe", recipe, "--steps", 2, "--validate-every", 2, "--uncertainty", kind, "-o", OUT)
    assert succeeded(lidarsel("train", *given, cwd=tmp_path)) == f"weights: {OUT}\ncurve: {OUT}.curve.html\n"
    assert load_weights(tmp_path / OUT).design.spread == kind
    used = ("--lines", "0-9", "--weights", OUT, "--crop", "64x96", "--uncertainty", "--json")
    report = json.loads(succeeded(lidarsel("evaluate", drives, *used, cwd=tmp_path)))
    assert report["rows"][0]["rmse_mm"] > 0
    assert report["spread"]["rows"][0]["half_width_m"] > 0


def test_what_is_no_kind_of_spread_is_refused(recipe: Path, tmp_path: Path) -> None:
    assert_refused(
        lidarsel("train", "--recipe", recipe, "--uncertainty", "guess", cwd=tmp_path), "--uncertainty", "nll"
    )
