"""Where evaluations run, as far as no Ray cluster is needed: refusals, slots, and what a worker refuses."""

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lidarsel.completion.registry import load_network
from lidarsel.errors import LidarselError, UsageError
from lidarsel.evaluation.engine_choice import EngineChoice
from lidarsel.evaluation.line_game_spec import LineGameSpec
from lidarsel.evaluation.ray_cluster import Slots, cpu_slots, gpu_slots
from lidarsel.evaluation.ray_worker import RayWorker
from lidarsel.settings import RunSettings
from tests.support.commands import assert_refused, lidarsel

SETTINGS = RunSettings(crop=(48, 200), network="nearest")


@pytest.fixture
def spec(drives: Path) -> LineGameSpec:
    return LineGameSpec.of(drives, SETTINGS, "cpu", load_network("nearest").sha256)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--engine", "spark"), "'spark' is none of process, ray"),
        (("--workers", 2), "--workers are for --engine ray"),
        (("--address", "auto"), "--address and"),
        (("--engine", "ray", "--workers", 0), "at least 1"),
    ],
)
def test_options_that_do_not_fit_are_refused(options: tuple[object, ...], named: str) -> None:
    kind = {"--engine": "kind", "--address": "address", "--workers": "workers"}
    given: dict[str, Any] = {kind[str(name)]: value for name, value in zip(options[::2], options[1::2], strict=True)}
    with pytest.raises(UsageError, match=named):
        EngineChoice(**given)


def test_the_command_refuses_an_unknown_engine_and_leaves_nothing(drives: Path, tmp_path: Path) -> None:
    done = lidarsel("shapley", drives, "-o", tmp_path / "values.json", "--engine", "spark")
    assert_refused(done, "--engine 'spark'", "process, ray")
    assert list(tmp_path.iterdir()) == []


def test_without_ray_the_command_says_how_to_get_it(
    drives: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "ray.py").write_text("raise ImportError\n")
    monkeypatch.setenv("PYTHONPATH", str(modules))
    options = ("--network", "nearest", "--engine", "ray")
    done = lidarsel("shapley", drives, "-o", tmp_path / "values.json", *options)
    assert_refused(done, "pip install 'lidarsel[ray]'")
    assert not (tmp_path / "values.json").exists()


def test_a_gpu_is_a_slot() -> None:
    nodes = [{"CPU": 16.0, "GPU": 8.0}, {"CPU": 4.0}]
    assert gpu_slots(nodes, None) == Slots(8, 1, 1, 1)
    assert gpu_slots(nodes, 3) == Slots(3, 1, 1, 1)
    for refused in (9, None):
        with pytest.raises(UsageError, match="GPUs"):
            gpu_slots(nodes if refused else nodes[1:], refused)


@pytest.mark.parametrize(
    ("cpus", "workers", "count", "threads"),
    [
        ([16, 4], None, 20, 1),
        ([16, 4], 10, 10, 2),
        ([16, 4], 5, 5, 4),
        ([16, 4], 4, 4, 4),
        ([16, 4], 2, 2, 8),
        ([64], 1, 1, 8),
        ([3, 3], 2, 2, 2),
    ],
)
def test_fewer_workers_than_cpus_get_more_threads_each(cpus: list[int], workers: int, count: int, threads: int) -> None:
    assert cpu_slots([{"CPU": float(cpu)} for cpu in cpus], workers) == Slots(count, threads, 0, threads)


def test_more_workers_than_cpus_are_refused() -> None:
    with pytest.raises(UsageError, match=r"has 4 CPUs; give 1\.\.4"):
        cpu_slots([{"CPU": 4.0}, {}], 5)


@pytest.mark.usefixtures("put_back")
def test_a_worker_evaluates_what_this_process_does(spec: LineGameSpec, drives: Path) -> None:
    worker = RayWorker(spec, 1)
    assert worker.open() == os.getpid()
    coalitions = np.random.default_rng(0).random((7, 64)) < 0.5
    here = spec.game()
    for frame in (0, 5):
        found = worker.errors(here.frame_ids[frame], here.digest(frame), here.key, coalitions)
        np.testing.assert_array_equal(found, here.errors(frame, coalitions))


@pytest.mark.usefixtures("put_back")
@pytest.mark.parametrize(
    ("other", "named"),
    [
        ({"network_sha256": "0" * 64}, "network nearest is another there"),
        ({"version": "0.0.1"}, "not 0.0.1; install the same one"),
        ({"folder": Path("/nowhere/at/all")}, "/nowhere/at/all: No such file"),
        ({"data": Path("/nowhere/data")}, "/nowhere/data: does not exist"),
    ],
)
def test_a_worker_refuses_what_is_not_the_same(spec: LineGameSpec, other: dict[str, Any], named: str) -> None:
    refusal = RayWorker(replace(spec, **other), 1).open()
    assert isinstance(refusal, LidarselError)
    assert named in str(refusal)
    assert str(refusal).startswith("worker on ")
    assert "\n" not in str(refusal)


@pytest.mark.usefixtures("put_back")
def test_a_worker_refuses_a_frame_that_went_bad_by_name(spec: LineGameSpec, drives: Path, tmp_path: Path) -> None:
    shutil.copytree(drives, tmp_path / "copy")
    copied = replace(spec, data=tmp_path / "copy")
    worker = RayWorker(copied, 1)
    assert worker.open() == os.getpid()
    here = copied.game()
    first, digest = here.frame_ids[0], here.digest(0)
    for image in copied.data.rglob("*.png"):
        image.write_bytes(b"no picture")
    refusal = worker.errors(first, digest, here.key, np.ones((1, 64), bool))
    assert isinstance(refusal, LidarselError)
    assert ".png: " in str(refusal)


@pytest.mark.usefixtures("put_back")
def test_a_worker_refuses_a_frame_of_another_content_or_name(spec: LineGameSpec) -> None:
    worker = RayWorker(spec, 1)
    assert worker.open() == os.getpid()
    here = spec.game()
    for name, named in ((here.frame_ids[0], "another content there"), ("no such frame", "nothing there")):
        refusal = worker.errors(name, "0" * 32, here.key, np.ones((1, 64), bool))
        assert isinstance(refusal, LidarselError)
        assert f"frame {name} has {named}" in str(refusal)


@pytest.mark.usefixtures("put_back")
def test_a_worker_refuses_to_answer_for_a_machine_that_rounds_otherwise(spec: LineGameSpec) -> None:
    worker = RayWorker(spec, 1)
    assert worker.open() == os.getpid()
    here = spec.game()
    for name, key in (
        ("device", replace(here.key, device="another")),
        ("libraries", replace(here.key, libraries="another")),
    ):
        refusal = worker.errors(here.frame_ids[0], here.digest(0), key, np.ones((1, 64), bool))
        assert isinstance(refusal, LidarselError)
        assert f"{name}: " in str(refusal)
        assert "there, not another" in str(refusal)
