"""DataFrames in every form that pandas pickles them in; whatever else a pickle holds is refused in one line."""

import gzip
import os
import pickle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lidarsel.datasets.pandaset.data_frame import MOST_BYTES, read_columns
from lidarsel.errors import BadInputError
from tests.support.pandas_pickles import FORMS, Form, PickledCall, pickled_bomb, pickled_frame, write_frame

N = 7
RANDOM = np.random.default_rng(3)
COLUMNS: dict[str, Any] = {
    **{name: RANDOM.normal(size=N) for name in "xyzit"},
    "d": np.array([0, 0, 1, 0, 1, 0, 0], np.int64),
}


def same(found: dict[str, Any], columns: dict[str, Any]) -> None:
    for name, values in columns.items():
        np.testing.assert_array_equal(found[name], values)
        assert found[name].dtype == values.dtype


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("name", ["00.pkl.gz", "00.pkl"])
def test_columns_are_what_was_written(tmp_path: Path, form: Form, protocol: int, name: str) -> None:
    write_frame(tmp_path / name, COLUMNS, form, protocol)
    same(read_columns(tmp_path / name, list(COLUMNS)), COLUMNS)


@pytest.mark.parametrize("form", FORMS)
def test_columns_of_several_types_apart_from_each_other(tmp_path: Path, form: Form) -> None:
    mixed = {
        "x": COLUMNS["x"],
        "d": np.arange(N, dtype=np.uint8),
        "i": COLUMNS["i"].astype(np.float32),
        "y": COLUMNS["y"],
        "e": COLUMNS["z"].astype(">f8"),
        "t": COLUMNS["t"],
    }
    for protocol in (2, 5):
        write_frame(tmp_path / "00.pkl", mixed, form, protocol)
        same(read_columns(tmp_path / "00.pkl", list(mixed)), mixed)


@given(st.integers(1, 40), st.integers(1, 9), st.sampled_from(FORMS), st.integers(2, 5))
@settings(deadline=None, max_examples=60)
def test_tables_of_any_size(rows: int, n_columns: int, form: Form, protocol: int) -> None:
    table = np.random.default_rng(rows).normal(size=(n_columns, rows))
    columns = {f"c{number}": row for number, row in enumerate(table)}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "00.pkl"
        path.write_bytes(pickled_frame(columns, form, protocol, np.arange(rows) * 3))
        same(read_columns(path, list(columns)), columns)


@pytest.mark.parametrize("protocol", [4, 5])
def test_blocks_whose_columns_run_fastest(tmp_path: Path, protocol: int) -> None:
    """As pandas has them of an array of rows."""
    content = pickled_frame(COLUMNS, "1.3", protocol, order="F")
    (tmp_path / "00.pkl").write_bytes(content)
    same(read_columns(tmp_path / "00.pkl", list(COLUMNS)), COLUMNS)


@pytest.mark.parametrize(
    ("thing", "told"),
    [
        (PickledCall(os.system, ("true",)), "where a DataFrame should be it names posix.system"),
        (PickledCall(eval, ("1",)), "it names builtins.eval"),
        ({"_mgr": 1}, "no DataFrame"),
        (np.arange(4), "where a DataFrame should be it names numpy"),
    ],
)
def test_other_pickles_are_refused_in_one_line(tmp_path: Path, thing: object, told: str) -> None:
    path = tmp_path / "00.pkl"
    path.write_bytes(pickle.dumps(thing))
    with pytest.raises(BadInputError, match=told) as refused:
        read_columns(path, ["x"])
    assert refused.value.path == path
    assert "to_pickle" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"x": np.array(["a", "b"], object)}, "of the type O8"),
        ({"x": np.array(["2020-01-01"], "datetime64[ns]")}, "of the type M8"),
        ({"x": np.array([1 + 2j])}, "of the type c16"),
        ({"x": np.array(["ab"])}, "of the type U2"),
        ({"y": np.array([1.0])}, r"has no column x \(its columns: y\)"),
    ],
)
@pytest.mark.parametrize("form", FORMS)
def test_columns_of_no_numbers_are_refused(tmp_path: Path, form: Form, columns: dict[str, Any], told: str) -> None:
    write_frame(tmp_path / "00.pkl.gz", columns, form)
    with pytest.raises(BadInputError, match=told):
        read_columns(tmp_path / "00.pkl.gz", ["x"])


def test_sizes_that_do_not_fit_the_bytes_are_refused(tmp_path: Path) -> None:
    content = pickled_frame(COLUMNS, "1.3", 4)
    longer = content.replace(b"K\x05K\x07\x86", b"K\x05J\xff\xff\xff\x3f\x86")  # rows of the block: 7 -> 2^30 - 1
    frame = content.index(b"\x95") + 1
    size = int.from_bytes(content[frame : frame + 8], "little") + len(longer) - len(content)
    longer = longer[:frame] + size.to_bytes(8, "little") + longer[frame + 8 :]
    assert len(longer) > len(content)
    (tmp_path / "00.pkl").write_bytes(longer)
    with pytest.raises(BadInputError, match=r"no size|where its size tells"):
        read_columns(tmp_path / "00.pkl", ["x"])


def test_a_file_that_unpacks_to_gigabytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "00.pkl.gz"
    with gzip.open(path, "wb", 1) as file:
        for _ in range(4 * MOST_BYTES >> 20):
            file.write(bytes(1 << 20))
    with pytest.raises(BadInputError, match="unpacks to over 64 MiB"):
        read_columns(path, ["x"])


def test_columns_that_are_made_anew_of_one_text_are_bounded(tmp_path: Path) -> None:
    """A file of a few kilobytes would take gigabytes."""
    (tmp_path / "00.pkl").write_bytes(pickled_bomb(MOST_BYTES >> 2, 4))
    assert len(read_columns(tmp_path / "00.pkl", ["c0"])["c0"]) == MOST_BYTES >> 2
    (tmp_path / "00.pkl").write_bytes(pickled_bomb(MOST_BYTES >> 2, 5))
    with pytest.raises(BadInputError, match="its columns have over 64 MiB"):
        read_columns(tmp_path / "00.pkl", ["c0"])


@pytest.mark.parametrize("name", ["00.pkl", "00.pkl.gz"])
def test_files_cut_short_are_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write_frame(path, COLUMNS)
    whole = path.read_bytes()
    for end in range(0, len(whole) - 1, 41):
        path.write_bytes(whole[:end])
        with pytest.raises(BadInputError, match=r"00\.pkl"):
            read_columns(path, list(COLUMNS))
