"""A sweep's means over seeds against the number of lines, by method."""

from collections.abc import Mapping, Sequence
from math import log10

from lidarsel.printable import printable
from lidarsel.report.figures.chart import Axis, Chart, EndLabel, Level, Series, error_axis
from lidarsel.report.figures.end_labels import LABEL_GAP, spread
from lidarsel.report.figures.style import DASHED, DOTTED, look_of
from lidarsel.report.metric_words import error_of, error_text, metric_name, unit_of
from lidarsel.report.sweep_means import SweepMean, SweepRow, sweep_means
from lidarsel.report.words import count, method_name


def sweep_chart(rows: Sequence[SweepRow], metric: str, chosen: str) -> Chart | None:
    """The mean error by a metric of the lines that it chose, with its standard deviation over seeds; None where there
    are fewer than two numbers of lines to join.

    Args:
        rows: of the sweep, whatever metrics chose them.
        metric: the error that is shown, and that chose.
        chosen: the method whose lines are written.
    """
    own = [swept for swept in rows if swept.metric == metric]
    found = {method: _told(of_method) for (_, method), of_method in sweep_means(own, metric).items()}
    budgets = sorted({budget for of_method in found.values() for budget in of_method})
    if len(budgets) < 2:
        return None
    series = [
        _series(method, of_method, metric, strong=method == chosen) for method, of_method in found.items() if of_method
    ]
    levels = _levels(own, metric)
    means = [mean for of_method in found.values() for mean in of_method.values()]
    # no line at all is worse by far: the axis holds what the methods and all lines need
    ends = [end for mean in means for end in _ends(mean)] + [level.y for level in levels if level.dash == DASHED]
    y = error_axis(f"{metric_name(metric)} in {unit_of(metric)}", min(ends), max(ends))
    ticks = [(float(budget), str(budget)) for budget in reversed(budgets)]
    x = Axis("Lines kept (logarithmic)", (budgets[-1] * 1.06, budgets[0] / 1.1), ticks, log=True)
    return Chart(x, y, series, levels, labels=_end_labels(series, y))


def _end_labels(series: Sequence[Series], y: Axis) -> list[EndLabel]:
    """The name of each curve at its fewest lines."""
    assert y.ends is not None
    scale, back = (log10, lambda place: 10**place) if y.log else (float, float)
    low, high = map(scale, y.ends)
    by_place = sorted(series, key=lambda one: one.y[-1])
    spaced = spread([scale(one.y[-1]) for one in by_place], LABEL_GAP * (high - low), low, high)
    return [
        EndLabel(one.name, back(place), (one.x[-1], one.y[-1]), one.look, one.strong)
        for one, place in zip(by_place, spaced, strict=True)
    ]


def _told(of_method: Mapping[int, SweepMean | None]) -> dict[int, SweepMean]:
    """Those that could be judged, most lines first."""
    return {budget: mean for budget, mean in sorted(of_method.items(), reverse=True) if mean is not None}


def _ends(mean: SweepMean) -> tuple[float, float]:
    spread = mean.spread or 0.0
    return mean.mean - spread, mean.mean + spread


def _series(method: str, of_method: Mapping[int, SweepMean], metric: str, strong: bool) -> Series:
    means = of_method.values()
    return Series(
        name=printable(method) + (" (chosen)" if strong else ""),
        look=look_of(method),
        x=list(of_method),
        y=[mean.mean for mean in means],
        low=[None if mean.spread is None else _ends(mean)[0] for mean in means],
        high=[None if mean.spread is None else _ends(mean)[1] for mean in means],
        hover=[f"{count(budget, 'line')}: {_figures(mean, metric)}" for budget, mean in of_method.items()],
        joined=True,
        strong=strong,
        banded=strong,
        in_legend=False,  # it is named at its end
    )


def _figures(mean: SweepMean, metric: str) -> str:
    several = "" if mean.spread is None else f"\nmean of {len(mean.errors)} seeds ± their standard deviation"
    return f"{mean.said(metric)} {unit_of(metric)}{several}"


def _levels(rows: Sequence[SweepRow], metric: str) -> list[Level]:
    """All lines and none, which are the same for every seed."""
    found = {swept.row.method: swept.row for swept in rows if swept.row.is_judged}
    levels = []
    for method, dash in (("all", DASHED), ("none", DOTTED)):
        if method in found:
            error = error_of(found[method], metric)
            said = f"{error_text(error, metric)} {unit_of(metric)}"
            name = method_name(found[method])
            levels.append(Level(f"{name} ({said})", error, dash, f"{name}: {said}"))
    return levels
