"""A worker of a ladder in this process: what it refuses, and what it tells while it works. (On Ray: test_scale.py.)"""

import os
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lidarsel.completion.tensor_files import write_safetensors
from lidarsel.errors import LidarselError
from lidarsel.evaluation.store import EvaluationStore
from lidarsel.planning.ladder_files import RECORD, RUN, WEIGHTS, read_run
from lidarsel.scale_settings import ScaleSettings
from lidarsel.workflow.ladder_opening import LadderData, open_ladder
from lidarsel.workflow.ladder_run import LadderJob
from lidarsel.workflow.ladder_rungs import Rung, size_of
from lidarsel.workflow.ladder_worker import LadderSpec, LadderWorker
from lidarsel.workflow.session import Session

SETTINGS = ScaleSettings(widths=(0.2,), frames=(1, 2), steps=1, crop=(96, 192), device="cpu")


@pytest.fixture(scope="module")
def opened(drives: Path) -> LadderData:
    return open_ladder(drives, SETTINGS, "cpu")


@pytest.fixture
def job(opened: LadderData, tmp_path: Path) -> LadderJob:
    folder = tmp_path / "law.ladder"
    folder.mkdir()
    (folder / RECORD).write_text("{}")
    with EvaluationStore.open(tmp_path / "store.sqlite") as store:
        session = Session(opened.source, store, None)
        return LadderJob(session, opened.judging, opened.frames, SETTINGS, folder, "scale", opened.numbers)


@pytest.fixture
def rung(opened: LadderData) -> Rung:
    return Rung(size_of(0.2, 1, 1, opened.judging.frame(0).size, "cpu"), 2)


def worker_of(spec: LadderSpec) -> LadderWorker:
    """As it comes out of a pickle elsewhere."""
    return LadderWorker(pickle.loads(pickle.dumps(spec)), 1)


@pytest.mark.usefixtures("put_back")
def test_a_worker_makes_a_network_and_says_how_far_it_is(job: LadderJob, rung: Rung) -> None:
    worker = worker_of(LadderSpec.of(job))
    assert worker.open() == os.getpid()
    assert worker.heard() is None
    made = worker.make(pickle.loads(pickle.dumps(rung)))
    assert made == read_run(job.folder / rung.name / RUN)
    assert job.is_there(rung)
    assert job.known(rung) == made
    heard = worker.heard()
    assert heard is not None
    assert heard[0] == rung.name
    assert (heard[1].step, heard[1].done) == (rung.steps[1], len(job.judging))


@pytest.mark.usefixtures("put_back")
def test_a_training_that_cannot_be_is_one_line_with_the_machine(job: LadderJob, rung: Rung) -> None:
    """The checkpoint is another run's."""
    worker = worker_of(LadderSpec.of(job))
    worker.open()
    place = job.folder / f".{rung.name}.unfinished"
    place.mkdir()
    write_safetensors({}, place / f"{WEIGHTS}.resume", {"step": "1", "key": "another"})
    refused = worker.make(rung)
    assert isinstance(refused, LidarselError)
    assert str(refused).startswith("worker on ")
    assert f"{WEIGHTS}.resume: belongs to a training run of other settings" in str(refused)
    assert not job.is_there(rung)


@pytest.mark.usefixtures("put_back")
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"version": "0.0.1"}, "not 0.0.1; install the same one"),
        ({"record": b"[]"}, "law.ladder: is another folder there; give -o on a disk that all machines share"),
        ({"ladder": Path("nowhere.ladder")}, "nowhere.ladder: is another folder there"),
        ({"judged_fingerprint": "0" * 64}, "is other data there; give all machines the same files"),
        ({"data_fingerprint": "0" * 64}, "is other data there; give all machines the same files"),
        ({"folder": Path("/nowhere")}, "/nowhere: No such file or directory; run where all machines have this folder"),
    ],
)
def test_a_worker_of_another_ladder_refuses(changes: dict[str, Any], told: str, job: LadderJob) -> None:
    refused = worker_of(replace(LadderSpec.of(job), **changes)).open()
    assert isinstance(refused, LidarselError)
    assert told in str(refused)
    assert str(refused).startswith("worker on ")


@pytest.mark.usefixtures("put_back")
def test_a_worker_that_rounds_otherwise_refuses(job: LadderJob) -> None:
    spec = LadderSpec.of(job)
    refused = worker_of(replace(spec, key=replace(spec.key, libraries="torch 1.0"))).open()
    assert isinstance(refused, LidarselError)
    assert "libraries: " in str(refused)
    assert "not torch 1.0; its results would differ in their last bits" in str(refused)
