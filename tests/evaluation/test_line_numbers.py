"""Which lines a network is judged with: by hand."""

import numpy as np

from lidarsel.evaluation.line_numbers import line_numbers, spaced_lines


def test_a_sensor_is_judged_at_numbers_below_its_own_and_at_all() -> None:
    assert line_numbers(64) == (0, 4, 8, 16, 32, None)
    assert line_numbers(32) == (0, 4, 8, 16, None)
    assert line_numbers(4) == (0, None)


def test_lines_are_taken_in_equal_steps_of_those_that_are_there() -> None:
    active = np.array([False, True, True, True, True, False, True, True])
    taken = [np.flatnonzero(row).tolist() for row in spaced_lines(active, (0, 2, 3, 8, None))]
    assert taken == [[], [2, 6], [2, 4, 7], [1, 2, 3, 4, 6, 7], [1, 2, 3, 4, 6, 7]]
