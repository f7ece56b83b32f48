"""What a slip was meant to be: every name is found again after one letter went wrong, and nothing far is offered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lidarsel.choices import ESTIMATORS, METRICS, SELECTORS
from lidarsel.spelling import nearest, none_of

LONG = [name for name in (*SELECTORS, *ESTIMATORS) if len(name) > 4]


@given(st.sampled_from(LONG), st.data())
def test_one_letter_left_out_or_doubled_or_two_swapped_is_found(name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(name) - 2))
    slips = {
        "left out": name[:at] + name[at + 1 :],
        "doubled": name[:at] + name[at] + name[at:],
        "swapped": name[:at] + name[at + 1] + name[at] + name[at + 2 :],
    }
    slip = slips[data.draw(st.sampled_from(sorted(slips)))]
    assert nearest(slip, LONG) == name


@pytest.mark.parametrize(
    ("word", "names", "meant"),
    [
        ("rsme", METRICS, "rmse"),
        ("RMSE", METRICS, "rmse"),
        ("--budgett", ("--budget", "--bands"), "--budget"),
        ("gpu", ("auto", "cpu", "cuda"), None),  # a slip seldom begins a word
        ("best", SELECTORS, None),
        ("", METRICS, None),
        ("rmse", (), None),
    ],
)
def test_the_nearest(word: str, names: tuple[str, ...], meant: str | None) -> None:
    assert nearest(word, names) == meant


def test_the_choices_are_named_and_the_nearest_last() -> None:
    assert none_of("rsme", METRICS) == "'rsme' is none of rmse, mae, irmse, imae; the nearest is rmse"
    assert none_of("luck", METRICS) == "'luck' is none of rmse, mae, irmse, imae"
