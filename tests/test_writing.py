"""Files and folders are there whole or not at all."""

from pathlib import Path

import pytest

from lidarsel.errors import OutputError, UsageError
from lidarsel.workflow.runfolder import STORE, run_folder
from lidarsel.writing import whole_folder, write_bytes


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    write_bytes(path, b"one")
    write_bytes(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_appears_only_when_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(RuntimeError), whole_folder(out) as partial:  # noqa: PT012
        (partial / "half").write_text("half")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
    with whole_folder(out) as partial:
        (partial / "all").write_text("all")
        assert not out.exists()
    assert [path.name for path in out.iterdir()] == ["all"]


def test_a_folder_with_something_in_it_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(OutputError, match="not empty"), whole_folder(tmp_path):
        pass
    assert (tmp_path / "mine").read_text() == "mine"


def test_an_interrupted_run_goes_on_in_its_own_folder(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), run_folder(tmp_path, "my data", "a" * 64) as folder:  # noqa: PT012
        (folder.path / STORE).write_bytes(b"evaluated")
        raise KeyboardInterrupt
    with run_folder(tmp_path, "my data", "b" * 64) as other:
        assert not (other.path / STORE).exists(), "another run must not take it"
    with run_folder(tmp_path, "my data", "a" * 64) as folder:
        assert (folder.path / STORE).read_bytes() == b"evaluated"
    assert folder.final is not None
    assert sorted(path.name for path in folder.final.iterdir()) == [STORE]
    assert folder.final.name.endswith("-my-data") or folder.final.name.endswith("-my-data-2")
    assert not list(tmp_path.glob(".unfinished-*"))


def test_a_refused_run_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError), run_folder(tmp_path, "x", "a" * 64):
        raise UsageError("refused")
    assert list(tmp_path.iterdir()) == []


def test_two_of_the_same_run_at_once_are_told(tmp_path: Path) -> None:
    again = run_folder(tmp_path, "x", "a" * 64)
    with run_folder(tmp_path, "x", "a" * 64), pytest.raises(OutputError, match="another process"), again:
        pass
