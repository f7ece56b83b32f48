"""Choosing weighs drives, not frames: in the values that lines are chosen by, as run and as read back from the file."""

from pathlib import Path
from typing import Any

import numpy as np

from lidarsel.contracts import Provenance, ValuesFile, read_contract
from lidarsel.settings import RunSettings
from lidarsel.workflow.files import write_values
from lidarsel.workflow.valuing import players_of, value_lines
from tests.support.report_samples import MADE
from tests.workflow.test_shown_intervals import Frames, Sums

MADE_BY = Provenance(**MADE)  # type: ignore[arg-type]
SETTINGS = RunSettings(estimator="exact", evaluations=1000)
WORTH = np.array([[9.0, 1.0, 2.0], [8.0, 1.0, 3.0], [7.0, 1.0, 4.0], [0.0, 13.0, 3.0]])


def valued(drives: list[str], folder: Path) -> tuple[ValuesFile, np.ndarray]:
    """The file, and the values that selectors of the same process go by."""
    game: Any = Sums(Frames(3, drives), WORTH)
    values = value_lines(game, SETTINGS)
    write_values(folder / "values.json", values, MADE_BY)
    chosen_by = values.players().value
    assert chosen_by is not None
    return read_contract(folder / "values.json", ValuesFile), chosen_by


def test_each_drive_counts_the_same_in_the_values_that_lines_are_chosen_by(tmp_path: Path) -> None:
    file, chosen_by = valued(["a", "a", "a", "b"], tmp_path)
    np.testing.assert_allclose(file.mean, WORTH.mean(0))
    np.testing.assert_allclose(chosen_by, [4.0, 7.0, 3.0])  # of 8, 1, 3 and 0, 13, 3
    np.testing.assert_array_equal(players_of(file).value, chosen_by)


def test_of_equal_drives_and_of_one_they_are_the_values(tmp_path: Path) -> None:
    for drives in (["a", "a", "b", "b"], ["a"] * 4):
        file, chosen_by = valued(drives, tmp_path)
        assert file.choosing_mean == []
        np.testing.assert_array_equal(chosen_by, file.mean)
        np.testing.assert_array_equal(players_of(file).value, chosen_by)
