"""The log of a training on a disk that is full."""

import resource
from pathlib import Path

import pytest

from lidarsel.errors import OutputError
from lidarsel.training.log import TrainingLog


def test_a_line_that_does_not_fit_on_the_disk_is_told_with_the_log_s_name(tmp_path: Path) -> None:
    """Python names no file where a write fails, so that nobody was told which place is full."""
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        with pytest.raises(OutputError, match=r"w\.log\.jsonl: cannot be written"):
            TrainingLog(tmp_path / "w.log.jsonl").loss(1, [1.0], 0.1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
