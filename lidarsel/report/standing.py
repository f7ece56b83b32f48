"""How the chosen lines stand beside those of other methods: marks of the table, and what is said beyond chance."""

import shlex

from lidarsel.choices import SELECTORS
from lidarsel.contracts import ReportFile
from lidarsel.listing import line_ranges, listed
from lidarsel.printable import printable
from lidarsel.report.metric_words import error_of, error_text, error_told, metric_name, unit_of
from lidarsel.report.words import answer, chosen_row, count, method_name
from lidarsel.report_rows import ReportRow


def marks(report: ReportFile, row: ReportRow) -> list[str]:
    """ "chosen", "best", "tied", "44% untold".

    best, tied: the row's standing, where methods chose different lines. untold: of a product that the row imitates, so
    many lines are not among the row's.
    """
    found = ["chosen"] if row is chosen_row(report) else []
    if row.standing in ("best", "tied") and not _all_alike(_judged_at(report, row.budget)):
        found.append(row.standing)
    return found + ([f"{row.untold:.0%} untold"] if row.untold else [])


def headline(report: ReportFile) -> str:
    """The finding, and where another method is better beyond chance, that."""
    row, best = chosen_row(report), _best(report)
    if row.standing != "behind" or best is None:
        return answer(report)
    return f"{answer(report)} That is worse beyond chance than {method_name(best)}, with {_error(report, best)}."


def comparison(report: ReportFile) -> str | None:
    """How the chosen lines stand beside the other methods of their budget, or None where there are none."""
    row = chosen_row(report)
    rows = _judged_at(report, row.budget)
    others = [other for other in rows if other is not row]
    if not others or not row.is_judged:
        return None
    if _all_alike(rows):
        every = f"All {len(rows)}" if len(rows) > 2 else "Both"
        return f"{every} methods compared at this budget chose the same lines."
    alike = [method_name(other) for other in others if other.lines == row.lines]
    if alike:
        others = [other for other in others if other.lines != row.lines]
    same = f"{listed(alike, most=len(alike))} chose the same lines. " if alike else ""
    name, error = metric_name(report.metric), error_of(row, report.metric)
    next_best = min(others, key=lambda other: (error_of(other, report.metric), other.method))
    lower = sum(error_of(other, report.metric) < error for other in others)
    change = _change(error_of(next_best, report.metric), error)
    beside = "; ".join([*change, *_paired(report, row if lower else next_best)])
    figures = f"{method_name(next_best)}, with {_error(report, next_best)}" + (f" ({beside})" if beside else "")
    if lower and len(others) == 1:
        said = f"{same}The one other method at this budget had less {name}: {figures}."
    elif lower:
        among = f"{count(lower, 'method')} of the {len(others)} others at this budget"
        said = f"{same}{among} had less {name}; the least is {figures}."
    else:
        none = f"None of the {len(others)} other methods" if len(others) > 1 else "The one other method"
        had = "had less" if len(others) > 1 else "did not have less"
        said = f"{same}{none} compared at this budget {had} {name}; the next is {figures}."
    by_error = sorted(rows, key=lambda each: (error_of(each, report.metric), each.method))
    tied = [method_name(each) for each in by_error if each.standing in ("best", "tied")]
    if len(tied) == len(rows) > 2:
        every = f"any of the {len(rows)} methods"
        return f"{said} The frames judged are too few, or too unlike, to tell {every} from the best."
    return f"{said} Tied best: {listed(tied, most=len(tied))}." if len(tied) > 1 else said


def taking(report: ReportFile, folder: str = "RUN") -> str | None:
    """Where a method is better beyond chance, its lines and, of a run, how to take them; else None.

    folder: the run's; RUN stands for that of the report.
    """
    row, best = chosen_row(report), _best(report)
    if row.standing != "behind" or best is None:
        return None
    said = f"Lines of {method_name(best)}: {line_ranges(best.lines)}."
    of_sweep = report.command.startswith("lidarsel sweep ")  # whose settings lidarsel select does not read
    if best.method not in SELECTORS or of_sweep:
        return said
    files = (shlex.quote(f"{folder}/{name}") for name in ("values.json", "settings.yaml", "lines.yaml"))
    data, (values, settings, lines) = shlex.quote(printable(report.data)), files
    where = ", RUN being the folder of this report" if folder == "RUN" else ""
    return (
        f"{said} To take them{where}: lidarsel select {values} --data {data} --settings {settings} "
        f"--budget {best.budget} --method {best.method} -o {lines}"
    )


def _judged_at(report: ReportFile, budget: int) -> list[ReportRow]:
    return [row for row in report.rows if row.budget == budget and row.is_judged]


def _all_alike(rows: list[ReportRow]) -> bool:
    return len({tuple(row.lines) for row in rows}) == 1


def _best(report: ReportFile) -> ReportRow | None:
    """Of as many lines as the chosen ones."""
    return next((row for row in _judged_at(report, report.chosen_budget) if row.standing == "best"), None)


def _error(report: ReportFile, row: ReportRow) -> str:
    return error_told(error_of(row, report.metric), report.metric)


def _change(error: float, beside: float) -> list[str]:
    """How much more or less an error is than another; of one that is 0, nothing is a share."""
    return [f"{100 * abs(error / beside - 1):.1f} % {'less' if error < beside else 'more'}"] if beside else []


def _paired(report: ReportFile, row: ReportRow) -> list[str]:
    """What the frames say of a row's difference to the best."""
    low, high = row.to_best_low, row.to_best_high
    if low is None or high is None:
        return []
    ends = " to ".join(f"{'+' if end >= 0 else '−'}{error_text(abs(end), report.metric)}" for end in (low, high))
    chance = ", so it may be chance" if row.standing == "tied" else ""
    return [f"frame by frame {ends} {unit_of(report.metric)} to the best{chance}"]
