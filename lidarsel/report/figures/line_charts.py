"""What stands at each line against its elevation: its value, how often it is chosen again, its importance."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from lidarsel.choices import ElevationKind
from lidarsel.contracts import ReportFile, ValuesFile
from lidarsel.report.figures.chart import Axis, Chart, Series
from lidarsel.report.figures.style import CHOSEN, NOT_CHOSEN, UNSEEN, Look
from lidarsel.report.metric_words import metric_name, unit_of
from lidarsel.report.sureness import of_chosen
from lidarsel.report.words import ELEVATION_NAMES, chosen_row, count
from lidarsel.selection.importance import Importance

IMPORTANCE_EXPLAINED = (
    "The method switch learns a Dirichlet distribution over lines from the errors of sets of lines drawn from it: a "
    "line's importance is its mean share, its bar one standard deviation; lines whose bars overlap far were not told "
    "apart."
)
_OF_POINTS = ("x", "y", "low", "high", "hover")


def value_chart(values: ValuesFile, lines: Collection[int] | None) -> Chart:
    """Shapley value of each line against its elevation, bars of 95 % intervals.

    lines: the chosen ones; None where nothing was chosen yet.
    """
    unseen = {line for line in range(values.n_lines) if values.points_per_line[line] == 0}
    seen, kept = set(range(values.n_lines)) - unseen, set(lines or ())
    taken = len(unseen & kept)
    also = f" ({taken} of them chosen to fill up)" if taken else ""
    half_width = values.half_width()
    hover = [
        f"line {line}, {values.elevation_deg[line]:.2f}°\n{values.mean[line]:.4g} {unit_of(values.metric)}"
        f"{'' if half is None else f' (95 % CI ± {half:.2g})'}\n{values.points_per_line[line]:.0f} points in the image"
        for line, half in enumerate(half_width)
    ]
    points = _points(values.elevation_deg, values.mean, half_width, hover)
    in_image = [_some(points, "in the image", NOT_CHOSEN, seen)]
    told = in_image if lines is None else _chosen_and_not(points, seen & kept, seen - kept)
    series = [*told, _some(points, "never in the image", UNSEEN, unseen, also)]
    y = Axis(f"{metric_name(values.metric)} taken away, {unit_of(values.metric)}")
    return Chart(_elevation_axis(points, values.elevation_kind), y, [each for each in series if each.x], from_zero=True)


def inclusion_chart(report: ReportFile, values: ValuesFile) -> Chart | None:
    """In which share of resamples each line of the image is chosen again, against its elevation; None if not known."""
    found = of_chosen(report)
    if found is None or not found.inclusion:
        return None
    inclusion, elevation_deg, lines = found.inclusion, report.elevation_deg, chosen_row(report).lines
    shown = [line for line in range(report.n_lines) if values.points_per_line[line] > 0]
    hover = [
        f"line {line}, {elevation_deg[line]:.2f}°\nin {100 * inclusion[line]:.0f} % of resamples" for line in shown
    ]
    none = [None] * len(shown)
    percent = [100 * inclusion[line] for line in shown]
    points = _points([elevation_deg[line] for line in shown], percent, none, hover)
    chosen = {place for place, line in enumerate(shown) if line in lines}
    series = _chosen_and_not(points, chosen, set(range(len(shown))) - chosen)
    y = Axis("Resamples that choose it again, %", (-3.0, 103.0))
    return Chart(_elevation_axis(points, report.elevation_kind), y, [each for each in series if each.x])


def spread_chart(report: ReportFile) -> Chart:
    """How far depths may be off where each line looks, against its elevation: half of the 90 % interval, in metres."""
    assert report.spread is not None
    half = {line: value for line, value in enumerate(report.spread.by_line_m) if value is not None}
    hover = [f"line {line}, {report.elevation_deg[line]:.2f}°\n± {value:.2f} m (90 %)" for line, value in half.items()]
    none = [None] * len(half)
    points = _points([report.elevation_deg[line] for line in half], list(half.values()), none, hover)
    chosen = {place for place, line in enumerate(half) if line in chosen_row(report).lines}
    series = _chosen_and_not(points, chosen, set(range(len(half))) - chosen)
    y = Axis("Half of the 90 % interval, m", (0.0, 1.05 * max(half.values(), default=1.0)))
    return Chart(_elevation_axis(points, report.elevation_kind), y, [each for each in series if each.x])


def importance_chart(
    importance: Importance, elevation_deg: Sequence[float], kind: ElevationKind, lines: Collection[int]
) -> Chart:
    """Each candidate's mean importance against its elevation, bars of one standard deviation; ``lines``: the chosen."""
    candidates, mean, spread = importance.players.tolist(), importance.mean, importance.spread
    hover = [
        f"line {line}, {elevation_deg[line]:.2f}°\nimportance {mean[place]:.3g} ± {spread[place]:.2g}"
        for place, line in enumerate(candidates)
    ]
    points = _points([elevation_deg[line] for line in candidates], mean.tolist(), spread.tolist(), hover)
    chosen = {place for place, line in enumerate(candidates) if line in lines}
    series = _chosen_and_not(points, chosen, set(range(len(candidates))) - chosen)
    y = Axis("Importance (sums to 1)", (min(0.0, *(mean - spread)), 1.05 * max(mean + spread) or 1.0))
    return Chart(_elevation_axis(points, kind), y, [each for each in series if each.x])


def _points(x: Sequence[float], y: Sequence[float], half: Sequence[float | None], hover: Sequence[str]) -> Series:
    """Of all lines, in no figure yet. half: the width of each bar to either side, None = no bar."""
    low = [None if width is None else middle - width for middle, width in zip(y, half, strict=True)]
    high = [None if width is None else middle + width for middle, width in zip(y, half, strict=True)]
    return Series("", UNSEEN, x, y, low, high, hover)


def _chosen_and_not(points: Series, chosen: Collection[int], dropped: Collection[int]) -> list[Series]:
    return [_some(points, "chosen", CHOSEN, chosen), _some(points, "not chosen", NOT_CHOSEN, dropped)]


def _some(points: Series, name: str, look: Look, places: Collection[int], also: str = "") -> Series:
    """The points at some places, under a name that counts them."""
    parts: dict[str, Any] = {part: [getattr(points, part)[place] for place in sorted(places)] for part in _OF_POINTS}
    return replace(points, name=f"{name}: {count(len(places), 'line')}{also}", look=look, **parts)


def _elevation_axis(points: Series, kind: ElevationKind) -> Axis:
    """Topmost lines on the left."""
    low, high = min(points.x), max(points.x)
    margin = 0.03 * (high - low) or 1.0
    return Axis(f"{ELEVATION_NAMES[kind].capitalize()} in degrees", (high + margin, low - margin))
