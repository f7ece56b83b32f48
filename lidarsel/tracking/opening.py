"""From the names that a user gives to trackers that are told of a run, and of how it ended."""

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec

from lidarsel.choices import TrackerName
from lidarsel.errors import OutputError, UsageError
from lidarsel.printable import printable
from lidarsel.tracking.base import Ending, Track, TrackedRun, Tracker
from lidarsel.tracking.mlflow import MlflowTracker
from lidarsel.tracking.tensorboard import TensorBoardTracker

_KINDS: Mapping[TrackerName, type[TensorBoardTracker] | type[MlflowTracker]] = {
    "tensorboard": TensorBoardTracker,
    "mlflow": MlflowTracker,
}


_PACKAGES: Mapping[TrackerName, str] = {"tensorboard": "tensorboardX", "mlflow": "mlflow"}
_NOT_IN_NAMES = re.compile(r"[^\w./-]+")
"""What one of them refuses in the name of a figure: "imae_per_km@0-20" is told as "imae_per_km_0-20"."""


def require_installed(names: Sequence[TrackerName]) -> None:
    """Raises UsageError where a tracker's package is not there, before anything is loaded."""
    for name in names:
        if find_spec(_PACKAGES[name]) is None:
            raise UsageError(f"--log-to {name} needs {_PACKAGES[name]}: pip install 'lidarsel[{name}]'")


@contextmanager
def tracked(names: Sequence[TrackerName], run: TrackedRun) -> Iterator[Track]:
    """Open trackers; within the block, what is told is told to each of them.

    A tracker that fails on the way is told of in one line and told no more: the work goes on, and its own files hold
    every figure.

    Args:
        names: of the trackers; none of them tracks nothing.
        run: what is tracked.

    Raises:
        UsageError: one of them is not installed, or does not answer at the beginning.
        OutputError: the run's folder cannot be written.
    """
    require_installed(names)
    try:
        trackers: dict[TrackerName, Tracker] = {name: _KINDS[name](run) for name in names}
    except OSError as error:
        problem = f"cannot be written ({error.strerror or error})"
        raise OutputError(run.folder, problem, "make room there, or leave --log-to out") from None

    def track(figures: Mapping[str, float], step: int) -> None:
        figures = {_NOT_IN_NAMES.sub("_", name): figure for name, figure in figures.items()}
        for name, tracker in list(trackers.items()):
            try:
                tracker.track(figures, step)
            except OSError as error:
                _tell(name, error)
                del trackers[name]

    how = Ending.FAILED
    try:
        yield track
        how = Ending.WELL
    except KeyboardInterrupt:
        how = Ending.STOPPED
        raise
    finally:
        for name, tracker in trackers.items():
            try:
                tracker.end(how)
            except OSError as error:
                _tell(name, error)


def _tell(name: TrackerName, error: OSError) -> None:
    sys.stderr.write(f"{name} is told no more ({printable(str(error))}); the run's own files hold every figure\n")
