"""Lists in sentences."""

from lidarsel.listing import line_ranges, listed


def test_lines_are_told_as_ranges() -> None:
    assert line_ranges([0, 1, 2, 5, 7, 8]) == "0-2, 5, 7-8"
    assert line_ranges([]) == ""
    assert line_ranges([63]) == "63"


def test_a_long_list_says_how_many_more_there_are() -> None:
    assert listed("abc") == "a, b, c"
    assert listed("abcdefg") == "a, b, c, d, e and 2 more"
    assert listed("abc", most=1, kind="places") == "a and 2 more places"
