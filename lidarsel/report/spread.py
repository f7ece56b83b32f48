"""What a report says of a network's spread: the table, what to read it by, and where the kept lines leave one blind."""

from collections.abc import Collection, Sequence

from rich.table import Table

from lidarsel.contracts import ReportFile
from lidarsel.printable import printable
from lidarsel.report.terminal import add_columns, empty_table
from lidarsel.report.words import chosen_row
from lidarsel.report_spread import SpreadReport, SpreadRow

TITLE = "How far depths may be off"
HEADINGS = (
    *("Lines", "By", "Spread"),
    *("90 %\nholds", "95 %\nCI", "95 %\nholds", "Half\nm", "NLL\nnats", "AUSE\n%", "As\nis"),
)
"""Narrow, so that the longest method's name still fits a terminal of 80 columns."""
_NAMES = {"network": "network", "distance": "distance"}
_BLIND_SHARE = 2.0
"""How many times the half interval of the middle line a line must have to be called blind."""


def spread_entries(row: SpreadRow) -> list[str]:
    """A row's entries under ``HEADINGS``."""
    ends = [f"{100 * end:.0f}" for end in (row.coverage_90_low, row.coverage_90_high) if end is not None]
    return [
        str(row.budget),
        printable(row.lines_by),
        _NAMES[row.method],
        f"{100 * row.coverage_90:.1f}",
        "–".join(ends) or "–",
        f"{100 * row.coverage_95:.1f}",
        f"{row.half_width_m:.2f}",
        _nats(row.likelihood),
        f"{100 * row.ause:.1f}",
        "–" if row.unscaled_coverage_90 is None else f"{100 * row.unscaled_coverage_90:.1f}",
    ]


def spread_explanation(spread: SpreadReport) -> str:
    """What the columns are."""
    return (
        f"Intervals are depth ± a multiple of the spread, which half of the {spread.drives} drives set for the other "
        "half, by distance to the nearest measurement and for each set of lines by itself: 90 % of pixels should be "
        "within those of 90 % (90 % holds, with its 95 % CI between drives, in %). Of two spreads that hold, the "
        "better one is narrower (half of its 90 % interval), likelier (NLL, less is better) and knows better where "
        "errors are (AUSE, 0 is perfect). Distance: what there is without a spread of the network's, a share of "
        "the depth for each pixel to the nearest measurement, scaled likewise. "
        "As is: what 90 % of the network's own spread would hold unscaled, taken for a Laplace distribution's."
    )


def by_line_explanation(budget: int) -> str:
    """What the figure by elevation shows."""
    return (
        f"Half of the 90 % interval with {budget} lines, mean over the points of each line of the sensor, kept or "
        "not: what is known of the depth where that line looks. Topmost lines are on the left."
    )


def spread_table(report: ReportFile) -> Table:
    """For the terminal; the report must have a spread."""
    assert report.spread is not None
    table = empty_table(title=TITLE)
    add_columns(table, (), HEADINGS[:1])
    add_columns(table, HEADINGS[1:3], HEADINGS[3:])
    before = None
    for row in report.spread.rows:
        where = (row.lines_by, row.budget)
        if before not in (None, where):
            table.add_section()
        shown = spread_entries(row)
        table.add_row(*(shown if before != where else ["", "", *shown[2:]]))
        before = where
    return table


def spread_told(report: ReportFile) -> list[str]:
    """Sentences on the first set of lines: what is known best and least, by elevation, and whether the spread pays."""
    spread = report.spread
    if spread is None:
        return []
    first = spread.rows[0]
    found = [_blind(report, spread)]
    rival = next((row for row in spread.rows[1:] if _same_set(row, first) and row.method == "distance"), None)
    if rival is not None:
        narrower = 100 * (1 - first.half_width_m / rival.half_width_m) if rival.half_width_m else 0.0
        how = f"{abs(narrower):.0f} % {'narrower' if narrower >= 0 else 'wider'}"
        held, likelihoods = f"{100 * first.coverage_90:.1f} %", [_nats(row.likelihood) for row in (first, rival)]
        found.append(
            f"With {first.budget} lines 90 % intervals of the network's spread hold {held} of pixels on drives that "
            f"did not set them, and are {how} than those by distance to the nearest measurement; NLL "
            f"{' against '.join(likelihoods)}, AUSE {100 * first.ause:.1f} against {100 * rival.ause:.1f} %."
        )
    return [one for one in found if one]


def _nats(likelihood: float) -> str:
    return f"{likelihood:.2f}".replace("-", "−")


def _same_set(row: SpreadRow, other: SpreadRow) -> bool:
    return (row.lines_by, row.budget) == (other.lines_by, other.budget)


def _blind(report: ReportFile, spread: SpreadReport) -> str:
    """Between which elevations depth is known worse than elsewhere; "" where no line is seen."""
    known = [(half, line) for line, half in enumerate(spread.by_line_m) if half is not None]
    if not known:
        return ""
    budget = spread.rows[0].budget
    middle = sorted(half for half, _ in known)[len(known) // 2]
    best, worst = min(known), max(known)
    said = (
        f"With {budget} lines half of the 90 % interval is {middle:.2f} m at the middle one of the sensor's lines, "
        f"{best[0]:.2f} m at {_angle(report, best[1])} and {worst[0]:.2f} m at {_angle(report, worst[1])}"
    )
    blind = {line for half, line in known if half > _BLIND_SHARE * middle}
    if not blind:
        return f"{said}; no line has more than {_BLIND_SHARE:g} times the middle one's."
    told = [
        _angle(report, low) if low == high else f"{_angle(report, low)} to {_angle(report, high)}"
        for low, high in _stretches([line for _, line in known], blind, report)
    ]
    return f"{said}; between kept lines more than {_BLIND_SHARE:g} times the middle one's at {', '.join(told)}."


def _angle(report: ReportFile, line: int) -> str:
    return f"{round(report.elevation_deg[line], 1) + 0.0:.1f}°".replace("-", "−")


def _stretches(lines: Sequence[int], blind: Collection[int], report: ReportFile) -> list[tuple[int, int]]:
    """First and last of blind lines that have none but kept ones between them."""
    kept = set(chosen_row(report).lines)
    found: list[tuple[int, int]] = []
    goes_on = False
    for line in lines:
        if line in blind:
            found = [*found[:-1], (found[-1][0], line)] if goes_on else [*found, (line, line)]
        goes_on = line in blind or (goes_on and line in kept)
    return found
