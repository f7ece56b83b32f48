"""Runs in MLflow, read back from a store of files, and a server that does not answer."""

from pathlib import Path
from typing import Any

import pytest

from lidarsel.errors import UsageError
from lidarsel.tracking.base import TrackedRun
from lidarsel.tracking.opening import tracked

mlflow = pytest.importorskip("mlflow", reason="not among what tests need: pip install 'lidarsel[mlflow]'")
RUN = TrackedRun("street seed 0", Path("nowhere"), {"seed": "0", "methods": "x" * 2000})


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Files instead of a server: a client that reads what is told."""
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", tmp_path.as_uri())
    return mlflow.MlflowClient()


def runs_of(client: Any, experiment: str = "lidarsel") -> list[Any]:
    found = client.get_experiment_by_name(experiment)
    return list(client.search_runs([found.experiment_id]))


def test_figures_settings_and_end_are_in_the_run(store: Any) -> None:
    with tracked(("mlflow",), RUN) as track:
        track({"rmse_mm/sas-region": 2.5, "validation/rmse_mm/8": 1.5}, 8)
        track({"rmse_mm/sas-region": 1.25}, 16)
    (run,) = runs_of(store)
    assert (run.info.run_name, run.info.status) == ("street seed 0", "FINISHED")
    assert run.data.params == {"seed": "0", "methods": "x" * 500}
    history = store.get_metric_history(run.info.run_id, "rmse_mm/sas-region")
    assert [(one.step, one.value) for one in history] == [(8, 2.5), (16, 1.25)]
    assert run.data.metrics["validation/rmse_mm/8"] == 1.5


def test_a_run_that_fails_or_is_stopped_says_so_in_the_experiment_named(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "another")
    for error in (ZeroDivisionError, KeyboardInterrupt):
        with pytest.raises(error), tracked(("mlflow",), RUN):
            raise error
    assert {run.info.status for run in runs_of(store, "another")} == {"FAILED", "KILLED"}


def test_a_server_that_does_not_answer_is_one_line_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(UsageError, match=r"127\.0\.0\.1.*set MLFLOW_TRACKING_URI") as caught, tracked(("mlflow",), RUN):
        pytest.fail("there is no server")
    assert "\n" not in str(caught.value)
