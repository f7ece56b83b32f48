"""What stands at each line against its elevation: its Shapley value, and its importance by ``switch``."""

from collections.abc import Collection, Sequence

from lidarsel.contracts import ValuesFile
from lidarsel.report.figures.chart import Axis, Chart, Series
from lidarsel.report.figures.style import CHOSEN, NOT_CHOSEN, UNSEEN, Look
from lidarsel.report.words import METRIC_NAMES, count
from lidarsel.selection.importance import Importance

IMPORTANCE_EXPLAINED = (
    "The method switch learns a Dirichlet distribution over lines from the errors of sets of lines drawn from it: a "
    "line's importance is its mean share, its bar one standard deviation; lines whose bars overlap far were not told "
    "apart."
)
_Z95 = 1.96


def value_chart(values: ValuesFile, lines: Collection[int]) -> Chart:
    """Shapley value of each line against its elevation, bars of 1.96 standard errors; ``lines`` are the chosen ones."""
    unseen = [line for line in range(values.n_lines) if values.points_per_line[line] == 0]
    chosen = [line for line in range(values.n_lines) if line in lines and line not in unseen]
    dropped = [line for line in range(values.n_lines) if line not in lines and line not in unseen]
    taken = sum(line in lines for line in unseen)
    also = f" ({taken} of them chosen to fill up)" if taken else ""
    groups = (
        (f"chosen: {count(len(chosen), 'line')}", CHOSEN, chosen),
        (f"not chosen: {count(len(dropped), 'line')}", NOT_CHOSEN, dropped),
        (f"never in the image: {count(len(unseen), 'line')}{also}", UNSEEN, unseen),
    )
    spread = [_Z95 * error for error in values.standard_error]
    hover = [
        f"line {line}, {values.elevation_deg[line]:.2f}°\n{values.mean[line]:.4g} ± {values.standard_error[line]:.2g} "
        f"{values.unit} (standard error)\n{values.points_per_line[line]:.0f} points in the image"
        for line in range(values.n_lines)
    ]
    series = [
        _points(name, look, members, values.elevation_deg, values.mean, spread, hover)
        for name, look, members in groups
        if members
    ]
    y = Axis(f"{METRIC_NAMES[values.metric]} taken away, {values.unit}")
    return Chart(_elevation_axis(values.elevation_deg), y, series, from_zero=True)


def importance_chart(importance: Importance, elevation_deg: Sequence[float], lines: Collection[int]) -> Chart:
    """Each candidate's mean importance against its elevation, bars of one standard deviation; ``lines``: the chosen."""
    candidates = importance.lines.tolist()
    mean, spread = importance.mean.tolist(), importance.spread.tolist()
    at_deg = [elevation_deg[line] for line in candidates]
    hover = [
        f"line {line}, {at:.2f}°\nimportance {share:.3g} ± {deviation:.2g}"
        for line, at, share, deviation in zip(candidates, at_deg, mean, spread, strict=True)
    ]
    series = []
    for name, look, wanted in (("chosen", CHOSEN, True), ("not chosen", NOT_CHOSEN, False)):
        places = [place for place, line in enumerate(candidates) if (line in lines) is wanted]
        if places:
            said = f"{name}: {count(len(places), 'line')}"
            series.append(_points(said, look, places, at_deg, mean, spread, hover))
    most = max(share + deviation for share, deviation in zip(mean, spread, strict=True))
    low = min(0.0, *(share - deviation for share, deviation in zip(mean, spread, strict=True)))
    return Chart(_elevation_axis(at_deg), Axis("Importance (sums to 1)", (low, 1.05 * most or 1.0)), series)


def _points(
    name: str,
    look: Look,
    places: Sequence[int],
    x: Sequence[float],
    y: Sequence[float],
    spread: Sequence[float],
    hover: Sequence[str],
) -> Series:
    """The points at some places of what is known of all."""
    return Series(
        name=name,
        look=look,
        x=[x[place] for place in places],
        y=[y[place] for place in places],
        low=[y[place] - spread[place] for place in places],
        high=[y[place] + spread[place] for place in places],
        hover=[hover[place] for place in places],
    )


def _elevation_axis(elevation_deg: Sequence[float]) -> Axis:
    """Topmost lines on the left."""
    low, high = min(elevation_deg), max(elevation_deg)
    margin = 0.03 * (high - low) or 1.0
    return Axis("Elevation in degrees", (high + margin, low - margin))
