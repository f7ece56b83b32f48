"""How densely sets of lines fill bands of elevations: by hand."""

import numpy as np

from lidarsel.workflow.stability import line_bands


def test_bands_hold_the_lines_between_their_edges() -> None:
    elevation_deg = np.array([5.0, 4.0, 3.0, 2.0, 1.0, -1.0, -3.0, -5.0, -7.0, -9.0])  # a degree apart, then two
    active = np.array([False, *[True] * 8, False])
    first, second = line_bands([(1, 2, 3, 4), (1, 2, 5, 6, 7, 8)], elevation_deg, active)
    assert (first.upper_deg, first.lower_deg, second.upper_deg, second.lower_deg) == (4.5, 0.0, 0.0, -8.0)
    assert (first.least, first.most, first.mean) == (2 / 4.5, 4 / 4.5, 3 / 4.5)
    assert (second.least, second.most, second.mean) == (0, 4 / 8, 2 / 8)


def test_there_are_no_bands_where_elevations_do_not_fall_or_nothing_is_in_them() -> None:
    everywhere = np.ones(8, bool)
    assert line_bands([(0, 1)], np.array([3.0, 2, 1, 0, -1, -2, -2, -4]), everywhere) == []
    assert line_bands([(0, 1)], np.full(8, np.nan), everywhere) == []
    assert line_bands([], -np.arange(8.0), everywhere) == []
