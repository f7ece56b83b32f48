"""Runs in MLflow, on the server that ``MLFLOW_TRACKING_URI`` names."""

import os
import time
from collections.abc import Mapping
from typing import Any

from lidarsel.errors import UsageError
from lidarsel.tracking.base import Ending, TrackedRun

_EXPERIMENT = "lidarsel"
_LONGEST_VALUE = 500
"""Letters of a setting: what MLflow's oldest servers take."""
_MOST_AT_ONCE = 100
"""Settings, or figures, in a request: what every server takes."""
_PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "20"}
"""In place of MLflow's own seven tries of two minutes each, unless the user says otherwise."""


class MlflowTracker:
    """Makes a run in the experiment of ``MLFLOW_EXPERIMENT_NAME``, by default ``lidarsel``.

    Raises:
        UsageError: its server does not answer, or takes no run.
    """

    def __init__(self, run: TrackedRun) -> None:
        for name, value in _PATIENCE.items():
            os.environ.setdefault(name, value)
        from mlflow import MlflowClient

        try:
            self._client: Any = MlflowClient()
            self._run_id = self._begin(run)
        except Exception as error:  # of whichever store or transport it has
            remedy = "set MLFLOW_TRACKING_URI to your server, as http://HOST:5000, or leave --log-to mlflow out"
            raise UsageError(f"--log-to mlflow: {_first_sentence(error)}; {remedy}") from None

    def _begin(self, run: TrackedRun) -> str:
        name = os.environ.get("MLFLOW_EXPERIMENT_NAME", _EXPERIMENT)
        known = self._client.get_experiment_by_name(name)
        experiment = self._client.create_experiment(name) if known is None else known.experiment_id
        run_id: str = self._client.create_run(experiment, run_name=run.title).info.run_id
        from mlflow.entities import Param

        params = [Param(key, value[:_LONGEST_VALUE]) for key, value in run.settings.items()]
        for start in range(0, len(params), _MOST_AT_ONCE):
            self._client.log_batch(run_id, params=params[start : start + _MOST_AT_ONCE])
        return run_id

    def track(self, figures: Mapping[str, float], step: int) -> None:
        """A metric of each."""
        from mlflow.entities import Metric
        from mlflow.exceptions import MlflowException

        now_ms = round(time.time() * 1000)
        metrics = [Metric(name, value, now_ms, step) for name, value in figures.items()]
        try:
            for start in range(0, len(metrics), _MOST_AT_ONCE):
                self._client.log_batch(self._run_id, metrics=metrics[start : start + _MOST_AT_ONCE])
        except MlflowException as error:
            raise OSError(_first_sentence(error)) from None

    def end(self, how: Ending) -> None:
        """Its status says how it ended."""
        from mlflow.exceptions import MlflowException

        try:
            self._client.set_terminated(self._run_id, how.value)
        except MlflowException as error:
            raise OSError(_first_sentence(error)) from None


def _first_sentence(error: Exception) -> str:
    """MLflow's messages go on for pages."""
    return str(error).partition(". ")[0].partition("\n")[0][:300] or type(error).__name__
