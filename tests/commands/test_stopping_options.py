"""--target-se, --until-stable and --max-evaluations as a user gives them."""

import json
from pathlib import Path

import pytest

from tests.support.commands import assert_refused, lidarsel, succeeded


@pytest.fixture
def shapley(drives: Path, tmp_path: Path) -> tuple[object, ...]:
    """The command on a narrow crop, which is quick."""
    settings = tmp_path / "settings.yaml"
    settings.write_text("network: nearest\ncrop: [48, 200]\nevaluations: 6000\n")
    return ("shapley", drives, "--settings", settings, "-o", tmp_path / "values.json")


def test_a_standard_error_is_given_and_held(shapley: tuple[object, ...], tmp_path: Path) -> None:
    said = succeeded(lidarsel(*shapley, "--target-se", "700"))
    found = json.loads((tmp_path / "values.json").read_text())
    assert found["stopped"] == "target-se"
    assert max(found["standard_error"]) <= 700
    assert found["n_evaluations"] < 6000
    assert "no standard error was greater" in " ".join(said.split())


def test_a_target_that_only_frames_could_reach_is_told(shapley: tuple[object, ...], tmp_path: Path) -> None:
    said = succeeded(lidarsel(*shapley, "--target-se", "0.01"))
    assert json.loads((tmp_path / "values.json").read_text())["stopped"] == "frames-differ"
    assert "only more frames" in " ".join(said.split())


def test_used_up_before_the_rule_is_met_is_told(shapley: tuple[object, ...], tmp_path: Path) -> None:
    said = succeeded(lidarsel(*shapley, "--max-evaluations", "1100", "--until-stable", "8"))
    assert json.loads((tmp_path / "values.json").read_text())["stopped"] == "evaluations"
    assert "note: 1100 evaluations were used up before the asked precision was reached" in said


def test_rules_out_of_range_are_refused(shapley: tuple[object, ...]) -> None:
    assert_refused(lidarsel(*shapley, "--target-se", "-1"), "target_se")
    assert_refused(lidarsel(*shapley, "--until-stable", "0"), "until_stable")
    assert_refused(lidarsel(*shapley, "--estimator", "permutation", "--until-stable", "8"), "permutation")
