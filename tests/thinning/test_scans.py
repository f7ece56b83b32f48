"""One scan thinned: which points are kept, and how their lines are told again."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lidarsel.contracts import LinesFile, read_contract
from lidarsel.datasets.scans.thinned import RECORD, runs_of
from lidarsel.errors import BadInputError
from lidarsel.thinning.scans import thin_scan
from tests.support.commands import assert_refused, lidarsel
from tests.support.kitti_trees import Street
from tests.thinning.logs import thin


def test_a_thinned_scan_that_was_changed_is_refused(raw: tuple[Path, Path], tmp_path: Path) -> None:
    _, lines = raw
    out = tmp_path / "out"
    thin(tmp_path / "raw", lines, out)
    scan = sorted(out.rglob("*.bin"))[0]
    scan.write_bytes(scan.read_bytes()[:-160])
    with pytest.raises(BadInputError, match=f"{scan.name}.*{RECORD}"):
        thin(out, lines, tmp_path / "again")
    (out / RECORD).write_text('{"format_version": 1}')
    assert_refused(lidarsel("inspect", out), out / RECORD)


def test_points_at_the_lidar_are_no_returns_and_dropped(raw: tuple[Path, Path], tmp_path: Path) -> None:
    drive, lines = raw
    scan = drive / "velodyne_points/data/0000000000.bin"
    points = np.fromfile(scan, "<f4").reshape(-1, 4)
    points[[10, 2000]] = 0
    points.tofile(scan)
    kept, runs = thin_scan(scan, tmp_path / "thin.bin", read_contract(lines, LinesFile))
    assert kept.unknown == 0
    line = Street().scan(0)[1]
    line[[10, 2000]] = -1
    assert (tmp_path / "thin.bin").read_bytes() == points[np.isin(line, [2, 5, 6, 11])].tobytes()
    assert sum(count for _, count in runs) == kept.points


@given(st.lists(st.integers(-1, 4)))
def test_runs_tell_every_line_again(line: list[int]) -> None:
    runs = runs_of(np.array(line, np.int16))
    assert [value for value, count in runs for _ in range(count)] == line
    assert all(a[0] != b[0] for a, b in itertools.pairwise(runs))
