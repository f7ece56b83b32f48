"""A law put to the test: chosen and fitted without the largest runs, what does it say of them?

Beside it stand two answers that need no law of sizes: the curve of lines alone, and the last value carried on, the
error of the largest run that was fitted with as many lines.
"""

import msgspec
import numpy as np

from lidarsel.planning.laws.choosing import FEWEST_LINES, FEWEST_SIZES, LadderErrors, choose_law
from lidarsel.planning.laws.completion import LINES_ONLY, SIZES, Variable, fit_completion


class Extrapolation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far off, as root mean square of the log error, each answer was on the runs held out.

    Attributes:
        variable: they have the largest ``value`` of it; the others go up to ``fitted_up_to``.
        n_errors: how many errors were held out.
        law: chosen and fitted without them; lines: the curve of lines alone; carried: the last value carried on.
    """

    variable: Variable
    value: float
    fitted_up_to: float
    n_errors: int
    law: float
    lines: float
    carried: float


def extrapolations(runs: LadderErrors) -> list[Extrapolation]:
    """The test by each variable of which enough sizes were run to leave the largest out; of several that leave out the
    same runs, by the first."""
    variables: tuple[Variable, ...] = ("lines", *SIZES)
    held = {(runs.sizes[name] == runs.sizes[name].max()).tobytes(): name for name in reversed(variables)}
    found = (_hold_out(runs, name) for name in variables if name in held.values())
    return [each for each in found if each is not None]


def _hold_out(runs: LadderErrors, variable: Variable) -> Extrapolation | None:
    values = runs.sizes[variable]
    largest = values == values.max()
    fitted, held = runs.where(~largest), runs.where(largest)
    fewest = FEWEST_LINES if variable == "lines" else FEWEST_SIZES
    few_lines = len(np.unique(fitted.sizes["lines"])) < FEWEST_LINES if len(fitted.log_error) else True
    if few_lines or len(np.unique(values)) < fewest or len(np.unique(fitted.network)) < 2:
        return None
    curve = fit_completion(LINES_ONLY, fitted.sizes, fitted.log_error)
    return Extrapolation(
        variable=variable,
        value=float(values.max()),
        fitted_up_to=float(fitted.sizes[variable].max()),
        n_errors=int(largest.sum()),
        law=_root_mean_square(held.off(choose_law(fitted).law)),
        lines=_root_mean_square(held.off(curve)),
        carried=_root_mean_square(_off_carried(fitted, held, variable)),
    )


def _off_carried(fitted: LadderErrors, held: LadderErrors, variable: Variable) -> np.ndarray:
    """Log error of each held-out run less that of the fitted one which is most like it but in the variable, and of
    those the largest."""
    others = [name for name in held.sizes if name != variable]
    logs_fitted = np.log([fitted.sizes[name] for name in others])
    off = []
    for place, own in enumerate(held.log_error):
        logs_held = np.log([held.sizes[name][place] for name in others])
        # Lines above all: nothing else changes the error as much.
        weights = np.array([1e3 if name == "lines" else 1.0 for name in others])
        apart = weights @ np.abs(logs_fitted - logs_held[:, None])
        nearest = np.flatnonzero(apart <= apart.min() + 1e-9)
        last = nearest[np.argmax(fitted.sizes[variable][nearest])]
        off.append(own - fitted.log_error[last])
    return np.array(off)


def _root_mean_square(off: np.ndarray) -> float:
    return float(np.sqrt(np.mean(off**2)))
