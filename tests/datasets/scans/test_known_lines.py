"""Lines told once are the lines told again, and only of the same points."""

import numpy as np
import pytest
from numpy.typing import NDArray

from lidarsel.datasets.scans.known_lines import KnownLines

Line = NDArray[np.int16]


def points(seed: int = 0, n: int = 50) -> NDArray[np.float32]:
    return np.random.default_rng(seed).random((n, 4), np.float32)


def never() -> Line:
    raise AssertionError("these points were numbered before")


def test_the_same_points_are_numbered_once() -> None:
    known = KnownLines()
    line = np.repeat(np.array([-1, 0, 1, 0, 5], np.int16), 10)
    np.testing.assert_array_equal(known.get(points(), lambda: line), line)
    again = known.get(points(), never)
    np.testing.assert_array_equal(again, line)
    assert again.dtype == np.int16


def test_a_changed_file_is_numbered_anew() -> None:
    known, changed = KnownLines(), points()
    known.get(points(), lambda: np.zeros(50, np.int16))
    changed[7, 2] += 0.5
    assert known.get(changed, lambda: np.ones(50, np.int16)).tolist() == [1] * 50


def test_what_could_not_be_numbered_is_not_kept() -> None:
    known = KnownLines()

    def damaged() -> Line:
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        known.get(points(), damaged)
    assert known.get(points(), lambda: np.zeros(50, np.int16)).tolist() == [0] * 50


def test_lines_in_a_thousand_pieces_are_told_anew() -> None:
    """They would take more room than they save time."""
    known, calls = KnownLines(), []
    line = np.arange(4000, dtype=np.int16) % 2

    def number() -> Line:
        calls.append(1)
        return line

    for _ in range(2):
        np.testing.assert_array_equal(known.get(points(n=4000), number), line)
    assert len(calls) == 2
