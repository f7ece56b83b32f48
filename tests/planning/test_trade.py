"""Which networks of a ladder stand against each other: those of the most training frames, whatever their order."""

from itertools import permutations

import numpy as np
import pytest
from scipy.optimize import brentq

from lidarsel.planning.law_file import LadderRun
from lidarsel.planning.law_findings import trade_sentence
from lidarsel.planning.law_fit import DrawnLaw
from lidarsel.planning.laws.completion import CompletionLaw, Form, Variable
from lidarsel.planning.trade import equal_errors, trade
from tests.support.ladders import ladder, lines_only

COUNTS = (4, 8, 16, 32, 48)
SIZED: Form = ((), ("lines", "macs", "frames"))
BY_FRAMES: Form = ((), ("lines", "frames"))


def law_of(form: Form, *exponents: float) -> DrawnLaw:
    """400 mm, and 1000 mm at 16 lines of 1 GMAC and 100 frames, which fall by the exponents."""
    middles: dict[Variable, float] = {"lines": 16.0, "macs": 1e9, "frames": 100.0}
    used = {name: middle for name, middle in middles.items() if name in form[1]}
    law = CompletionLaw(form, used, np.array([np.log(400.0), np.log(1000.0), *exponents]))
    return DrawnLaw(law, [law])


def four_runs() -> list[LadderRun]:
    """Two sizes, each on 60 and on 240 frames."""
    return ladder(lines_only, macs=(0.5e9, 2e9), frames=(60, 240)).runs


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_order_of_the_file_decides_nothing(order: tuple[int, ...]) -> None:
    runs = four_runs()
    drawn = law_of(SIZED, 0.9, 0.2, 0.4)
    shuffled = [runs[place] for place in order]
    found = trade(drawn, shuffled, 16, COUNTS)
    assert found is not None

    def falling(lines: float, macs: float, frames: float) -> float:
        return float((lines / 16) ** -0.9 * (macs / 1e9) ** -0.2 * (frames / 100) ** -0.4)

    alike = brentq(lambda lines: falling(lines, 0.5e9, 240) - falling(16, 2e9, 240), 16, 48)
    assert found.more_lines == pytest.approx(alike)
    assert (found.smaller_macs, found.macs, found.sized) == (0.5e9, 2e9, True)
    of_16 = equal_errors(drawn.law, shuffled, COUNTS)[2]
    assert of_16.rmse_mm == pytest.approx(400 + 1000 * falling(16, 2e9, 240))
    assert of_16.points == [(pytest.approx(alike), 0.5e9), (16, 2e9)]


def test_training_frames_are_no_size_of_the_network() -> None:
    found = trade(law_of(BY_FRAMES, 0.9, 0.4), four_runs(), 16, COUNTS)
    assert found is not None
    assert not found.sized
    assert trade_sentence(found).startswith("16 lines and 0.5 GMAC are as good as 16 lines and 2 GMAC by the law: no")
