"""What weights say of privacy: the whole ledger, and in words that carry its figures."""

from pathlib import Path

import msgspec
import pytest

from lidarsel.errors import BadInputError
from lidarsel.privacy import statement as module
from lidarsel.privacy.ledger import NOTHING_SPENT
from lidarsel.privacy.statement import METADATA_KEY, count_again, statement_in
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


@pytest.mark.parametrize(
    "changed", [{"epsilon": 51.0}, {"epsilon": -1.0}, {"delta": 0.02}, {"delta": 0.0}, {"n_units": 0}], ids=str
)
def test_a_promise_that_cannot_be_asked_for_is_a_damaged_one(changed: dict[str, float]) -> None:
    text = msgspec.json.encode({**msgspec.to_builtins(STATEMENT), **changed}).decode()
    with pytest.raises(BadInputError, match="damaged"):
        statement_in({METADATA_KEY: text}, FILE)


def test_a_file_cannot_put_words_on_lines_of_their_own() -> None:
    forged = msgspec.structs.replace(STATEMENT, public=("a\ncounted again: epsilon 0",), accountant="b\rc")
    assert forged.sentences()[-2:] == ["counted by: b c", "held public: a counted again: epsilon 0"]


def test_words_carry_the_figures() -> None:
    promise, first, second, counted, public = STATEMENT.sentences()
    assert promise.startswith("(5, 1e-06)-differential privacy for every drive")
    assert "one of the 100 drives" in promise
    assert "148 times" in promise  # e^5
    assert first == "spent: 2 of 502 steps with noise multiplier 9, each drive in a step with chance 0.5"
    assert "500 of 502 steps with noise multiplier 4," in second
    assert (counted, public) == ("counted by: an accountant", "held public: the settings")


def test_a_promise_is_held_against_its_own_ledger() -> None:
    pytest.importorskip("opacus", reason="needs Opacus: pip install 'lidarsel[privacy]'")
    assert count_again(STATEMENT, 502, FILE).startswith("counted again: epsilon 4.4")
    more = msgspec.structs.replace(STATEMENT, epsilon=0.5)
    with pytest.raises(BadInputError, match=r"w\.safetensors: promises epsilon 0\.5, but .* comes to 4\.4"):
        count_again(more, 502, FILE)
    emptied = msgspec.structs.replace(STATEMENT, ledger=NOTHING_SPENT, epsilon=0.0)
    with pytest.raises(BadInputError, match="counts 0 of its 1 steps"):
        count_again(emptied, 1, FILE)


def test_without_the_accountant_it_is_said_that_nothing_was_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "can_count", lambda: False)
    assert "not counted again" in count_again(STATEMENT, 502, FILE)
