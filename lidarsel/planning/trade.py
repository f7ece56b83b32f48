"""What lines are worth in computing, by a law: how many of them make up for a smaller network."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from lidarsel.planning.law_file import LadderRun
from lidarsel.planning.law_fit import DrawnLaw
from lidarsel.planning.laws.completion import CompletionLaw, Variable

_OF_NETWORK: frozenset[Variable] = frozenset({"macs", "parameters", "experts"})


@dataclass(frozen=True)
class Trade:
    """``lines`` with the network of ``macs`` are as good as ``more_lines`` with the smaller one.

    more_lines, low, high: with the 95 % interval; None is more lines than were run. sized: whether any size of the
    network changes the error by the law; otherwise as many lines are needed with every network, trained alike.
    """

    lines: int
    macs: float
    smaller_macs: float
    more_lines: float | None
    low: float | None
    high: float | None
    sized: bool


def trade(drawn: DrawnLaw, runs: Sequence[LadderRun], lines: int, counts: Sequence[int]) -> Trade | None:
    """The largest network of some against the smallest, of ``by_macs``; None where there is one size only.

    Args:
        drawn: the law.
        runs: the networks.
        lines: with the largest one.
        counts: the numbers of lines that were run, fewest first: the law is not asked beyond.
    """
    networks = by_macs(runs)
    if len(networks) < 2:
        return None
    small, large = networks[0], networks[-1]

    def needed(law: CompletionLaw) -> float:
        return _as_good(law, point_of(large, lines), point_of(small, lines), counts[-1])

    more, (low, high) = needed(drawn.law), drawn.interval(needed)
    return Trade(
        lines=lines,
        macs=large.macs,
        smaller_macs=small.macs,
        more_lines=_within(more),
        low=_within(low),
        high=_within(high),
        sized=not _OF_NETWORK.isdisjoint(drawn.law.variables),
    )


@dataclass(frozen=True)
class EqualError:
    """Points of one RMSE by the law: the lines that a network needs for it, and its MACs, smallest network first."""

    rmse_mm: float
    points: list[tuple[float, float]]


def equal_errors(law: CompletionLaw, runs: Sequence[LadderRun], counts: Sequence[int]) -> list[EqualError]:
    """For each number of lines but the most, the lines with which smaller networks have the error of the largest.

    The networks are those of ``by_macs``. Those that would need more lines than were run have no point.
    """
    networks = by_macs(runs)
    found: list[EqualError] = []
    for lines in counts[:-1] if len(networks) > 1 else []:
        point = point_of(networks[-1], lines)
        needed = [(_as_good(law, point, point_of(run, lines), counts[-1]), run.macs) for run in networks]
        found.append(EqualError(law.error_mm(point), [each for each in needed if each[0] < inf]))
    return found


def by_macs(runs: Sequence[LadderRun]) -> list[LadderRun]:
    """A network of each number of MACs, the smallest first: of as many MACs the one trained on the most frames."""
    return list({run.macs: run for run in sorted(runs, key=lambda run: (run.macs, run.frames))}.values())


def point_of(run: LadderRun, lines: float) -> dict[Variable, float]:
    """A run's sizes, with so many lines."""
    return {
        "lines": lines,
        "macs": run.macs,
        "parameters": run.parameters,
        "experts": run.experts,
        "frames": run.frames,
    }


def _within(lines: float) -> float | None:
    return None if lines == inf else lines


def _as_good(
    law: CompletionLaw, point: dict[Variable, float], other: dict[Variable, float], most_lines: float
) -> float:
    """The lines at which ``other`` errs no more than ``point``, from its own up to the most; infinite beyond."""
    from scipy.optimize import brentq

    error_mm = law.error_mm(point)

    def over(lines: float) -> float:
        return law.error_mm({**other, "lines": lines}) - error_mm

    if over(other["lines"]) <= 0:
        return other["lines"]
    return float(brentq(over, other["lines"], most_lines)) if over(most_lines) < 0 else inf
