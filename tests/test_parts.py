"""Bands of distance by name, and which pixels they hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lidarsel.errors import UsageError
from lidarsel.object_classes import ObjectClass
from lidarsel.parts import (
    CLASS_PARTS,
    DEFAULT_BANDS,
    MOST_PARTS,
    DistanceBand,
    band_of,
    every_part,
    parse_bands,
    part_of,
)


@given(st.integers(0, 9000), st.integers(1, 900))
def test_a_band_has_one_name(near_cm: int, width_cm: int) -> None:
    band = DistanceBand(near_cm / 100, (near_cm + width_cm) / 100)
    assert band_of(band.name) == band


def test_the_far_end_belongs_to_the_next_band() -> None:
    truth_m = np.array([0.5, 9.99, 10, 79.9, 80], np.float32)
    held = [band_of(name).holds(truth_m).tolist() for name in DEFAULT_BANDS]
    assert held[0] == [True, True, False, False, False]
    assert np.array(held).sum(0).tolist() == [1, 1, 1, 1, 0]


def test_bands_by_option() -> None:
    assert parse_bands("--bands", "0-10, 10-20.5,0-10") == ("0-10", "10-20.5")
    assert parse_bands("--bands", "none") == ()


@pytest.mark.parametrize("text", ["", "10", "10-10", "20-10", "-5-10", "0-1e3", "a-b", "0-10,", "0-99999"])
def test_what_is_no_band_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--bands: '.*' is no band of distance in metres, as 0-10; give e.g."):
        parse_bands("--bands", text)


def test_bands_that_decide_are_told_once() -> None:
    assert every_part(("0-10",), [band_of("0-20"), band_of("0-10")]) == (band_of("0-10"), band_of("0-20"))
    with pytest.raises(ValueError, match="33 are more than errors are told for"):
        every_part([f"{near}-{near + 1}" for near in range(MOST_PARTS + 1)], ())


def test_classes_part_the_labelled_pixels() -> None:
    truth_m, truth_class = np.ones(6, np.float32), np.array([*ObjectClass], np.uint8)
    held = np.array([part.holds(truth_m, truth_class) for part in CLASS_PARTS])
    assert held.sum(0).tolist() == [0, 1, 1, 1, 1, 1], "what no label tells is in none"
    assert not any(part.holds(truth_m).any() for part in CLASS_PARTS), "nothing is told without labels"
    assert [part_of(part.name) for part in CLASS_PARTS] == list(CLASS_PARTS)
    with pytest.raises(ValueError, match=r"'car' is no band of distance .*, and no class of things: vehicle, person,"):
        part_of("car")


def test_classes_come_last_whichever_was_asked_for_first() -> None:
    road, vehicle = part_of("road"), part_of("vehicle")
    assert every_part((), [road, band_of("0-20"), vehicle]) == (band_of("0-20"), vehicle, road)
