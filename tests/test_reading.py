"""Reading YAML and names without surprises."""

import os
import shutil
import time
from pathlib import Path

import pytest

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.errors import BadInputError, StorageError
from lidarsel.reading import read_whole, read_yaml


@pytest.mark.parametrize("number", ["1" + ":1" * 500_000, "1" + ":1" * 500_000 + ".5", "!!int '1:1'", "16:30"])
def test_a_number_to_the_base_60_is_refused_at_once(tmp_path: Path, number: str) -> None:
    """PyYAML multiplies it out, which took 19 s and grows with the square; nobody means 990 by 16:30."""
    path = tmp_path / "settings.yaml"
    path.write_text(f"seed: {number}\n")
    start = time.process_time()
    with pytest.raises(BadInputError, match="to the base 60; write it in quotes"):
        read_yaml(path, "mend it")
    assert time.process_time() - start < 5


def test_other_numbers_and_words_stay_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text("[1_000, -0x1f, 0b11, 017, 1.5e+3, .inf, 'a:1', \"16:30\", a:1]\n")
    expected = [1000, -31, 3, 15, 1500.0, float("inf"), "a:1", "16:30", "a:1"]
    assert read_yaml(path, "mend it") == expected


def test_a_name_that_is_no_text_is_told(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    path.write_bytes(b"content")
    with pytest.raises(BadInputError, match="not UTF-8"):
        read_whole(path)


FAILING = Path("/proc/self/mem")
"""A regular file whose first byte cannot be read: input/output error, as from a disk that fails."""


def test_a_disk_that_fails_is_no_damaged_file() -> None:
    with pytest.raises(StorageError, match="/proc/self/mem: input/output error; see what the disk"):
        read_whole(FAILING)


def test_a_frame_on_a_disk_that_fails_is_not_left_out_as_damaged(drives: Path, tmp_path: Path) -> None:
    """It was: the same command came to other results, depending on when the disk failed."""
    data = tmp_path / "drives"
    shutil.copytree(drives, data)
    scan = next(data.rglob("velodyne_points/data/*.bin"))
    scan.unlink()
    scan.symlink_to(FAILING)
    with pytest.raises(StorageError, match="input/output error"):
        open_dataset(data, ReadOptions(skip_bad=True, follow_links=True))
