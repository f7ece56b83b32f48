"""The sentences and numbers of a report, once for the terminal, Markdown and HTML: what was found, and how far it goes.

Nothing here claims more than the rows say: differences are given as figures, and what weakens them is a caution.
"""

import re

from lidarsel.choices import ElevationKind
from lidarsel.contracts import Provenance, ReportFile, ValuesFile
from lidarsel.criterion import criterion
from lidarsel.errors import UsageError
from lidarsel.printable import printable
from lidarsel.report.metric_words import (
    error_of,
    error_text,
    error_told,
    freedom_of,
    interval_of,
    interval_told,
    metric_name,
    millimetres,
    ratio_of,
    unit_of,
)
from lidarsel.report_rows import ReportRow

CAUTIONS = "Before you rely on this"
MADE = "How it was made"
"""Heads of what weakens an answer, and of where it comes from, wherever they stand."""

_MANY_TIMES = 10.0
"""From so many times the error of all lines on, a cost is told in times: "7529900 %" is none that can be read."""

_BETWEEN = {
    "drives": "between drives: they speak of drives like these",
    "stretches": "between stretches of the one judged drive: they speak of that drive (of 100 such, 72 to 97 held the "
    "mean of all drives in a simulation)",
    None: "between frames, by the bootstrap of lidarsel 0.1: too narrow with few frames",
}

ELEVATION_NAMES: dict[ElevationKind, str] = {"cone": "elevation", "apparent": "apparent elevation"}
"""What stands in tables, figures and sentences: elevations that shift with the scene are not called so barely."""

_GROUND_TRUTH = {
    "official": "the data set's own ground truth",
    "dense": "exact dense ground truth from the simulator",
    "accumulated": "ground truth accumulated from neighbouring scans",
    "scan": "the frame's own full scan",
}


def count(number: int, noun: str) -> str:
    """ "1 line", "2 lines"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def method_name(row: ReportRow) -> str:
    """What a row's method is called in a table."""
    return {"all": "all lines", "none": "no lines"}.get(row.method, printable(row.method))


def chosen_row(report: ReportFile) -> ReportRow:
    """The row that lines.yaml holds. Raises UsageError where the report has none."""
    row = report.row(report.chosen_method, report.chosen_budget)
    if row is None:
        method, budget = printable(report.chosen_method), count(report.chosen_budget, "line")
        raise UsageError(f"the report has no row of its chosen method {method} at {budget}; evaluate that one too")
    return row


def sections(report: ReportFile) -> list[tuple[int, list[ReportRow]]]:
    """The rows by budget, most lines first; within a budget by the report's metric, least error first."""
    budgets = sorted({row.budget for row in report.rows}, reverse=True)
    by_error = sorted(report.rows, key=lambda row: (error_of(row, report.metric), row.method))
    return [(budget, [row for row in by_error if row.budget == budget]) for budget in budgets]


def question(report: ReportFile) -> str:
    """What was asked, as a title. A sensor whose name tells how many lines it has is not told so twice."""
    sensor = printable(report.sensor)
    counted = re.search(rf"(?<!\d){report.n_lines}[- ]lines?\b", sensor) is not None
    of_all = "of the line" if report.n_lines == 1 else f"of the {report.n_lines} lines"
    kept = count(report.chosen_budget, "line") if counted else f"{report.chosen_budget} {of_all}"
    return f"Which {kept} of {_article(sensor)} {sensor} to keep"


def _article(noun: str) -> str:
    """ "a" or "an", as it is spoken: "an Ouster OS1", "an 8-line lidar", "an HDL-64E", which is spelled out."""
    spelled = re.match(r"[A-Z]{2,}(?![a-z])", noun) is not None
    number = re.match(r"(8\d*|11|18)(?!\d)", noun) is not None
    return "an" if number or noun[:1] in ("AEFHILMNORSX" if spelled else "AEIOaeio") else "a"


def judged(report: ReportFile) -> str:
    """On what the lines were judged."""
    frames = count(len(report.frames), "simulated frame" if is_simulated(report) else "frame")
    return (
        f"Depth completion by {printable(report.network)}, judged on {frames} of {printable(report.data)} against "
        f"{_truth(report)}."
    )


def is_simulated(report: ReportFile) -> bool:
    """Whether nobody recorded its frames."""
    return any(caution.kind == "simulated" for caution in report.cautions)


def _truth(report: ReportFile) -> str:
    if report.ground_truth == "official" and is_simulated(report):
        return "the simulator's ground truth"
    return _GROUND_TRUTH.get(report.ground_truth, f"{printable(report.ground_truth)} ground truth")


def answer(report: ReportFile) -> str:
    """The finding, with its figures: by what decided, and by RMSE where that is another."""
    row, metric = chosen_row(report), report.metric
    by = "chosen by" if row.untold is None else "nearest to those of"
    kept = f"{row.budget} of {report.n_lines} lines, {by} {printable(row.method)}"
    if report.doubts:
        kept = f"Doubtful, as said first: {kept}"
    if not row.is_judged:
        return f"{kept}, are all that reach the image: no point of another line is left to judge them by."
    found = f"{error_told(error_of(row, metric), metric)} ({interval_told(row, metric)})"
    return f"{kept}, {_cost(report, row)}: {found}{_against(report)}.{_rmse_beside(report, row)}"


def _cost(report: ReportFile, row: ReportRow) -> str:
    """What the chosen lines cost beside all lines."""
    name, ratio, whole = metric_name(report.metric), ratio_of(row, report.metric), report.row("all")
    if report.ground_truth == "scan":
        return f"have this {name} at the points of the other lines"
    if ratio is None and whole is not None and error_of(whole, report.metric) == 0:
        return f"have an {name} where all {report.n_lines} have none, so that no ratio tells the cost"
    if ratio is None:
        return f"have this {name}"
    if ratio >= _MANY_TIMES:
        return f"have {ratio:,.0f} times the {name} of all lines"
    change = 100 * (ratio - 1)
    if abs(change) < 0.05:
        return f"leave {name} as it is with all lines (to 0.1 %)"
    return f"have {-change:.1f} % less {name} than all lines" if change < 0 else f"cost {change:.1f} % in {name}"


def _against(report: ReportFile) -> str:
    """The error of all lines; nothing where it is none, or 1 by the meaning of the error."""
    whole = report.row("all")
    if whole is None or not whole.is_judged or criterion(report.metric).is_relative:
        return ""
    error = error_of(whole, report.metric)
    told = error_told(error, report.metric) if float(error_text(error, report.metric)) else "next to none"
    return f", against {told} with all {report.n_lines}" if error else ""


def _rmse_beside(report: ReportFile, row: ReportRow) -> str:
    """RMSE is what benchmarks rank by, so it is told where another error decided."""
    if report.metric == "rmse":
        return ""
    ratio, beside = row.ratio_to_all, ""
    if ratio is not None and ratio < _MANY_TIMES:
        change = f"{100 * abs(ratio - 1):.1f} %"
        beside = ", as with all lines" if change == "0.0 %" else f", {change} {'more' if ratio > 1 else 'less'}"
    return f" RMSE: {millimetres(row.rmse_mm)} mm{beside}."


def doubts(report: ReportFile) -> list[str]:
    """Why the answer may be of no use: said before it."""
    return [printable(doubt) for doubt in report.doubts]


def intervals(report: ReportFile) -> str:
    """What the 95 % intervals are made of and speak of."""
    row, metric = chosen_row(report), report.metric
    freedom = freedom_of(row, metric)
    if row.n_frames == 1:
        return "One frame says nothing of others: no 95 % CIs."
    if interval_of(row, metric) is None:
        return f"No 95 % CIs of {metric_name(metric)} are told here."
    student = "" if freedom is None else f" (Student, {freedom:.3g} degrees of freedom)"
    return f"95 % CIs are {_BETWEEN[report.intervals_between]}{student}."


def ratio(report: ReportFile) -> str:
    """What the column of ratios is."""
    name, whole = metric_name(report.metric), report.row("all")
    if report.ground_truth == "scan":
        return "no ratio, as all lines leave nothing to judge by"
    if whole is not None and error_of(whole, report.metric) == 0:
        return f"no ratio, as all lines have no {name}"
    return f"ratio: {name} over that of all lines"


def notes(report: ReportFile) -> list[str]:
    """How the report was made, none twice; what weakens it is ``cautions.cautions``."""
    return list(dict.fromkeys(printable(note) for note in report.notes))


def provenance(made: Provenance) -> list[tuple[str, str]]:
    """What made a file, as names and values."""
    return [
        ("Command", printable(made.command)),
        ("lidarsel", f"{printable(made.lidarsel_version)} (file format {made.format_version})"),
        ("Seed", str(made.seed)),
        ("Network", printable(made.network)),
        ("Network SHA-256", printable(made.network_sha256)),
        ("Data", printable(made.data)),
        ("Data fingerprint", printable(made.data_fingerprint)),
    ]


def settings(report: ReportFile) -> list[tuple[str, str]]:
    """How the report was made, as names and values."""
    return [
        ("Sensor", f"{printable(report.sensor)}, {count(report.n_lines, 'line')}"),
        ("Metric of the choice", metric_name(report.metric)),
        ("Ground truth", _truth(report)),
        ("Frames judged", str(len(report.frames))),
        ("Frames chosen on", f"{len(report.chosen_on_frames)}" + (" (the same)" if report.same_frames else "")),
    ]


def evaluated(values: ValuesFile) -> str:
    """How many evaluations the values took, and what ended the estimate if not their number."""
    largest = f"{max(values.standard_error):.3g} {unit_of(values.metric)}"
    said = {
        "evaluations": "",
        "target-se": f"stopped as no standard error was greater than asked (largest {largest})",
        "frames-differ": f"stopped at a largest standard error of {largest}: frames differ so much that only more "
        "frames can lower it",
        "until-stable": "stopped as the best lines were told from the others",
        "enumerated": "every coalition enumerated",
    }
    return ", ".join(part for part in (f"{values.n_evaluations} evaluations", said[values.stopped]) if part)


def value_intervals(values: ValuesFile) -> str:
    """What the 95 % intervals of values are, or why there are none."""
    if values.degrees_of_freedom is None:
        return (
            f"one frame: no 95 % CI; the coalitions drawn on it leave standard errors of up to "
            f"{max(values.standard_error):.3g} {unit_of(values.metric)}"
        )
    return (
        f"95 % CI of the mean over frames, as if independent (Student, {values.degrees_of_freedom:.3g} degrees "
        "of freedom); none where a value is exact"
    )
