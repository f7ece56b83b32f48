"""What a user can get wrong: exit code 2, one line that names the culprit and the remedy, nothing left behind."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import kornia_rs
import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from tests.support.commands import ROOT, assert_refused, lidarsel

FAST = ("--network", "nearest")


@pytest.fixture
def copied(drives: Path, tmp_path: Path) -> Path:
    """A copy of the simulated drives to damage."""
    folder = tmp_path / "data"
    shutil.copytree(drives, folder)
    return folder


def run(data: Path, tmp_path: Path, *more: object, budget: object = 8) -> "subprocess.CompletedProcess[str]":
    return lidarsel("run", data, "--budget", budget, "-o", tmp_path / "runs", *FAST, *more)


def first(folder: Path, pattern: str) -> Path:
    return sorted(folder.rglob(pattern))[0]


@pytest.mark.parametrize("budget", [0, 65, "many", -1])
def test_a_budget_that_cannot_be(drives: Path, tmp_path: Path, budget: object) -> None:
    assert_refused(run(drives, tmp_path, budget=budget), "budget", budget)
    assert not list(tmp_path.rglob("*"))


def test_an_unknown_method_names_those_there_are(drives: Path, tmp_path: Path) -> None:
    assert_refused(run(drives, tmp_path, "--method", "best"), "best", "sas-region")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--metric", "psnr"),
        ("--ground-truth", "lidar"),
        ("--device", "tpu"),
        ("--evaluations", 0),
        ("--estimator", "guess"),
        ("--network", "resnet"),
    ],
)
def test_an_unknown_choice_is_named(drives: Path, tmp_path: Path, option: str, value: object) -> None:
    assert_refused(lidarsel("run", drives, "-k", 8, "-o", tmp_path / "runs", option, value), value)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert_refused(run(tmp_path / "nowhere", tmp_path), tmp_path / "nowhere")


def test_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert_refused(run(tmp_path / "empty", tmp_path), tmp_path / "empty")


def test_a_folder_that_is_no_data_set(tmp_path: Path) -> None:
    (tmp_path / "photos" / "summer").mkdir(parents=True)
    (tmp_path / "photos" / "summer" / "beach.png").write_bytes(b"x")
    assert_refused(run(tmp_path / "photos", tmp_path), tmp_path / "photos")


def test_a_missing_calibration_file(copied: Path, tmp_path: Path) -> None:
    calibration = first(copied, "calib_velo_to_cam.txt")
    calibration.unlink()
    assert_refused(run(copied, tmp_path), calibration)


def test_a_scan_cut_in_the_middle_of_a_point(copied: Path, tmp_path: Path) -> None:
    scan = first(copied, "velodyne_points/data/*.bin")
    scan.write_bytes(scan.read_bytes()[:-7])
    assert_refused(run(copied, tmp_path), scan)


def test_a_scan_cut_between_points_has_too_few_lines(copied: Path, tmp_path: Path) -> None:
    scan = first(copied, "velodyne_points/data/*.bin")
    for labels in copied.rglob("*.label"):
        labels.unlink()  # else they are told to be too many
    content = scan.read_bytes()
    scan.write_bytes(content[: len(content) // 32 * 16])
    assert_refused(run(copied, tmp_path), scan, "lines")


def test_a_scan_of_nothing_but_no_return(copied: Path, tmp_path: Path) -> None:
    """Drivers write no return as 0 0 0 or NaN: some of it is usual."""
    scan = first(copied, "velodyne_points/data/*.bin")
    points = np.fromfile(scan, np.float32)
    points[::2], points[1::2] = np.nan, 0
    points.tofile(scan)
    assert_refused(run(copied, tmp_path), scan, "no point away from the lidar")


def test_skip_bad_leaves_the_damaged_frame_out_and_says_so(copied: Path, tmp_path: Path) -> None:
    scan = first(copied, "velodyne_points/data/*.bin")
    scan.write_bytes(scan.read_bytes()[:-7])
    done = run(copied, tmp_path, "--skip-bad", "--evaluations", 300)
    assert done.returncode == 0, done.stderr
    assert scan.name in done.stdout


def test_a_depth_image_of_8_bits(copied: Path, tmp_path: Path) -> None:
    depth = first(copied, "groundtruth/image_02/*.png")
    kornia_rs.io.write_image_png_u8(str(depth), np.zeros((112, 368, 1), np.uint8), "mono")
    assert_refused(run(copied, tmp_path), depth, "8-bit")


def test_a_depth_image_of_another_size_than_the_camera_image(copied: Path, tmp_path: Path) -> None:
    depth = first(copied, "groundtruth/image_02/*.png")
    kornia_rs.io.write_image_png_u16(str(depth), np.full((100, 368, 1), 2560, np.uint16), "mono")
    assert_refused(run(copied, tmp_path), depth)


def test_a_camera_image_that_is_none(copied: Path, tmp_path: Path) -> None:
    image = first(copied, "*_sync/image_02/data/*.png")
    image.write_bytes(b"not a picture")
    assert_refused(run(copied, tmp_path), image)


def test_weights_of_another_shape(drives: Path, tmp_path: Path) -> None:
    weights = tmp_path / "other.safetensors"
    save_file({"layer.weight": torch.zeros(3, 3)}, weights)
    done = lidarsel("run", drives, "-k", 8, "-o", tmp_path / "runs", "--weights", weights)
    assert_refused(done, weights)


def test_weights_that_are_a_pickle(drives: Path, tmp_path: Path) -> None:
    weights = tmp_path / "model.pt"
    torch.save({"layer.weight": torch.zeros(3, 3)}, weights)
    done = lidarsel("run", drives, "-k", 8, "-o", tmp_path / "runs", "--weights", weights)
    assert_refused(done, weights)


def test_an_output_that_cannot_be_written(drives: Path, tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file in the way")
    assert_refused(run(drives, tmp_path), tmp_path / "runs")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_output_folder_that_may_not_be_written(drives: Path, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir(mode=0o500)
    assert_refused(run(drives, tmp_path), tmp_path / "runs")


def test_simulate_does_not_touch_a_folder_in_use(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert_refused(lidarsel("simulate", tmp_path, "--frames", 1), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_values_that_are_damaged(tmp_path: Path) -> None:
    values = tmp_path / "values.json"
    values.write_text('{"format_version": 1, "mean": ')
    assert_refused(lidarsel("select", values, "-k", 8, "-o", tmp_path / "lines.yaml"), values)
    assert not (tmp_path / "lines.yaml").exists()


def test_a_store_of_another_program_is_left_as_it_is(drives: Path, tmp_path: Path) -> None:
    store = tmp_path / "evaluations.sqlite"
    store.write_bytes(b"my holiday photos")
    done = lidarsel("shapley", drives, "-o", tmp_path / "values.json", "--store", store, *FAST)
    assert_refused(done, store)
    assert store.read_bytes() == b"my holiday photos"


@pytest.mark.parametrize(
    "ask",
    [
        "bytes(1 << 62)",
        "import numpy; numpy.zeros(1 << 45)",
        "import torch; torch.zeros(1 << 58)",
        "resource.setrlimit(resource.RLIMIT_NPROC, (0, 0)); os.setuid(65534); threading.Thread(target=int).start()",
    ],
)
def test_too_little_memory_is_told_in_one_line(ask: str) -> None:
    """As Python, numpy, torch and the system say it; the last is the system refusing a thread."""
    loaded = "import os, resource, threading\nfrom lidarsel import cli\nimport lidarsel.report.words\n"
    asks = f"{loaded}cli.app = lambda **_: exec({ask!r})\ncli.main()"
    if "setuid" in ask and os.getuid() != 0:
        pytest.skip("only root can become a user who may start no thread")
    done = subprocess.run(
        [sys.executable, "-c", asks], capture_output=True, text=True, check=False, timeout=300, cwd=ROOT
    )
    assert_refused(done, "there is too little memory")


@pytest.mark.slow
def test_without_a_package_that_options_need_doctor_is_pointed_to_and_speaks(tmp_path: Path) -> None:
    (tmp_path / "msgspec.py").write_text('raise ImportError("no msgspec here")')
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}

    def asked(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "lidarsel", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=env, timeout=60)

    assert_refused(asked("run", "x"), "no msgspec here", "lidarsel doctor")
    told = asked("doctor")
    assert "msgspec" in told.stdout, told.stderr
