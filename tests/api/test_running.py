"""What calls do beside their answer: print and write nothing unless asked, tell progress, share evaluations."""

import gc
from pathlib import Path

import numpy as np
import pytest

import lidarsel as ls
from lidarsel.completion.base import CompletionNetwork
from lidarsel.evaluation.store import EvaluationStore
from lidarsel.network_settings import NetworkSettings
from tests.api.sample import FEW, NEAREST, SAMPLE


def evaluations_in(store: Path) -> int:
    with EvaluationStore.open(store) as opened:
        return opened.count()


def test_nothing_is_printed_or_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    data = ls.open_data(SAMPLE, **NEAREST)
    result = ls.run(data, **FEW)  # no budgets: the command says on stderr which it takes
    assert result.lines.budgets == [32]
    ls.select_lines(result.values)
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []


def test_progress_is_told_step_by_step(data: ls.OpenedData) -> None:
    told: list[ls.StepProgress] = []
    ls.run(data, 16, seed=3, progress=told.append, **FEW)
    steps = list(dict.fromkeys(each.step for each in told))
    assert steps == ["reading frames", "valuing lines", "selecting lines", "judging", "resampling the choice"]
    last = {each.step: each for each in told}
    assert all(each.done == each.total for each in last.values())
    assert (last["valuing lines"].total, last["judging"].total) == (150, 1)
    for step in steps:
        done = [each.done for each in told if each.step == step]
        assert done == sorted(done)
    assert {"interval"} <= {each.note.split(",")[0] for each in told if each.step == "selecting lines"}


def test_a_listener_can_stop_a_job_that_a_store_goes_on_with(data: ls.OpenedData, tmp_path: Path) -> None:
    class Enough(Exception):
        pass

    def stop(now: ls.StepProgress) -> None:
        if now.step == "judging":
            raise Enough

    store = tmp_path / "evaluations.sqlite"
    with pytest.raises(Enough):
        ls.run(data, 16, store=store, progress=stop, **FEW)
    kept = evaluations_in(store)
    assert kept > 150
    whole = ls.run(data, 16, store=store, **FEW)
    assert evaluations_in(store) - kept <= len(whole.rows())  # what was left is judging, on the one held-out frame


def test_calls_with_the_same_data_share_evaluations() -> None:
    data = ls.open_data(SAMPLE, **NEAREST)
    ls.value_lines(data, evaluations=150)
    after_one = evaluations_in(data.store)
    ls.value_lines(data, evaluations=150)
    assert evaluations_in(data.store) == after_one > 0
    place = data.store.parent
    del data
    gc.collect()
    assert not place.exists()


def test_a_store_that_is_named_stays(tmp_path: Path) -> None:
    store = tmp_path / "evaluations.sqlite"
    data = ls.open_data(SAMPLE, store=store, max_frames=1, **NEAREST)
    ls.evaluate_lines(data, [0, 8, 16])
    own = evaluations_in(store)
    ls.evaluate_lines(data, [0, 8, 16, 24], store=tmp_path / "other.sqlite")
    del data
    gc.collect()
    assert evaluations_in(store) == own == evaluations_in(tmp_path / "other.sqlite") > 0
    with pytest.raises(ls.OutputError, match="it is a folder"):
        ls.evaluate_lines(SAMPLE, [0, 8], store=tmp_path)


def test_a_network_is_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loads, load = [], NetworkSettings.load_network

    def counted(self: NetworkSettings, device: str) -> CompletionNetwork:
        loads.append(self.network)
        return load(self, device)

    monkeypatch.setattr(NetworkSettings, "load_network", counted)
    network = ls.load_network("nearest")
    data = ls.open_data(SAMPLE, network=network, max_frames=2, crop="64x212")
    for _ in range(2):
        ls.evaluate_lines(data, [0, 8, 16])
    ls.evaluate_lines(data, [0, 8, 16], network="classical")
    assert loads == ["nearest", "classical"]


def test_a_frame_is_completed_with_the_lines_that_are_kept(data: ls.OpenedData) -> None:
    frame, lines = data.dataset.frame(1).crop(64, 212), [3, 12, 30]
    kept = np.isin(frame.points.line, lines)
    sparse_m, depth_m = data.complete(1, lines)
    assert sparse_m.shape == depth_m.shape == frame.size
    pixels = set(zip(frame.points.row[kept].tolist(), frame.points.column[kept].tolist(), strict=True))
    assert set(map(tuple, np.argwhere(sparse_m).tolist())) == pixels
    measured = sparse_m > 0
    assert np.array_equal(depth_m[measured], sparse_m[measured])  # the nearest point of a measured pixel is its own
    assert set(np.unique(depth_m)) <= set(np.unique(sparse_m[measured]))
    assert (data.complete(1)[0] > 0).sum() > len(pixels)


def test_a_simulated_drive_can_be_opened(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    told: list[ls.StepProgress] = []
    small = {"image_height": np.int64(64), "image_width": 200, "azimuth_step_deg": 1, "n_lines": 16}
    folder = ls.simulate(tmp_path / "drive", frames=2, progress=told.append, **small)
    assert told[-1] == ls.StepProgress("simulating", 2, 2)
    data = ls.open_data(folder)
    assert (len(data), data.n_lines, len(data.elevation_deg)) == (2, 16, 16)
    assert data.dataset.frame(0).size == (64, 200)
    assert capfd.readouterr() == ("", "")
