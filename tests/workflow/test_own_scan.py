"""Runs judged against the frames' own scans: no figure of what nothing is left to judge, no ratio, no traceback."""

from pathlib import Path

import numpy as np
import pytest

from lidarsel.contracts import ReportFile, ValuesFile, read_contract
from lidarsel.errors import UsageError
from lidarsel.planning.plan import make_plan
from tests.support.commands import lidarsel, succeeded
from tests.support.sensor_frames import Sensor, sensor, write_clouds

CHEAP = ("--network", "nearest", "--evaluations", 200, "--methods", "spaced,sas", "-m", "sas")


@pytest.fixture(scope="module")
def made() -> Sensor:
    return sensor(16, 1)


@pytest.fixture(scope="module")
def run(made: Sensor, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a run of 16, of all lines in the image and of 6 lines, and what it printed."""
    folder = tmp_path_factory.mktemp("own-scan")
    write_clouds(folder / "data", made)
    reaching = np.count_nonzero(made.points_per_line(made.moments[0]))
    out = succeeded(lidarsel("run", folder / "data", "-k", f"16,{reaching},6", *CHEAP, "-o", folder / "runs"))
    (found,) = (folder / "runs").iterdir()
    return found, out


def test_all_lines_are_never_a_figure_to_compare_with(run: tuple[Path, str]) -> None:
    folder, out = run
    report = read_contract(folder / "report.json", ReportFile)
    assert report.ground_truth == "scan"
    for row in report.rows:
        assert row.ratio_to_all is None
        assert row.is_judged == (row.budget in (0, 6))
        assert (row.rmse_mm > 0) == row.is_judged
    for text in (out, (folder / "report.md").read_text()):
        assert "a kept line says nothing of itself" in text
        assert "nothing to judge by" in text
        (whole,) = (line for line in text.splitlines() if "all lines" in line and "16" in line and "–" in line)
        assert not any(part.replace(".", "").isdigit() for part in whole.split() if part != "16")
    assert "no point of another line is left to judge them by" in out


def test_lines_that_never_reach_the_image_are_worth_exactly_nothing(run: tuple[Path, str], made: Sensor) -> None:
    values = read_contract(run[0] / "values.json", ValuesFile)
    unseen = made.points_per_line(made.moments[0]) == 0
    assert unseen.any()
    assert not np.array(values.mean)[unseen].any()
    assert values.value_full == 0
    assert sum(values.mean) == pytest.approx(-values.value_empty)


def test_a_plan_needs_other_ground_truth(run: tuple[Path, str]) -> None:
    with pytest.raises(UsageError, match="own scans"):
        make_plan(read_contract(run[0] / "report.json", ReportFile), None, 1.05)
