"""What goes together, and what stays of a layer."""

import numpy as np

from lidarsel.completion.coupling import Coupling
from lidarsel.completion.units import kept_of, units_of

WIDE = Coupling("wide", (2, 3), ("a",), ("n",), (("b", 1),))
PLAIN = Coupling("plain", (1, 1, 1), ("b",), (), (("c", 1),))
COUPLINGS = [WIDE, PLAIN]


def test_normalised_groups_go_whole_or_channel_by_channel() -> None:
    assert [unit.name for unit in units_of(COUPLINGS, "whole")] == [
        "wide 0-1",
        "wide 2-4",
        "plain 0",
        "plain 1",
        "plain 2",
    ]
    assert [unit.name for unit in units_of(COUPLINGS, "remade", {"wide"})] == [f"wide {n}" for n in range(5)]


def test_what_stays_is_what_is_present() -> None:
    units = units_of(COUPLINGS, "whole")
    kept = kept_of(COUPLINGS, units, np.array([True, False, True, False, True]))
    assert {layer: stay.tolist() for layer, stay in kept.items()} == {
        "wide": [True, True, False, False, False],
        "plain": [True, False, True],
    }


def test_layers_without_players_are_not_named() -> None:
    units = units_of(COUPLINGS, "whole", {"plain"})
    assert list(kept_of(COUPLINGS, units, np.zeros(3, np.bool_))) == ["plain"]
