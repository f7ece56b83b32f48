"""From the runs of a ladder to the law of a split, and from what a file holds of a law back to the law."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lidarsel.confidence import drawn_interval
from lidarsel.errors import BadInputError, UsageError
from lidarsel.planning.curve import HUBER_LOG_ERROR
from lidarsel.planning.fitting import bootstrap
from lidarsel.planning.law_file import JudgedError, LadderRun, LawFile, LawFit, LawTerm
from lidarsel.planning.laws.choosing import FEWEST_LINES, LadderErrors, choose_law
from lidarsel.planning.laws.completion import SIZES, CompletionLaw, terms_and_bounds
from lidarsel.planning.laws.extrapolation import extrapolations
from lidarsel.printable import printable
from lidarsel.spelling import none_of

FEWEST_NETWORKS = 3
"""One is left out in turn, and what two differ by says nothing of a third."""


@dataclass(frozen=True)
class DrawnLaw:
    """A law, and draws of what it could have been."""

    law: CompletionLaw
    draws: list[CompletionLaw]

    def interval(self, figure: Callable[[CompletionLaw], float]) -> tuple[float, float]:
        """95 % interval of a figure of the law; an infinite one counts as more than any other."""
        return drawn_interval(figure(law) for law in self.draws)


def split_of(content: LawFile, name: str | None) -> str:
    """The split asked for, else the file's first. Raises UsageError for one that it does not have."""
    names = [split.name for split in content.splits]
    if name is None or name in names:
        return name or names[0]
    raise UsageError(f"--split: {printable(none_of(name, names))}")


def fit_law(content: LawFile, split: str, path: Path) -> LawFit:
    """The law of a split: that of the file, else fitted to its runs. Raises BadInputError naming what runs it lacks."""
    known = content.fit_of(split)
    if known is not None:
        return known
    runs = ladder_errors(content, split, path)
    chosen = choose_law(runs)
    law, off = chosen.law, runs.off(chosen.law)
    lines = runs.sizes["lines"]
    terms, bounds = terms_and_bounds(law, runs.sizes, runs.log_error)
    drawn = bootstrap(terms, runs.log_error, law.parameters, runs.network, bounds, HUBER_LOG_ERROR, content.seed, lines)
    return LawFit(
        split=split,
        runs_sha256=content.runs_sha256,
        middles=dict(law.middles),
        terms=_terms(law),
        draws=drawn.tolist(),
        off=float(np.sqrt(np.mean(off**2))),
        off_at_lines=[(int(each), float(off[lines == each].mean())) for each in np.unique(lines)],
        trials=chosen.trials,
        untried=dict(chosen.untried),
        extrapolations=extrapolations(runs),
    )


def drawn_law(fit: LawFit) -> DrawnLaw:
    """The law that a file holds."""
    form = tuple(tuple(term.variables) for term in fit.terms)
    parameters = [value for term in fit.terms for value in (float(np.log(term.mm)), *term.exponents)]
    vectors = [np.array(each) for each in (parameters, *fit.draws)]
    law, *draws = (CompletionLaw(form, fit.middles, each) for each in vectors)
    return DrawnLaw(law, draws)


def require_ladder(content: LawFile, split: str, path: Path) -> None:
    """Raises BadInputError where the runs that were judged on a split are too few for any law."""
    judged = _judged(content, split)
    lines = sorted({error.lines for _, _, error in judged})
    networks = {number for _, number, _ in judged}
    if len(networks) < FEWEST_NETWORKS:
        raise BadInputError(
            path,
            f"has {len(networks)} networks judged on {printable(split)!r}, a law needs {FEWEST_NETWORKS}",
            "add runs of other sizes",
        )
    if len(lines) < FEWEST_LINES:
        raise BadInputError(
            path,
            f"has errors on {printable(split)!r} with {', '.join(map(str, lines)) or 'no'} lines, a law needs "
            f"{FEWEST_LINES} numbers of lines",
            "judge its networks with others too",
        )


def ladder_errors(content: LawFile, split: str, path: Path) -> LadderErrors:
    """The runs as judged on a split, with lines. Raises BadInputError where they are too few for any law."""
    require_ladder(content, split, path)
    judged = _judged(content, split)
    sizes = {name: np.array([_size(run, name) for run, _, _ in judged]) for name in SIZES}
    return LadderErrors(
        sizes={"lines": np.array([float(error.lines) for _, _, error in judged]), **sizes},
        log_error=np.log([error.rmse_mm for _, _, error in judged]),
        network=np.array([number for _, number, _ in judged], np.float64),
    )


def _judged(content: LawFile, split: str) -> list[tuple[LadderRun, int, JudgedError]]:
    """Each error on the split with lines, its run and the run's number."""
    return [
        (run, number, error)
        for number, run in enumerate(content.runs)
        for error in run.errors
        if error.split == split and error.lines > 0
    ]


def _size(run: LadderRun, name: str) -> float:
    return float(getattr(run, name))


def _terms(law: CompletionLaw) -> list[LawTerm]:
    return [
        LawTerm(variables=list(term), mm=float(np.exp(log_mm)), exponents=exponents)
        for term, (log_mm, *exponents) in law.by_term().items()
    ]
