"""What is said of a value that is none of a few: which these are, whichever option or key it was given by."""

from pathlib import Path
from typing import get_args

import pytest

from lidarsel.choices import METRICS, RankingName
from tests.support.commands import assert_refused, lidarsel


@pytest.mark.parametrize(
    ("command", "option", "choices"),
    [("shrink", "by", get_args(RankingName)), ("run", "metric", METRICS)],
)
def test_the_choices_are_named(command: str, option: str, choices: tuple[str, ...], tmp_path: Path) -> None:
    said = f"'luck' is none of {', '.join(choices)}"
    assert_refused(lidarsel(command, "data", f"--{option}", "luck", cwd=tmp_path), f"--{option} {said}")
    (tmp_path / "s.yaml").write_text(f"{option}: luck\n")
    refused = lidarsel(command, "data", "--settings", "s.yaml", cwd=tmp_path)
    assert_refused(refused, "s.yaml", f" {option}: {said}")


def test_an_unknown_key_is_told_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("budgts: [3]\n")
    refused = lidarsel("run", "data", "--settings", "s.yaml", cwd=tmp_path)
    assert_refused(refused, "s.yaml", "unknown field `budgts`; the nearest is budgets")


def test_so_are_those_of_a_recipe(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text("data: simulated\nsimulated_truth: some\n")
    refused = lidarsel("train", "--recipe", "recipe.yaml", cwd=tmp_path)
    assert_refused(refused, "recipe.yaml", "simulated_truth: 'some' is none of semi-dense, exact, both")
