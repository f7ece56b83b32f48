"""The Ray engine on a real local Ray: the same bytes as in this process, whatever dies."""

import gc
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lidarsel.completion.registry import load_network
from lidarsel.errors import LidarselError
from lidarsel.evaluation.engine import Job
from lidarsel.evaluation.line_game_spec import LineGameSpec
from lidarsel.evaluation.ray_cluster import Slots, ray_cluster
from lidarsel.settings import RunSettings
from tests.support.commands import assert_refused, lidarsel, succeeded
from tests.support.stored_rows import stored_rows

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'lidarsel[ray]'")

from lidarsel.evaluation.ray_engine import RayEngine  # noqa: E402

SETTINGS = "crop: [48, 200]\nnetwork: nearest\nevaluations: 4000\nseed: 3\n"
ONE = Slots(1, 1, 0, 1)


def workers_below(pid: int) -> list[int]:
    """Processes of Ray workers that are descendants of a process, from /proc."""
    parents, found = {}, []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            stat, command = (process / "stat").read_text(), (process / "cmdline").read_text()
        except OSError:
            continue
        parents[int(process.name)] = int(stat.rpartition(")")[2].split()[1])
        if command.startswith("ray::RayWorker.errors"):
            found.append(int(process.name))

    def is_below(process: int) -> bool:
        while process not in (0, pid):
            process = parents.get(process, 0)
        return process == pid

    return sorted(filter(is_below, found))


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks for the worker in /proc")
def test_a_worker_killed_in_mid_run_changes_no_byte(drives: Path, tmp_path: Path) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text(SETTINGS)
    here, there = tmp_path / "here" / "values.json", tmp_path / "there" / "values.json"
    for out in (here, there):
        out.parent.mkdir()
    command = ("shapley", drives, "--settings", settings, "-o")
    succeeded(lidarsel(*command, here))

    running = subprocess.Popen(
        [sys.executable, "-m", "lidarsel", *map(str, (*command, there)), "--engine", "ray", "--workers", "2"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    store = there.with_name("evaluations.sqlite")
    victims: list[int] = []
    while running.poll() is None and not victims:
        time.sleep(0.01)
        victims = workers_below(running.pid) if stored_rows(store) else []
    assert victims, running.stderr
    os.kill(victims[0], signal.SIGKILL)
    at_kill = stored_rows(store)
    stderr = running.communicate(timeout=300)[1]
    assert running.returncode == 0, stderr

    whole = stored_rows(here.with_name("evaluations.sqlite"))
    assert 0 < len(at_kill) < len(whole), "killed in mid-run"
    assert stored_rows(store) == whole
    assert here.with_suffix(".npz").read_bytes() == there.with_suffix(".npz").read_bytes()
    one, other = (json.loads(path.read_text()) for path in (here, there))
    assert {**one, "command": ""} == {**other, "command": ""}
    time.sleep(1)
    assert not workers_below(running.pid)


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """A Ray of two slots that stays for the tests of this file: its address."""
    with ray_cluster(None, 2, on_gpu=False):
        yield ray.get_runtime_context().gcs_address


@pytest.fixture
def spec(drives: Path) -> LineGameSpec:
    settings = RunSettings(crop=(48, 200), network="nearest")
    return LineGameSpec.of(drives, settings, "cpu", load_network("nearest").sha256)


def jobs(spec: LineGameSpec, count: int) -> list[Job]:
    rng = np.random.default_rng(0)
    game = spec.game()
    frames = [(frame, game.frame_ids[frame], game.digest(frame), game.key) for frame in range(6)]
    return [Job(*frames[number % 6], rng.random((30, 64)) < 0.5) for number in range(count)]


@pytest.mark.slow
@pytest.mark.usefixtures("cluster")
def test_the_only_worker_is_replaced_when_it_dies(spec: LineGameSpec) -> None:
    engine, asked = RayEngine(spec, ONE), jobs(spec, 12)
    for job in asked:
        engine.submit(job)
    done = dict([engine.collect()])
    (first,) = engine.pids
    os.kill(first, signal.SIGKILL)
    while len(done) < len(asked):
        job, errors = engine.collect()
        assert job not in done
        done[job] = errors
    assert len(engine.pids) == 1
    assert first not in engine.pids
    game = spec.game()
    for job in asked:
        np.testing.assert_array_equal(done[job], game.errors(job.frame, job.coalitions))
    del engine
    gc.collect()


@pytest.mark.slow
@pytest.mark.usefixtures("cluster")
def test_a_refusal_of_a_worker_ends_the_run_in_one_line(spec: LineGameSpec) -> None:
    engine = RayEngine(spec, ONE)
    engine.submit(replace(jobs(spec, 1)[0], digest="0" * 32))
    with pytest.raises(LidarselError, match=r"worker on .*: frame .* has another content there") as caught:
        engine.collect()
    assert "\n" not in str(caught.value)


DEADLY = """
import os, threading
from torch import nn

class Deadly(nn.Module):
    def forward(self, sparse_depth_m):
        if "RayWorker.errors" in open("/proc/self/cmdline").read():
            os._exit(1)
        return sparse_depth_m + 1

def make():
    return Deadly()
"""


@pytest.mark.slow
def test_what_kills_three_workers_is_given_up(
    cluster: str, drives: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "deadly.py").write_text(DEADLY)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    options = ("--network", "deadly:make", "--engine", "ray", "--address", cluster, "--max-frames", 1, "--workers", 2)
    done = lidarsel("shapley", drives, "-o", tmp_path / "values.json", *options)
    assert_refused(done, "3 workers of the Ray cluster died at frame ", "--workers")


@pytest.mark.slow
def test_more_workers_than_the_cluster_has_are_refused(cluster: str, drives: Path, tmp_path: Path) -> None:
    options = ("--network", "nearest", "--engine", "ray", "--address", cluster, "--workers", 3)
    assert_refused(lidarsel("shapley", drives, "-o", tmp_path / "values.json", *options), "has 2 CPUs; give 1..2")


@pytest.mark.parametrize(
    ("address", "named"), [("nonsense", "neither auto nor HOST:PORT"), ("127.0.0.1:1", "no Ray cluster answers there")]
)
def test_an_address_without_a_cluster_is_refused_at_once(address: str, named: str) -> None:
    with pytest.raises(LidarselError, match=named), ray_cluster(address, None, on_gpu=False):
        pytest.fail("there is no cluster")
