"""The way down, on networks small enough to see every choice."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.completion.units import kept_of, units_of
from lidarsel.shrinking.allocation import ways_down
from lidarsel.shrinking.work import Work

DESIGN = Design(image_channels=(8, 8, 16, 16, 16), depth_channels=(8, 8, 16))
NETWORK = FrozenLidarselNet(LidarselNet(DESIGN), "cpu")
WORK = Work(NETWORK, (64, 96))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), step=st.sampled_from([1, 4, 8]), norm_groups=st.sampled_from(["whole", "remade"]))
def test_every_stage_is_a_smaller_network_that_can_be_cut(seed: int, step: int, norm_groups: str) -> None:
    units = units_of(NETWORK.couplings, "whole" if norm_groups == "whole" else "remade")
    stages = list(ways_down(units, np.random.default_rng(seed).normal(size=len(units)), WORK, step))
    assert stages[0].present.all()
    for before, after in pairwise(stages):
        assert after.macs.total < before.macs.total
        assert not (after.present & ~before.present).any()
    last = kept_of(NETWORK.couplings, units, stages[-1].present)
    assert all(stay.any() for stay in last.values())
    chosen = stages[seed % len(stages)]
    kept = kept_of(NETWORK.couplings, units, chosen.present)
    assert {name: int(stay.sum()) for name, stay in kept.items()} == dict(chosen.widths)
    assert WORK.macs(chosen.widths) == chosen.macs


def test_what_is_worth_least_a_mac_goes_first() -> None:
    """Of every single unit, by plain search over all of them: the first to go has the least price."""
    units = units_of(NETWORK.couplings, "remade")
    worth = np.random.default_rng(1).random(len(units)) + 0.5
    first, second, *_ = ways_down(units, worth, WORK)
    (gone,) = np.flatnonzero(first.present & ~second.present)
    whole = WORK.macs({}).total
    prices = [
        worth[number] / (whole - WORK.macs({unit.layer: WORK.whole[unit.layer] - 1}).total)
        for number, unit in enumerate(units)
    ]
    assert gone == int(np.argmin(prices))


def test_widths_come_in_multiples() -> None:
    units = units_of(NETWORK.couplings, "remade")
    stages = list(ways_down(units, np.ones(len(units)), WORK, step_channels=4))
    assert all(width % 4 == 0 for stage in stages for width in stage.widths.values())
    assert set(stages[-1].widths.values()) == {4}


def test_a_harmful_unit_is_worth_nothing_rather_than_a_price_for_its_neighbours() -> None:
    units = units_of(NETWORK.couplings, "remade", {"fuse4"})
    worth = np.array([5.0, -100.0, 4.0, 3.0, 2.0, 1.0, 6.0, 7.0])
    order = []
    before = np.ones(8, np.bool_)
    for stage in ways_down(units, worth, WORK):
        order += np.flatnonzero(before & ~stage.present).tolist()
        before = stage.present
    assert order == [1, 5, 4, 3, 2, 0, 6]


def test_of_what_is_worth_nothing_the_costliest_goes_first() -> None:
    """Which layer is named first does not matter."""
    units = units_of(NETWORK.couplings, "remade")
    first, second, *_ = ways_down(units, np.zeros(len(units)), WORK, step_channels=8)
    (narrower,) = (name for name, width in second.widths.items() if width < first.widths[name])
    whole = WORK.macs({}).total
    saved = {
        name: whole - WORK.macs({name: WORK.whole[name] - 8}).total for name, width in WORK.whole.items() if width > 8
    }
    assert narrower == max(saved, key=lambda name: saved[name])


def test_a_worth_that_is_no_number_is_told() -> None:
    units = units_of(NETWORK.couplings, "remade", {"fuse4"})
    with pytest.raises(ValueError, match="no number"):
        next(ways_down(units, np.full(8, np.nan), WORK))


def test_experts_go_one_by_one_for_the_weights_that_they_hold() -> None:
    """By MACs they stay, as every place asks as many of those that are left; by weights the worst ones go."""
    network = FrozenLidarselNet(LidarselNet(replace(DESIGN, experts=5)), "cpu")
    units, work = units_of(network.couplings, "whole"), Work(network, (64, 96))
    worth = np.array([0.1 + unit.channels[0] if unit.layer == "experts" else 1e3 for unit in units])
    by_weights = list(ways_down(units, worth, work, 8, lambda widths: work.parameters(widths).total))
    assert [stage.widths["experts"] for stage in by_weights[:5]] == [5, 4, 3, 2, 1]
    kept = kept_of(network.couplings, units, by_weights[3].present)
    assert np.flatnonzero(kept["experts"]).tolist() == [3, 4]
    by_macs = list(ways_down(units, np.where(worth < 1e3, 1e3, 1.0), work, 8))
    assert by_macs[len(by_macs) // 2].widths["experts"] == 5
