"""How far down: by plain search over all stages."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lidarsel.errors import UsageError
from lidarsel.shrinking.allocation import Stage
from lidarsel.shrinking.target import first_small_enough, last_accurate_enough
from lidarsel.shrinking.work import Amount


def stages(macs: list[float]) -> list[Stage]:
    return [Stage(np.ones(1, np.bool_), {}, Amount(each, 0.0)) for each in macs]


falling = st.lists(st.integers(1, 10_000), min_size=1, max_size=40, unique=True).map(lambda x: sorted(x, reverse=True))


@given(macs=falling, most=st.integers(1, 10_000))
def test_the_first_that_fits_keeps_most(macs: list[int], most: int) -> None:
    way = stages([float(each) for each in macs])

    def ask() -> Stage:
        return first_small_enough(way, lambda stage: stage.macs.total, most, "--macs X", lambda least: f"{least:.0f}")

    fitting = [each for each in macs if each <= most]
    if macs[0] <= most:
        with pytest.raises(UsageError, match=re.escape(f"--macs X: the whole network has {macs[0]} already")):
            ask()
    elif fitting:
        assert ask().macs.total == max(fitting)
    else:
        with pytest.raises(UsageError, match=re.escape(f"--macs X: the smallest network there is has {min(macs)};")):
            ask()


@given(errors=st.lists(st.floats(1.001, 5), max_size=30).map(sorted), ratio=st.floats(1, 5))
def test_the_last_that_is_accurate_enough_goes_furthest(errors: list[float], ratio: float) -> None:
    way = stages([float(-number) for number in range(len(errors) + 1)])
    of_stage = [1.0, *errors]
    found = last_accurate_enough(way, lambda stage: of_stage[round(-stage.macs.total)], ratio)
    assert round(-found.macs.total) == max(number for number, error in enumerate(of_stage) if error <= ratio)
