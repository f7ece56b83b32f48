"""Which terms stand in a law of depth completion: each must make it tell runs better that were kept from the fit.

From the law of lines alone, the term that lowers the held-out error most is added, as long as its gain over networks
left out in turn is above the standard error of that gain (after the one-standard-error rule of Breiman et al. 1984,
"Classification and Regression Trees"), and above a hundredth of the mean square that is left.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from lidarsel.planning.fitting import FloatArray
from lidarsel.planning.laws.completion import (
    LINES_ONLY,
    SIZES,
    CompletionLaw,
    Sizes,
    Variable,
    fit_completion,
    grown,
)

FEWEST_SIZES = 3
"""Two parameters a term, and one size to be told by them."""
FEWEST_LINES = 4
"""As for the curve of a report: three parameters, and one number of lines to be told by them."""
_MOST_PARTS = 10
_LEAST_SHARE = 0.01


@dataclass(frozen=True)
class LadderErrors:
    """Runs on one split. log_error: of the RMSE in mm, float64 (n,); network: the number of each one's,
    float64 (n,)."""

    sizes: Sizes
    log_error: FloatArray
    network: FloatArray

    def where(self, chosen: NDArray[np.bool_]) -> "LadderErrors":
        """Those of a mask (n,)."""
        sizes = {name: values[chosen] for name, values in self.sizes.items()}
        return LadderErrors(sizes, self.log_error[chosen], self.network[chosen])

    def off(self, law: CompletionLaw) -> FloatArray:
        """Log error measured less that of a law, float64 (n,)."""
        return self.log_error - law.log_error(self.sizes)


class Trial(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A term put to the test. before, after: root mean square of the log error off on networks left out; gain: of the
    squares, with its standard error; kept: it stands in the law."""

    term: str
    before: float
    after: float
    gain: float
    standard_error: float
    kept: bool


@dataclass(frozen=True)
class LawChoice:
    """The law of the chosen form, what was tried, and of sizes that were not tried, how many were run: too few."""

    law: CompletionLaw
    trials: list[Trial]
    untried: Mapping[Variable, int]


def choose_law(runs: LadderErrors) -> LawChoice:
    """The law of runs, of at least four numbers of lines and two networks."""
    counts = {size: len(np.unique(runs.sizes[size])) for size in SIZES}
    untried = {size: count for size, count in counts.items() if count < FEWEST_SIZES}
    law = fit_completion(LINES_ONLY, runs.sizes, runs.log_error)
    squares, trials = _held_out(runs, law), []
    while True:
        candidates = [(name, form) for size, name, form in grown(law.form) if size not in untried]
        tried = [(name, fit_completion(form, runs.sizes, runs.log_error, law)) for name, form in candidates]
        judged = [(name, each, _held_out(runs, each)) for name, each in tried]
        # Sizes that grow together tell the same: of equals the first is taken, whatever the last digits say.
        best = max(judged, key=lambda one: round(_share_gained(squares, one[2]), 4), default=None)
        earned = best is not None and _earns(squares, best[2])
        kept = best[0] if best is not None and earned else None
        # What lost to a better term is tried again beside it, and told then.
        trials += [_trial(name, squares, after, name == kept) for name, _, after in judged if kept in (None, name)]
        if best is None or not earned:
            return LawChoice(law, trials, untried)
        _, law, squares = best


def _held_out(runs: LadderErrors, law: CompletionLaw) -> FloatArray:
    """Mean squares of the log error off, float64 (parts,), of networks left out in turn."""
    _, network = np.unique(runs.network, return_inverse=True)
    part = network % _MOST_PARTS
    return np.array([_mean_square(runs, law, part == each) for each in np.unique(part)])


def _mean_square(runs: LadderErrors, law: CompletionLaw, left_out: NDArray[np.bool_]) -> float:
    others = runs.where(~left_out)
    again = fit_completion(law.form, others.sizes, others.log_error, law)
    return float(np.mean(runs.where(left_out).off(again) ** 2))


def _share_gained(before: FloatArray, after: FloatArray) -> float:
    return float(np.mean(before - after) / np.mean(before))


def _earns(before: FloatArray, after: FloatArray) -> bool:
    gains = before - after
    return bool(np.mean(gains) > _standard_error(gains)) and _share_gained(before, after) > _LEAST_SHARE


def _standard_error(gains: FloatArray) -> float:
    return float(np.std(gains, ddof=1) / np.sqrt(len(gains)))


def _trial(name: str, before: FloatArray, after: FloatArray, kept: bool) -> Trial:
    gains = before - after
    return Trial(
        term=name,
        before=float(np.sqrt(before.mean())),
        after=float(np.sqrt(after.mean())),
        gain=float(gains.mean()),
        standard_error=_standard_error(gains),
        kept=kept,
    )
