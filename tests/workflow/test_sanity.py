"""Every check of an answer speaks where it should and is silent on a sound one; what it says stands first."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from lidarsel.contracts import LinesFile, ReportFile, read_contract
from lidarsel.errors import BadInputError
from lidarsel.workflow.sanity import CHECKS, Facts, doubts, require_differences, require_lines_in_image
from tests.support.commands import assert_refused, lidarsel, succeeded
from tests.support.report_samples import N_LINES, report
from tests.support.sensor_frames import sensor, write_clouds, write_frames_csv

POINTS = np.where(np.arange(N_LINES) < 46, 400.0, 0.0)
ROWS = report((32,)).rows
NONE = msgspec.structs.replace(ROWS[-1], rmse_mm=1187.4)
CHOSEN = tuple(ROWS[1].lines)
SOUND = Facts(
    points_per_line=POINTS,
    n_frames=12,
    mean=np.where(POINTS > 0, np.arange(float(N_LINES)), 0),
    half_width=np.full(N_LINES, 2.0),
    rows=ROWS,
    chosen_lines=CHOSEN,
    constant_rmse_mm=8000.0,
    sets={"sas": (1, 2), "spaced": (3, 4), "random": (1, 2)},
    r2=0.97,
)
ABSURD: dict[str, tuple[dict[str, Any], str]] = {
    "few-lines": ({"points_per_line": np.where(np.arange(N_LINES) < 15, 9.0, 0.0)}, "Only 15 of the 64 lines"),
    "nothing-to-choose": ({"chosen_lines": tuple(range(46))}, "All 46 lines that reach"),
    "worse-than-constant": ({"constant_rmse_mm": 1187.4}, "all lines is 1187 mm.*constant depth.*units"),
    "lidar-does-not-help": ({"rows": [row for row in ROWS if row.method != "none"] + [NONE]}, "no better than no line"),
    "chosen-do-not-help": (
        {"rows": [ROWS[0], msgspec.structs.replace(ROWS[1], rmse_mm=20000.0), *ROWS[2:]]},
        "chosen lines .RMSE 20000 mm. are no better than no line",
    ),
    "poor-model": ({"r2": 0.2}, "explains 20 %"),
    "same-choice": ({"sets": dict.fromkeys(("sas", "spaced", "random"), (1, 2))}, "All 3 methods chose the same"),
    "values-within-noise": ({"half_width": np.full(N_LINES, 30.0)}, "differ by no more than"),
    "one-frame": ({"n_frames": 1, "half_width": None}, "One frame"),
}


def test_a_sound_answer_raises_no_doubt() -> None:
    assert doubts(SOUND) == []


def test_every_check_is_tried() -> None:
    assert list(ABSURD) == list(CHECKS)


@pytest.mark.parametrize("name", CHECKS)
def test_what_is_absurd_is_said(name: str) -> None:
    changes, said = ABSURD[name]
    (found,) = doubts(replace(SOUND, **changes))
    assert re.search(said, found)


@pytest.mark.parametrize("name", CHECKS)
def test_what_a_stage_does_not_know_is_not_looked_at(name: str) -> None:
    assert CHECKS[name](Facts(points_per_line=POINTS, n_frames=2)) is None


def test_the_constant_guess_is_compared_with_what_was_judged() -> None:
    whole = msgspec.structs.replace(ROWS[0], rmse_mm=0.0, unjudged_frames=12)
    found = doubts(replace(SOUND, rows=[whole, *ROWS[1:]], constant_rmse_mm=100.0))
    assert len(found) == 1
    assert "the chosen lines is" in found[0]


def test_no_line_in_any_image_is_no_answer() -> None:
    with pytest.raises(BadInputError, match="none of its 64 lines"):
        require_lines_in_image(Path("log"), np.zeros(64))
    require_lines_in_image(Path("log"), POINTS)


def test_sets_that_are_all_alike_are_no_answer() -> None:
    with pytest.raises(BadInputError, match=r"same error \(7\).*network nearest"):
        require_differences(Path("log"), "nearest", np.full((2, 5), 7.0))
    require_differences(Path("log"), "nearest", np.array([[7.0, 7.0], [7.0, 7.1]]))


BLIND = """
import torch

class network(torch.nn.Module):
    def forward(self, sparse_depth_m):
        return torch.full_like(sparse_depth_m, 10.0)
"""


def test_a_network_that_ignores_the_lidar_is_refused(tmp_path: Path) -> None:
    write_frames_csv(tmp_path / "data", sensor(16), ".pcd")
    (tmp_path / "blind.py").write_text(BLIND)
    run = ("run", "data", "-k", 4, "--methods", "densest", "-m", "densest")
    for command in (("shapley", "data", "--evaluations", 200), run):
        done = lidarsel(*command, "--network", "blind:network", cwd=tmp_path)
        assert_refused(done, "data", "every set of lines has the same error", "--network")
    assert not (tmp_path / "values.json").exists()


@pytest.mark.slow
def test_a_network_that_ignores_the_lidar_is_refused_where_each_set_is_judged_at_points_of_its_own(
    tmp_path: Path,
) -> None:
    write_clouds(tmp_path / "data", sensor(16, 1))
    (tmp_path / "blind.py").write_text(BLIND)
    run = ("run", "data", "-k", 4, "--methods", "densest", "-m", "densest")
    for command in (("shapley", "data", "--evaluations", 200), ("evaluate", "data", "--lines", "0-7"), run):
        done = lidarsel(*command, "--network", "blind:network", cwd=tmp_path)
        assert_refused(done, "data", "completed to the same depths", "--network")
    assert not (tmp_path / "values.json").exists()


def test_no_line_in_the_image_is_refused(tmp_path: Path) -> None:
    made = sensor(16)
    far_off = made.calibration.camera_from_lidar.copy()
    far_off[1, 3] = 500
    write_frames_csv(tmp_path, replace(made, calibration=replace(made.calibration, camera_from_lidar=far_off)), ".pcd")
    done = lidarsel("run", tmp_path, "--network", "nearest", "-o", tmp_path / "runs")
    assert_refused(done, "none of its points", "calibration")


@pytest.mark.slow
def test_a_doubt_stands_before_the_answer_wherever_it_is_given(tmp_path: Path) -> None:
    write_clouds(tmp_path / "data", sensor(16, 1))
    cheap = (
        "--network",
        "nearest",
        "--evaluations",
        200,
        "--methods",
        "spaced,sas",
        "-m",
        "sas",
        "-o",
        tmp_path / "runs",
    )
    out = succeeded(lidarsel("run", tmp_path / "data", *cheap))
    (folder,) = (tmp_path / "runs").iterdir()
    made = read_contract(folder / "report.json", ReportFile)
    assert made.doubts == read_contract(folder / "lines.yaml", LinesFile).doubts
    assert made.doubts == ["One frame: what holds for other frames is unknown."]
    for text in (out, (folder / "report.md").read_text(), (folder / "report.html").read_text()):
        assert 0 < text.index("One frame: what holds") + 1 < text.index("8 of 16 lines, chosen by sas")
