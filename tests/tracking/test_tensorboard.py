"""What TensorBoard is told, read back from the event files."""

from pathlib import Path

import pytest

from lidarsel.errors import OutputError
from lidarsel.tracking.base import TrackedRun
from lidarsel.tracking.opening import tracked
from tests.support.event_files import scalars_of

pytest.importorskip("tensorboardX", reason="pip install 'lidarsel[tensorboard]'")


def test_figures_are_in_the_event_file_at_their_steps(tmp_path: Path) -> None:
    with tracked(("tensorboard",), TrackedRun("a run", tmp_path / "events", {"seed": "3"})) as track:
        track({"loss": 0.5, "learning_rate": 0.25}, 10)
        track({"loss": 0.125}, 20)
    assert scalars_of(tmp_path / "events") == {"loss": [(10, 0.5), (20, 0.125)], "learning_rate": [(10, 0.25)]}


def test_a_run_that_begins_again_leaves_nothing_of_the_first_try(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("stays")
    for value in (1.0, 2.0):
        with tracked(("tensorboard",), TrackedRun("a run", tmp_path, {})) as track:
            track({"loss": value}, 1)
    assert scalars_of(tmp_path) == {"loss": [(1, 2.0)]}
    assert (tmp_path / "mine.txt").read_text() == "stays"


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    place = tmp_path / "file" / "events"
    with pytest.raises(OutputError, match=str(place)), tracked(("tensorboard",), TrackedRun("a run", place, {})):
        pytest.fail("there is no such folder")
