"""A profile of units: blanking any one moves it by one over their number at most, and noise is as large as promised."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lidarsel.errors import UsageError
from lidarsel.frame import Frame
from lidarsel.privacy.gaussian import noise_for_one_answer
from lidarsel.profiles.embedding import embed_unit
from lidarsel.profiles.making import make_profile, state_promise
from lidarsel.profiles.pool import shipped_pool
from tests.support.streets import Streets

FRAMES = [Streets().frame(index) for index in range(4)]
UNIT = st.lists(st.sampled_from(FRAMES), max_size=3)


def profile(units: Sequence[Sequence[Frame]]) -> np.ndarray:
    return make_profile(units, len(units), "drive", "ntk", None).mean


@settings(max_examples=15, deadline=None)
@given(st.lists(UNIT, min_size=1, max_size=4), st.data())
def test_neighbouring_data_sets_have_profiles_within_the_sensitivity(
    units: list[list[Frame]], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(units) - 1))
    blank = [*units[:place], [], *units[place + 1 :]]
    other = [*units[:place], data.draw(UNIT), *units[place + 1 :]]
    here = profile(units)
    assert np.linalg.norm(here - profile(blank)) <= (1 + 1e-9) / len(units)
    assert np.linalg.norm(here - profile(other)) <= 2 * (1 + 1e-9) / len(units)


def test_a_unit_is_told_by_its_own_frames_and_within_a_length_of_one() -> None:
    told = [embed_unit([frame], "ntk", shipped_pool("ntk").discriminants) for frame in FRAMES]
    assert max(np.linalg.norm(vector) for vector in told) <= 1 + 1e-12
    assert profile([[frame] for frame in FRAMES]) == pytest.approx(np.mean(told, axis=0))
    assert len({tuple(vector) for vector in told}) == len(FRAMES)
    assert np.array_equal(profile([FRAMES]), profile([FRAMES]))


def test_noise_is_as_large_as_the_statement_says() -> None:
    statement = state_promise("drive", 2, 1.0, 1e-6)
    units = [FRAMES[:1], FRAMES[1:2]]
    without = profile(units)
    noisy = np.array([make_profile(units, 2, "drive", "ntk", statement).mean - without for _ in range(40)])
    assert noisy.std() == pytest.approx(noise_for_one_answer(1.0, 1e-6) / 2, rel=0.2)
    assert statement.ledger.entries[0].noise_multiplier == noise_for_one_answer(1.0, 1e-6)


def test_what_is_no_promise_is_refused() -> None:
    with pytest.raises(UsageError, match=r"--delta 0\.01 would let a profile give away one of 100 drives whole"):
        state_promise("drive", 100, 1.0, 0.01)
    with pytest.raises(UsageError, match="--epsilon 1e-05 at delta 1e-10 takes noise that would leave nothing"):
        state_promise("drive", 100, 1e-5, 1e-10)
