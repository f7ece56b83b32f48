"""Words stand where they are put, as wide as is said, and change nothing beside them."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lidarsel.report.pictures.lettering import Words, fold, letter, width_of


def test_words_are_written_within_their_line() -> None:
    words = Words("line 63 Qgy|", 20, 10, 24, (200, 100, 50))
    picture = letter(np.zeros((60, 400, 3), np.uint8), [words])
    row, column = np.nonzero(picture[..., 0])
    assert row.min() >= 18
    assert row.max() <= 20 + 24 + 6
    assert column.min() >= 10
    assert abs(column.max() - 10 - width_of(words.text, 24)) <= 2
    assert tuple(picture.reshape(-1, 3).max(axis=0)) == (200, 100, 50)


@settings(max_examples=20, deadline=None)
@given(height=st.integers(1, 90), width=st.integers(1, 90), seed=st.integers(0, 9))
def test_a_picture_keeps_its_size_and_its_pixels(height: int, width: int, seed: int) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)
    np.testing.assert_array_equal(letter(image, []), image)


def test_what_does_not_fit_is_cut() -> None:
    before = np.zeros((60, 400, 3), np.uint8)
    picture = letter(before, [Words("cut off", 20, 395, 24, (1, 2, 3))])
    assert picture.shape == before.shape
    np.testing.assert_array_equal(picture[:, :395], before[:, :395])


def test_letters_of_every_script_and_no_mathematics() -> None:
    plain, other = (
        letter(np.zeros((40, 300, 3), np.uint8), [Words(text, 5, 5, 20, (255, 255, 255))]) for text in ("$x^2$", "日本")
    )
    assert plain.any()
    assert other.any(), "a box for a letter that the font lacks"
    assert width_of("$x^2$", 20) > width_of("x2", 20)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text("abc-", min_size=1, max_size=12), min_size=1, max_size=8))
def test_folded_lines_fit_and_lose_nothing(words: list[str]) -> None:
    lines = fold(" ".join(words), 24, 200)
    assert " ".join(lines).split() == words
    assert all(width_of(line, 24) <= 200 or " " not in line for line in lines)
