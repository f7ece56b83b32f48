"""The law of depth completion: RMSE by lines, network and training data, as a sum of falling powers.

    rmse_mm = floor + a lines^-alpha + ...

Each further term falls with a variable of its own, b macs^-beta; or the term of lines falls with a further variable
too, a lines^-alpha macs^-kappa, where a larger network makes up for lines that are not there. Which of them stand in a
law is for its runs to say (``choosing``). With a term a size it has the form of Hoffmann et al. 2022, L = E + A/N^alpha
+ B/D^beta; within the term of lines, experts multiply by a power of their number, as in the joint law of mixtures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from lidarsel.planning.curve import ALPHA, HUBER_LOG_ERROR
from lidarsel.planning.fitting import FloatArray, LinearTerms, fit_terms, log_law

Variable: TypeAlias = Literal["lines", "macs", "parameters", "experts", "frames"]
"""macs: of an image with one set of lines; parameters: all that are held; experts: 1 is dense; frames: trained on."""

Form: TypeAlias = tuple[tuple[Variable, ...], ...]
"""The terms of a law, each by its variables: (()) is the floor."""

Sizes: TypeAlias = Mapping[Variable, FloatArray]
"""Of each variable, float64 (n,), above 0, the runs' or points' own."""

LINES_ONLY: Form = ((), ("lines",))
SIZES: tuple[Variable, ...] = ("macs", "parameters", "experts", "frames")
"""What may enter beside lines."""

_EXPONENT = (0.0, 3.0)
_LEAST_LOG, _MOST_LOG = -16.0, 6.0
"""Of a term at the runs' middle, in units of their middle error, as a logarithm."""


@dataclass(frozen=True)
class CompletionLaw:
    """A fitted law.

    Attributes:
        form: its terms.
        middles: of each of its variables, the geometric mean of the runs that it was fitted to.
        parameters: float64 (p,): of each term its log in mm at the middles, then its exponents.
    """

    form: Form
    middles: Mapping[Variable, float]
    parameters: FloatArray

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Those that change the error."""
        return tuple(self.middles)

    def by_term(self) -> dict[tuple[Variable, ...], list[float]]:
        """The parameters of each of its terms."""
        ends = np.cumsum([1 + len(term) for term in self.form])
        return {term: part.tolist() for term, part in zip(self.form, np.split(self.parameters, ends[:-1]), strict=True)}

    def log_error(self, sizes: Sizes) -> FloatArray:
        """Log of the RMSE in mm, float64 (n,), at sizes that have the law's variables."""
        return log_law(_terms(self.form, self.middles, sizes), self.parameters)

    def error_mm(self, point: Mapping[Variable, float]) -> float:
        """The RMSE at one point."""
        return float(np.exp(self.log_error({name: np.array([value]) for name, value in point.items()})[0]))


def grown(form: Form) -> list[tuple[Variable, str, Form]]:
    """What a law may grow by, a size, its term's name and the form: as a term of its own, or within that of lines."""
    found: list[tuple[Variable, str, Form]] = []
    for size in SIZES:
        if (size,) not in form:
            found.append((size, size, (*form, (size,))))
        if size not in form[1]:
            found.append((size, f"lines by {size}", (form[0], (*form[1], size), *form[2:])))
    return found


def fit_completion(form: Form, sizes: Sizes, log_error: FloatArray, near: CompletionLaw | None = None) -> CompletionLaw:
    """The law of a form that is nearest to runs.

    Args:
        form: its terms.
        sizes: of the runs.
        log_error: log of their RMSE in mm, float64 (n,).
        near: a law of the same form, or of one that this has grown from, to begin at.
    """
    middles = {name: float(np.exp(np.log(sizes[name]).mean())) for name in _variables(form)}
    level = float(log_error.mean())
    starts, bounds = _starts(form, near, middles, level), _bounds(form, level)
    fitted = fit_terms(_terms(form, middles, sizes), log_error, starts, bounds, HUBER_LOG_ERROR)
    return CompletionLaw(form, middles, fitted.parameters)


def terms_and_bounds(
    law: CompletionLaw, sizes: Sizes, log_error: FloatArray
) -> tuple[LinearTerms, list[tuple[float, float]]]:
    """What fitting the law's form again takes."""
    return _terms(law.form, law.middles, sizes), _bounds(law.form, float(log_error.mean()))


def _variables(form: Form) -> list[Variable]:
    return list(dict.fromkeys(name for term in form for name in term))


def _terms(form: Form, middles: Mapping[Variable, float], sizes: Sizes) -> LinearTerms:
    logs = {name: np.log(sizes[name] / middle) for name, middle in middles.items()}
    n_runs = len(next(iter(sizes.values())))
    design = np.zeros((len(form), n_runs, sum(1 + len(term) for term in form)))
    place = 0
    for number, term in enumerate(form):
        design[number, :, place] = 1
        for name in term:
            place += 1
            design[number, :, place] = -logs[name]
        place += 1
    return LinearTerms(design)


def _bounds(form: Form, level: float) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    for term in form:
        found.append((level + _LEAST_LOG, level + _MOST_LOG))
        found += [ALPHA if name == "lines" else _EXPONENT for name in term]
    return found


def _starts(form: Form, near: CompletionLaw | None, middles: Mapping[Variable, float], level: float) -> FloatArray:
    """Points to begin at: those of the law that this has grown from, with a few values of what is new."""
    of_term = {} if near is None else _moved(near, middles)
    points: list[list[float]] = [[]]
    for term in form:
        points = [[*point, *more] for point in points for more in _term_starts(term, of_term, level)]
    return np.array(points)


def _term_starts(
    term: Sequence[Variable], known: Mapping[tuple[Variable, ...], list[float]], level: float
) -> list[list[float]]:
    key = tuple(term)
    if key in known:
        return [known[key]]
    if key[:-1] in known and len(key) > 1:  # the term of lines, with one variable more
        return [[*known[key[:-1]], exponent] for exponent in (0.02, 0.1, 0.4)]
    if not term:
        return [[level + float(np.log(share))] for share in (0.05, 0.3)]
    exponents = (0.4, 1.0, 2.5) if "lines" in term else (0.1, 0.4, 1.5)
    return [[level + float(np.log(0.2)), *([exponent] * len(term))] for exponent in exponents]


def _moved(law: CompletionLaw, middles: Mapping[Variable, float]) -> dict[tuple[Variable, ...], list[float]]:
    """The parameters of each of its terms, at other middles."""
    found = {}
    for term, (log_mm, *exponents) in law.by_term().items():
        moves = (each * np.log(middles[name] / law.middles[name]) for name, each in zip(term, exponents, strict=True))
        found[term] = [float(log_mm - sum(moves)), *exponents]
    return found
