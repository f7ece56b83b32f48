"""Kinds of drives: evenly spread, and the same there and back."""

from dataclasses import fields

import numpy as np
import pytest

from lidarsel.profiles.kinds import RANGES, draw_kinds, from_unit, kind_of, row_of, to_unit
from lidarsel.simulation.mix import DriveKind, StreetMix


def test_every_setting_of_a_drive_has_a_range_and_the_usual_one_lies_in_it() -> None:
    of_drive = {field.name for field in fields(DriveKind)} - {"streets"}
    assert set(RANGES) == {field.name for field in fields(StreetMix)} | of_drive
    for value, (low, high, _) in zip(row_of(DriveKind()), RANGES.values(), strict=True):
        assert low <= value <= high


def test_kinds_are_evenly_spread_and_can_be_simulated() -> None:
    drawn = draw_kinds(20, 7)
    assert np.array_equal(drawn, draw_kinds(20, 7))
    places = to_unit(drawn)
    for column in places.T:
        assert sorted(np.floor(column * 20).astype(int)) == list(range(20))
    for row in drawn:
        assert row_of(kind_of(row)) == pytest.approx(row)


def test_there_and_back() -> None:
    places = np.random.default_rng(0).random((5, len(RANGES)))
    assert to_unit(from_unit(places)) == pytest.approx(places)
    assert from_unit(np.zeros(len(RANGES))) == pytest.approx([one.low for one in RANGES.values()])
    assert from_unit(np.ones(len(RANGES))) == pytest.approx([one.high for one in RANGES.values()])
