"""Which method a sweep speaks for, in sentences."""

from collections import Counter
from collections.abc import Sequence

from lidarsel.printable import printable
from lidarsel.report.metric_words import metric_name, unit_of
from lidarsel.report.sweep_means import SweepMean, SweepRow, sweep_means
from lidarsel.report.words import count


def headline(rows: Sequence[SweepRow], metric: str) -> str:
    """The methods of least mean error by the metric that chose, and at how many numbers of lines they are it."""
    found = _by_budget(rows, metric)
    name = metric_name(metric)
    wins = Counter(method for ranked in found.values() for method, mean in ranked if mean.least)
    if not wins:
        return "Nothing was left to judge any lines by."
    most = max(wins.values())
    best = [printable(method) for method, times in wins.items() if times == most]
    where = "at every number of lines" if most == len(found) else f"at {most} of {len(found)} numbers of lines"
    verb = "has" if len(best) == 1 else "have"
    return f"{' and '.join(best)} {verb} the least {name} {where}."


def least_told(rows: Sequence[SweepRow], metric: str) -> list[tuple[str, str]]:
    """For each number of lines, most first: the method of least mean error by the metric that chose, and the next."""
    unit = unit_of(metric)
    told = []
    for budget, ranked in _by_budget(rows, metric).items():
        (best, mean), *others = ranked
        said = f"{printable(best)}, {mean.said(metric)} {unit}"
        if others:
            following, next_mean = others[0]
            more = "the same" if next_mean.mean == mean.mean else f"{next_mean.said(metric)} {unit}"
            if mean.mean > 0 and next_mean.mean > mean.mean:
                more += f", {100 * (next_mean.mean / mean.mean - 1):.1f} % more"
            said += f"; next {printable(following)}, {more}"
        told.append((count(budget, "line"), f"{said}."))
    return told


def run_told(metrics: Sequence[str], seeds: Sequence[int]) -> str:
    """Which of a sweep's runs report.json is of; empty where there is but one."""
    n_runs = len(metrics) * len(seeds)
    if n_runs == 1:
        return ""
    return (
        f"report.json, report.md and report.html are of what {metric_name(metrics[0])} chose with seed {seeds[0]}, one "
        f"of the {n_runs} runs of this sweep; sweep.html, sweep.md and sweep.csv are of all."
    )


def _by_budget(rows: Sequence[SweepRow], metric: str) -> dict[int, list[tuple[str, SweepMean]]]:
    """Methods with their means, least first, of each number of lines at which one could be judged, most lines first."""
    own = [swept for swept in rows if swept.metric == metric]
    found: dict[int, list[tuple[str, SweepMean]]] = {}
    for (_, method), of_method in sweep_means(own, metric).items():
        for budget, mean in of_method.items():
            if mean is not None:
                found.setdefault(budget, []).append((method, mean))
    ranked = {budget: sorted(every, key=lambda one: one[1].mean) for budget, every in found.items()}
    return dict(sorted(ranked.items(), reverse=True))
