"""What weights say of privacy: the whole ledger, and in words that carry its figures."""

from pathlib import Path

import msgspec
import pytest

from lidarsel.errors import BadInputError
from lidarsel.privacy.statement import METADATA_KEY, statement_in
from tests.support.private_weights import STATEMENT

FILE = Path("w.safetensors")


def test_it_comes_back_whole() -> None:
    text = msgspec.json.encode(STATEMENT).decode()
    assert statement_in({METADATA_KEY: text, "step": "3"}, FILE) == STATEMENT
    assert statement_in({"step": "3"}, FILE) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"unit": "house"}', "[" * 2000])
def test_a_damaged_one_is_refused_by_name(text: str) -> None:
    with pytest.raises(BadInputError, match=r"w\.safetensors: its statement on privacy is damaged"):
        statement_in({METADATA_KEY: text}, FILE)


def test_words_carry_the_figures() -> None:
    promise, first, second, counted, public = STATEMENT.sentences()
    assert promise.startswith("(2, 1e-06)-differential privacy for every drive")
    assert "one of the 100 drives" in promise
    assert "7.39 times" in promise  # e^2
    assert first == "spent: 2 of 502 steps with noise multiplier 9, each drive in a step with chance 0.5"
    assert "500 of 502 steps with noise multiplier 4," in second
    assert (counted, public) == ("counted by: an accountant", "held public: the settings")
