"""Data that is known by looking and not read is refused with the reason, and with what to do."""

import gzip
import pickle
from pathlib import Path

import pytest

from lidarsel.datasets.registry import open_dataset
from lidarsel.errors import BadInputError
from tests.support.commands import assert_refused, lidarsel
from tests.support.pandas_pickles import PickledCall


@pytest.mark.parametrize("alone", [True, False])
def test_pickles_are_refused_and_never_unpickled(tmp_path: Path, alone: bool) -> None:
    scan, sprung = tmp_path / "scans/cloud.pkl.gz", tmp_path / "sprung"
    scan.parent.mkdir()
    scan.write_bytes(gzip.compress(pickle.dumps(PickledCall(Path.touch, (sprung,)))))
    assert_refused(lidarsel("inspect", scan if alone else scan.parent), scan, "pickle", "PandaSet")
    assert not sprung.exists()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("drive.osf", "ouster-sdk"),
        ("segment-1.tfrecord", "top lidar"),
        ("scan.laz", "frames.csv"),
        ("scan.pkl", "pickle"),
    ],
)
@pytest.mark.parametrize("alone", [True, False])
def test_other_records_are_refused_by_name(tmp_path: Path, name: str, told: str, alone: bool) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / name).write_bytes(bytes(64))
    with pytest.raises(BadInputError, match=told) as refused:
        open_dataset(folder / name if alone else folder)
    assert refused.value.path == folder / name
    assert "\n" not in str(refused.value)
