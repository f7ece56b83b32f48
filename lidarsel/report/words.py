"""The sentences and numbers of a report, once for the terminal, Markdown and HTML: what was found, and how far it goes.

Nothing here claims more than the rows say: differences are given as figures, and what weakens them is a caution.
"""

from lidarsel.choices import ElevationKind
from lidarsel.contracts import Provenance, ReportFile, ValuesFile
from lidarsel.errors import UsageError
from lidarsel.printable import printable
from lidarsel.report.metric_words import error_of, metric_name, millimetres, unit_of
from lidarsel.report_rows import ReportRow

CAUTIONS = "Before you rely on this"
MADE = "How it was made"
"""Heads of what weakens an answer, and of where it comes from, wherever they stand."""

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
    """What was asked, as a title."""
    sensor = printable(report.sensor)
    counted = any(f"{report.n_lines}{words}" in sensor for words in ("-line", " lines"))
    of_all = "" if counted else f"of the {report.n_lines} "
    return f"Which {report.chosen_budget} {of_all}lines of a {sensor} to keep"


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
    """The finding in one sentence, with its figures."""
    row = chosen_row(report)
    by = "chosen by" if row.untold is None else "nearest to those of"
    kept = f"{row.budget} of {report.n_lines} lines, {by} {printable(row.method)}"
    if report.doubts:
        kept = f"Doubtful, as said first: {kept}"
    if not row.is_judged:
        return f"{kept}, are all that reach the image: no point of another line is left to judge them by."
    change = None if row.ratio_to_all is None else 100 * (row.ratio_to_all - 1)
    if report.ground_truth == "scan":
        cost = "have this RMSE at the points of the other lines"
    elif change is None:
        cost = "have this RMSE"
    elif abs(change) < 0.05:
        cost = "leave RMSE as it is with all lines (to 0.1 %)"
    elif change < 0:
        cost = f"have {-change:.1f} % less RMSE than all lines"
    else:
        cost = f"cost {change:.1f} % in RMSE"
    whole = report.row("all")
    judged = whole is not None and whole.is_judged
    against = f", against {millimetres(whole.rmse_mm)} mm with all {report.n_lines}" if whole and judged else ""
    return f"{kept}, {cost}: {millimetres(row.rmse_mm)} mm ({interval(row)}){against}."


def doubts(report: ReportFile) -> list[str]:
    """Why the answer may be of no use: said before it."""
    return [printable(doubt) for doubt in report.doubts]


def interval(row: ReportRow) -> str:
    """The 95 % interval of a row's RMSE."""
    ends = row.interval_mm
    return "one frame: no interval" if ends is None else f"95 % interval {' to '.join(map(millimetres, ends))}"


def intervals(report: ReportFile) -> str:
    """What the 95 % intervals are made of and speak of."""
    freedom = chosen_row(report).degrees_of_freedom
    if chosen_row(report).interval_mm is None:
        return "One frame says nothing of others: no intervals."
    student = "" if freedom is None else f" (Student, {freedom:.3g} degrees of freedom)"
    return f"95 % intervals are {_BETWEEN[report.intervals_between]}{student}."


def ratio(report: ReportFile) -> str:
    """What the column of ratios is."""
    if report.ground_truth == "scan":
        return "no ratio, as all lines leave nothing to judge by"
    return "ratio: RMSE over that of all lines"


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
            f"one frame: no interval; the coalitions drawn on it leave standard errors of up to "
            f"{max(values.standard_error):.3g} {unit_of(values.metric)}"
        )
    return (
        f"95 % intervals of the mean over frames, as if independent (Student, {values.degrees_of_freedom:.3g} degrees "
        "of freedom); none where a value is exact"
    )
