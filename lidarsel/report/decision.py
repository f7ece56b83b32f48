"""What a decision needs of every number of lines that was asked for, and of every product: the cells of the strip.

The same cells make the strip of the page and the table of Markdown. All figures are of the error that decided.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lidarsel.choices import FIGURE_OF
from lidarsel.contracts import ReportFile
from lidarsel.listing import line_ranges
from lidarsel.printable import printable
from lidarsel.report.by_part import bands_of, title_of, told_by
from lidarsel.report.elbow import LEAST_POINTS, Elbow, elbow
from lidarsel.report.line_files import LINES_FILE, lines_path
from lidarsel.report.metric_words import error_of, error_told, interval_told, metric_name, ratio_of
from lidarsel.report.words import count, method_name
from lidarsel.report_rows import ReportRow

_MANY_TIMES = 10.0


@dataclass(frozen=True)
class BandError:
    """A row's error within a band of distance.

    size: what a bar shows, in the unit of all bars of a report: the change against all lines in per cent, or the error
    itself where all lines cannot be judged. text: the same to read.
    """

    band: str
    size: float
    text: str


@dataclass(frozen=True)
class Cell:
    """A number of lines, or a product.

    Attributes:
        row: its row of the report.
        cost: against all lines, "+2.0 %"; the error itself where that cannot be told.
        error: with its unit and 95 % CI; empty where nothing was left to judge by.
        sure: how it stands beside the other methods of as many lines, in two words; empty where that is not known.
        stable: how many of its lines are chosen again on most resamples of the frames; empty where that is not known.
        bands: errors by distance, nearest first.
        is_elbow: whether fewer lines cost markedly more a line.
        file: the file of its lines, to hand on; None of a product.
    """

    row: ReportRow
    cost: str
    error: str
    sure: str
    stable: str
    bands: Sequence[BandError]
    is_elbow: bool
    file: str | None

    @property
    def title(self) -> str:
        """ "32 lines", "XT32, 19 lines"; of a product that the log cannot tell wholly, with a star."""
        lines = count(self.row.budget, "line")
        if self.row.untold is None:
            return lines
        return f"{printable(self.row.method)}{'*' if self.row.untold else ''}, {lines}"


def decision_cells(report: ReportFile) -> list[Cell]:
    """Of the chosen method at every number of lines, and of every product, most lines first."""
    bent, rows = report_elbow(report), sorted(_rows(report), key=lambda row: -row.budget)
    return [
        Cell(
            row=row,
            cost=_cost(report, row),
            error=_error(report, row),
            sure=_sure(report, row),
            stable=_stable(report, row),
            bands=_bands(report, row),
            is_elbow=row.untold is None and bent is not None and row.budget == bent.lines,
            file=None if row.untold is not None else lines_path(LINES_FILE, row.budget, report.chosen_budget).name,
        )
        for row in rows
    ]


DECISION = ("Lines", "Against all lines", "Error", "Beside other methods", "Stable", "Which (0 is the topmost)", "File")


def decision_entries(report: ReportFile) -> list[list[str]]:
    """What stands under ``DECISION``: a row a cell."""
    return [
        [
            f"{cell.title}, the elbow" if cell.is_elbow else cell.title,
            cell.cost,
            cell.error,
            cell.sure,
            cell.stable,
            line_ranges(cell.row.lines),
            cell.file or "",
        ]
        for cell in decision_cells(report)
    ]


def report_elbow(report: ReportFile) -> Elbow | None:
    """The elbow of the chosen method, all lines that the frames show being the other end; None where fewer than three
    numbers of lines were judged, or the curve is not bent."""
    rows = [row for row in _rows(report) if row.untold is None and row.is_judged]
    if len({row.budget for row in rows}) < LEAST_POINTS:
        return None
    errors = {row.budget: error_of(row, report.metric) for row in rows}
    whole = report.row("all")
    if whole is not None and whole.is_judged:
        seen = max(report.lines_in_image or report.n_lines, max(errors) + 1)
        errors[min(seen, report.n_lines)] = error_of(whole, report.metric)
    return elbow(list(errors), list(errors.values()))


def elbow_told(report: ReportFile) -> str | None:
    """Where it is and what it means; None where there is none."""
    found, whole = report_elbow(report), report.row("all")
    if found is None:
        return None
    if whole is None or not whole.is_judged or not error_of(whole, report.metric):
        above, below = (error_told(max(each, 0.0), report.metric) for each in (found.above, found.below))
    else:
        shares = (100 * max(each, 0.0) / error_of(whole, report.metric) for each in (found.above, found.below))
        above, below = (f"{share:.2g} %" for share in shares)
    return (
        f"Elbow at {count(found.lines, 'line')}: every line dropped on the way there costs {above} in "
        f"{metric_name(report.metric)}, every further one {below} (means, over the numbers of lines that were judged)."
    )


def verdict(report: ReportFile) -> str:
    """The answer as a title: what every number of lines costs, most lines first."""
    cells = [cell for cell in decision_cells(report) if cell.row.untold is None] or decision_cells(report)
    first, *others = [f"{cell.cost} with {cell.row.budget}" for cell in cells]
    of_all = f" of {report.n_lines} lines"
    name = metric_name(report.metric)
    said = ", ".join([f"{name[0].upper()}{name[1:]} {first}{of_all}", *others])
    return f"Doubtful: {said}" if report.doubts else said


def _rows(report: ReportFile) -> list[ReportRow]:
    return [row for row in report.rows if row.untold is not None or row.method == report.chosen_method]


def _cost(report: ReportFile, row: ReportRow) -> str:
    if not row.is_judged:
        return "not judged"
    ratio = ratio_of(row, report.metric)
    return error_told(error_of(row, report.metric), report.metric) if ratio is None else percent(ratio)


def percent(ratio: float) -> str:
    """A ratio to all lines as a change: "+2.0 %", "−12 %"; "12 times" where per cent would have to be counted."""
    if ratio >= _MANY_TIMES:
        return f"{ratio:,.0f} times"
    change = 100 * (ratio - 1)
    return f"{change:+.{1 if abs(change) < 9.95 else 0}f} %".replace("-", "−")


def _error(report: ReportFile, row: ReportRow) -> str:
    if not row.is_judged:
        return ""
    error = error_told(error_of(row, report.metric), report.metric)
    return f"{metric_name(report.metric)} {error} ({interval_told(row, report.metric)})"


def _sure(report: ReportFile, row: ReportRow) -> str:
    """By standings, which tell frame by frame what is beyond chance."""
    others = [
        other
        for other in report.rows
        if other.budget == row.budget and other.is_judged and other.lines != row.lines and other.standing is not None
    ]
    if row.standing is None or not others:
        return ""
    if row.standing == "behind":
        best = next((other for other in others if other.standing == "best"), None)
        return "behind" if best is None else f"behind {method_name(best)}"
    tied = row.standing == "tied" or any(other.standing in ("best", "tied") for other in others)
    return "tied best" if tied else "surely best"


def _stable(report: ReportFile, row: ReportRow) -> str:
    found = next((one for one in report.stability if (one.method, one.budget) == (row.method, row.budget)), None)
    if found is None or not found.inclusion:
        return ""
    often = sum(found.inclusion[line] > 0.5 for line in row.lines)
    return f"{often} of {count(row.budget, 'line')} stable"


def band_errors(report: ReportFile, row: ReportRow) -> list[BandError]:
    """A row's errors themselves, by distance, nearest first."""
    figure = told_by(report)
    told = ((errors.part, getattr(errors, FIGURE_OF[figure])) for errors in bands_of(row))
    return [BandError(title_of(part), error, error_told(error, figure)) for part, error in told if error is not None]


def _bands(report: ReportFile, row: ReportRow) -> list[BandError]:
    """Against all lines, where these are judged and have an error."""
    whole, own = report.row("all"), band_errors(report, row)
    if whole is None or not whole.is_judged:
        return own
    of_all = {band.band: band.size for band in band_errors(report, whole)}
    ratios = {band.band: band.size / of_all[band.band] for band in own if of_all.get(band.band)}
    return [BandError(band, 100 * (ratio - 1), percent(ratio)) for band, ratio in ratios.items()]
