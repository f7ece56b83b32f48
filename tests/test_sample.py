"""The sample in the repository: small, opened like any data set, and what its command makes today."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.support.commands import ROOT, lidarsel, succeeded

SAMPLE = ROOT / "datasets" / "sample"


def test_the_sample_is_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) <= 3_000_000


def test_the_sample_has_no_problem() -> None:
    found = json.loads(succeeded(lidarsel("inspect", SAMPLE, "--json")))
    assert (found["layout"], found["n_frames"], found["n_lines"]) == ("kitti_depth", 4, 64)
    assert found["problems"] == []
    assert found["ground_truth_coverage"] > 0.15


def test_the_command_that_made_the_sample_makes_it_still(tmp_path: Path) -> None:
    (command,) = [
        line for line in (ROOT / "scripts" / "make_sample.sh").read_text().splitlines() if line.startswith('"$1"')
    ]
    arguments = command.replace("datasets/sample", str(tmp_path / "sample")).split()[1:]
    succeeded(lidarsel(*arguments))
    made = sorted(path.relative_to(tmp_path / "sample") for path in (tmp_path / "sample").rglob("*"))
    assert made == sorted(path.relative_to(SAMPLE) for path in SAMPLE.rglob("*"))
    for scan in (path for path in made if path.match("velodyne_points/data/*.bin")):
        here, there = (np.fromfile(folder / scan, np.float32) for folder in (SAMPLE, tmp_path / "sample"))
        # Another processor may round a ray otherwise and gain or lose a point; a changed scene moves them all.
        assert len(here) == pytest.approx(len(there), rel=1e-3)
        if len(here) == len(there):
            assert np.isclose(here, there, atol=1e-3).mean() > 0.99
