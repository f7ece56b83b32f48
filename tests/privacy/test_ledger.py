"""The ledger can only grow, and says each step once."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lidarsel.privacy.ledger import NOTHING_SPENT, Ledger, NoisySteps

STEPS = st.lists(st.tuples(st.sampled_from([0.5, 2.0]), st.sampled_from([0.1, 1.0])), max_size=20)


@given(STEPS)
def test_every_step_is_in_it_in_order(steps: list[tuple[float, float]]) -> None:
    ledger = NOTHING_SPENT
    for number, step in enumerate(steps):
        assert ledger.steps == number
        ledger = ledger.after_step(*step)
    told = [(one.noise_multiplier, one.sampling_rate) for one in ledger.entries for _ in range(one.steps)]
    assert told == steps
    neighbours = zip(ledger.entries, ledger.entries[1:], strict=False)
    assert all(
        msgspec.structs.replace(one, steps=1) != msgspec.structs.replace(two, steps=1) for one, two in neighbours
    )
    assert msgspec.json.decode(msgspec.json.encode(ledger), type=Ledger) == ledger


@pytest.mark.parametrize(
    "entry",
    [
        {"noise_multiplier": 0.0, "sampling_rate": 0.1, "steps": 3},
        {"noise_multiplier": 1e-9, "sampling_rate": 0.1, "steps": 3},
        {"noise_multiplier": 1e9, "sampling_rate": 0.1, "steps": 3},
        {"noise_multiplier": 1.0, "sampling_rate": 0.1, "steps": 1 << 52},
        {"noise_multiplier": 1.0, "sampling_rate": 1.1, "steps": 3},
        {"noise_multiplier": 1.0, "sampling_rate": 0.1, "steps": -3},
        {"noise_multiplier": 1.0, "sampling_rate": 0.1},
    ],
)
def test_a_file_cannot_take_anything_out(entry: dict[str, float]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"entries": [entry]}, Ledger)
    assert NoisySteps(1.0, 0.1, 3)
