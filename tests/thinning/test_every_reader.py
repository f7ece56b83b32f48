"""What every reader reads of a thinned log: the chosen lines of the whole one, under their own numbers, to the bit."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from lidarsel.datasets.base import Dataset, ReadOptions
from lidarsel.datasets.reader import Reader
from lidarsel.datasets.registry import open_dataset, reader_of, readers
from lidarsel.datasets.scans.thinned import RECORD
from lidarsel.errors import BadInputError
from lidarsel.frame import ImagePoints
from tests.fuzz.readers import TARGETS
from tests.fuzz.target import Target
from tests.fuzz.targets import lacking
from tests.fuzz.trees import cloud_folder, table
from tests.support.chosen_lines import write_lines
from tests.support.commands import assert_refused, lidarsel, succeeded
from tests.thinning.logs import files_of, thin


def targets_of(reader: Reader) -> list[Target]:
    return [target for target in TARGETS if target.name.partition("-")[0] == reader.name]


def made(target: Target, folder: Path) -> Path:
    if (reason := lacking(target.name)) is not None:
        pytest.skip(reason)
    folder.mkdir()
    target.make(folder)
    return folder


def chosen_of(n_lines: int) -> list[int]:
    """Neither the first nor all that follow it, so that lines counted anew would have other numbers."""
    return list(range(1, n_lines, 2))


def lines_for(data: Path, path: Path) -> Path:
    elevation_deg = open_dataset(data).elevation_deg.tolist()
    return write_lines(path, chosen_of(len(elevation_deg)), elevation_deg)


def rows_of(points: ImagePoints, chosen: Sequence[int]) -> np.ndarray:
    """The points of these lines, in an order of their own: (N, 4) of row, column, line and the bits of the depth."""
    kept = np.isin(points.line, chosen)
    depth_m = points.depth_m[kept].astype(np.float32).view(np.uint32)
    table = np.stack([points.row[kept], points.column[kept], points.line[kept], depth_m], axis=1).astype(np.int64)
    return table[np.lexsort(table.T)]


def assert_subset(after: Dataset, whole: Dataset) -> None:
    assert after.n_lines == whole.n_lines
    assert list(after.frame_ids) == list(whole.frame_ids)
    for index in range(len(whole)):
        points, chosen = after.frame(index).points, chosen_of(whole.n_lines)
        np.testing.assert_array_equal(rows_of(points, range(whole.n_lines)), rows_of(whole.frame(index).points, chosen))
        assert len(points.line)


def test_every_reader_has_a_log_to_thin() -> None:
    assert [reader.name for reader in readers() if not targets_of(reader)] == []


@pytest.mark.parametrize(
    ("reader", "target"),
    [(reader, target) for reader in readers() for target in targets_of(reader)],
    ids=[target.name for reader in readers() for target in targets_of(reader)],
)
def test_a_log_is_thinned_to_the_bit_or_refused(reader: Reader, target: Target, tmp_path: Path) -> None:
    data, out = made(target, tmp_path / "data"), tmp_path / "new" / "out"
    found = reader_of(data)
    assert found is not None
    assert found.name == reader.name
    lines = lines_for(data, tmp_path / "lines.yaml")
    before = files_of(data)
    if reader.thinning is None:
        with pytest.raises(BadInputError, match=f"is of layout {reader.name}, whose logs lidarsel apply cannot thin"):
            thin(data, lines, out)
        assert not out.parent.exists()
    else:
        thin(data, lines, out)
        truth = ReadOptions("scan") if "official" not in reader.layout.ground_truth else None
        assert_subset(open_dataset(out, truth), open_dataset(data, truth))
    assert files_of(data) == before


@pytest.mark.parametrize("suffix", ["ply", "pcd"])
def test_a_table_beside_thinned_clouds_reads_their_lines_by_their_old_numbers(suffix: str, tmp_path: Path) -> None:
    """frames.csv is refused as a log; a table of another name stands in the copy of a folder of clouds."""
    data, out = tmp_path / "data", tmp_path / "out"
    data.mkdir()
    table(suffix, data)
    for cloud in (data / "scans").iterdir():
        shutil.copy(cloud, data / f"top{cloud.name}")
    (data / "frames.csv").rename(data / "mine.csv")
    thin(data, lines_for(data / "mine.csv", tmp_path / "lines.yaml"), out)
    assert_subset(open_dataset(out / "mine.csv"), open_dataset(data / "mine.csv"))


def test_a_table_of_whole_scans_within_a_thinned_log_is_refused(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    data.mkdir()
    table("pcd", data)
    (data / "frames.csv").rename(data / "mine.csv")
    (data / "scans").rename(tmp_path / "scans")
    cloud_folder(data)
    thin(data, lines_for(data, tmp_path / "lines.yaml"), out)
    (tmp_path / "scans").rename(out / "scans")
    with pytest.raises(BadInputError, match=rf"has points of line 0, which .*{RECORD} says is gone"):
        open_dataset(out / "mine.csv").frame(0)


@pytest.mark.parametrize("place", ["0.bin", "velodyne/0.bin"])
def test_scans_beside_a_stray_cloud_are_not_copied_whole(place: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    cloud_folder(data)
    lines = lines_for(data, tmp_path / "lines.yaml")
    (data / place).parent.mkdir(exist_ok=True)
    (data / place).write_bytes(bytes(160))
    done = lidarsel("apply", data, "--lines", lines, "-o", tmp_path / "new" / "out")
    assert_refused(done, data / place, "a folder each")
    assert not (tmp_path / "new").exists()


def test_evaluate_on_a_thinned_log_gives_the_figures_of_the_whole_one(tmp_path: Path) -> None:
    """By the commands, where ground truth does not come of the thinned scans themselves."""
    data, out = tmp_path / "data", tmp_path / "out"
    data.mkdir()
    next(target for target in TARGETS if target.name == "kitti_depth").make(data)
    lines = lines_for(data, tmp_path / "lines.yaml")
    succeeded(lidarsel("apply", data, "--lines", lines, "-o", out))
    figures = []
    for place in (data, out):
        report = tmp_path / f"{place.name}.json"
        judged = ("--lines", lines, "--network", "nearest", "--ground-truth", "official", "-o", report)
        succeeded(lidarsel("evaluate", place, *judged, "--store", tmp_path / f"{place.name}.sqlite"))
        rows = json.loads(report.read_text())["rows"]
        figures.append(next(row for row in rows if row["method"] == "interval"))
    assert figures[0]["rmse_mm"] == figures[1]["rmse_mm"]
    assert figures[0]["lines"] == figures[1]["lines"] == chosen_of(8)
