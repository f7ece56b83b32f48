"""What every channel is worth, and what the smaller networks lose at each number of lines."""

from collections.abc import Sequence

from lidarsel.confidence import half_width
from lidarsel.drawing import BLUE, GREY, VERMILLION
from lidarsel.report.figures.chart import Axis, Chart, Series, error_axis
from lidarsel.report.figures.style import CHOSEN, DASHED, DOTTED, NOT_CHOSEN, SOLID, Look
from lidarsel.report.shrinking import STEP_NAMES
from lidarsel.shrink_files import ImportanceFile, ShrinkFile, UnitImportance

_LOOKS = {
    "whole": Look(GREY, DASHED, "circle"),
    "cut": Look(VERMILLION, DOTTED, "x"),
    "retrained": Look(BLUE, SOLID, "diamond"),
}
_GAP = 6
"""Places left free between layers."""
_NAMES_APART = 0.035
"""Of the axis: layers' names stand aslant below it, and nearer ones would run into each other."""


def importance_figure(importance: ImportanceFile) -> Chart:
    """Each unit's score, layer beside layer, in a layer the greatest first; bars of 95 % intervals if there are any.

    A layer too near the one that is named before it has no name on the axis; its units' own words tell it.
    """
    layers = list(dict.fromkeys(unit.layer for unit in importance.units))
    start, ticks, placed = 0, [], []
    for layer in layers:
        units = sorted((unit for unit in importance.units if unit.layer == layer), key=lambda unit: -unit.score)
        ticks.append((start + (len(units) - 1) / 2, layer))
        placed += [(start + place, unit) for place, unit in enumerate(units)]
        start += len(units) + _GAP
    series = [
        _series("kept", CHOSEN, [(at, unit) for at, unit in placed if unit.kept], importance),
        _series("cut", NOT_CHOSEN, [(at, unit) for at, unit in placed if not unit.kept], importance),
    ]
    x = Axis("Layer; in each the most important channels on the left", (-_GAP, start), _apart(ticks, start))
    return Chart(x, Axis(f"Importance ({importance.unit})"), [one for one in series if one.x], from_zero=True)


def _apart(ticks: Sequence[tuple[float, str]], width: float) -> list[tuple[float, str]]:
    """Those that leave room for the names before them on an axis so wide."""
    named: list[tuple[float, str]] = []
    for place, name in ticks:
        if not named or place - named[-1][0] >= _NAMES_APART * width:
            named.append((place, name))
    return named


def _series(name: str, look: Look, placed: list[tuple[int, UnitImportance]], importance: ImportanceFile) -> Series:
    freedom = importance.degrees_of_freedom
    half = [
        None if freedom is None or not unit.standard_error else float(half_width(unit.standard_error, freedom))
        for _, unit in placed
    ]
    score = [unit.score for _, unit in placed]
    return Series(
        name=f"{name}: {sum(len(unit.channels) for _, unit in placed)} channels",
        look=look,
        x=[at for at, _ in placed],
        y=score,
        low=[None if width is None else middle - width for middle, width in zip(score, half, strict=True)],
        high=[None if width is None else middle + width for middle, width in zip(score, half, strict=True)],
        hover=[
            f"{unit.layer}, channels {', '.join(map(str, unit.channels))}\n{unit.score:.4g}"
            + ("" if width is None else f" ± {width:.2g} (95 % CI)")
            for (_, unit), width in zip(placed, half, strict=True)
        ],
    )


def loss_figure(report: ShrinkFile) -> Chart:
    """RMSE in mm of each step against the number of lines, all of them on the right."""
    numbers = [error.lines for error in report.steps[0].errors]
    ticks = [(float(place), "all" if number is None else str(number)) for place, number in enumerate(numbers)]
    every = [error.rmse_mm for step in report.steps for error in step.errors]
    series = [
        Series(
            name=STEP_NAMES[step.name],
            look=_LOOKS[step.name],
            x=[float(place) for place in range(len(numbers))],
            y=[error.rmse_mm for error in step.errors],
            low=[error.low_mm for error in step.errors],
            high=[error.high_mm for error in step.errors],
            hover=[
                f"{'all' if error.lines is None else error.lines} lines: {error.rmse_mm:.0f} mm"
                for error in step.errors
            ],
            joined=True,
        )
        for step in report.steps
    ]
    x = Axis("Lines kept", (-0.3, len(numbers) - 0.7), ticks)
    return Chart(x, error_axis("RMSE in mm", min(every), max(every)), series)
