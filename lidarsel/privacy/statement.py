"""What weights say of the privacy of the data they were trained on: a text in their file's metadata."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from lidarsel.choices import PrivacyUnit
from lidarsel.errors import BadInputError
from lidarsel.privacy.accounting import accountant_name, can_count, epsilon_spent
from lidarsel.privacy.gaussian import delta_spent
from lidarsel.privacy.ledger import MOST_EPSILON, Ledger

METADATA_KEY = "privacy"
_ALIKE = 0.02
"""Of epsilon: versions of accountants may differ so much."""
_REMEDY = "give weights as lidarsel train --private wrote them, or a profile of lidarsel profile"
_UnitCount = Annotated[int, msgspec.Meta(ge=1, lt=1 << 53)]
_Epsilon = Annotated[float, msgspec.Meta(ge=0, le=MOST_EPSILON)]
_Delta = Annotated[float, msgspec.Meta(gt=0, lt=1)]


class PrivacyStatement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Differential privacy of one unit of the data, in all steps that the weights have behind them.

    unit: what is kept private, all of one drive or one frame. n_units: how many there were, which is held public.
    epsilon, delta: as spent. accountant: what counted them. ledger: what it counted. public: what else the promise
    takes for public.
    """

    unit: PrivacyUnit
    n_units: _UnitCount
    epsilon: _Epsilon
    delta: _Delta
    accountant: str
    ledger: Ledger
    public: tuple[str, ...]

    def __post_init__(self) -> None:
        """Raises ValueError for a delta that could give a unit away whole."""
        if self.delta * self.n_units >= 1:
            raise ValueError(f"delta {self.delta:g} is no promise to one of {self.n_units} {self.unit}s")

    def sentences(self) -> list[str]:
        """For people, the promise first; a line each, whatever the file says."""
        factor, steps = math.exp(self.epsilon), self.ledger.steps
        return [
            f"({self.epsilon:.3g}, {self.delta:g})-differential privacy for every {self.unit}: had one of the "
            f"{self.n_units} {self.unit}s been blank, no outcome would be more than {factor:.3g} times as likely or "
            f"unlikely, but for a chance of {self.delta:g}",
            *(
                f"spent: {entry.steps} of {steps} steps with noise multiplier {entry.noise_multiplier:.4g}, each "
                f"{self.unit} in a step with chance {entry.sampling_rate:.4g}"
                for entry in self.ledger.entries
            ),
            f"counted by: {_one_line(self.accountant)}",
            *(f"held public: {_one_line(one)}" for one in self.public),
        ]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def state_privacy(
    unit: PrivacyUnit, n_units: int, delta: float, ledger: Ledger, public: tuple[str, ...]
) -> PrivacyStatement:
    """What a ledger comes to.

    Args:
        unit, n_units: what is kept private, and how many of them there are.
        delta: of the promise.
        ledger: all that was spent.
        public: sentences.
    """
    return PrivacyStatement(unit, n_units, epsilon_spent(ledger, delta), delta, accountant_name(), ledger, public)


def statement_in(metadata: Mapping[str, str], path: Path) -> PrivacyStatement | None:
    """What a weights file says; None where it says nothing. Raises BadInputError for a damaged statement."""
    if METADATA_KEY not in metadata:
        return None
    try:
        return msgspec.json.decode(metadata[METADATA_KEY], type=PrivacyStatement)
    except (msgspec.DecodeError, RecursionError) as error:
        problem = f"its statement on privacy is damaged ({error})"
        raise BadInputError(path, problem, _REMEDY) from None


def count_again(statement: PrivacyStatement, steps: int, path: Path) -> str:
    """Hold a statement against its own ledger; returns a sentence that says whether that could be done.

    Args:
        statement: what a weights file says.
        steps: of training that the file says it has behind it.
        path: the file.

    Raises:
        BadInputError: it promises more than its ledger comes to, or the ledger lacks steps.
    """
    if statement.ledger.steps < steps:
        problem = f"its statement on privacy counts {statement.ledger.steps} of its {steps} steps"
        raise BadInputError(path, problem, _REMEDY)
    if not can_count():
        return "not counted again: that needs Opacus, pip install 'lidarsel[privacy]'"
    counted = epsilon_spent(statement.ledger, statement.delta)
    if statement.epsilon < (1 - _ALIKE) * counted:
        problem = f"promises epsilon {statement.epsilon:.3g}, but what it says was spent comes to {counted:.3g}"
        raise BadInputError(path, problem, _REMEDY)
    return f"counted again: epsilon {counted:.3g} by the {accountant_name()}"


def count_answer_again(statement: PrivacyStatement, path: Path) -> str:
    """The same of a profile, which is one noisy answer about all units: by the exact condition, without an accountant.

    Raises BadInputError where there was another number of answers, or the noise keeps no such promise.
    """
    remedy = "give a profile as lidarsel profile wrote it"
    entries = statement.ledger.entries
    if len(entries) != 1 or (entries[0].steps, entries[0].sampling_rate) != (1, 1.0):
        raise BadInputError(path, "its statement on privacy is not of one answer about all units", remedy)
    noise = entries[0].noise_multiplier
    spent = delta_spent(statement.epsilon, noise)
    if spent > statement.delta * (1 + 1e-9):
        problem = f"promises delta {statement.delta:g}, but noise of {noise:.4g} at its epsilon comes to {spent:.3g}"
        raise BadInputError(path, problem, remedy)
    return f"counted again: delta {spent:.3g} at epsilon {statement.epsilon:.3g}, by the exact condition"
