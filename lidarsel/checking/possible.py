"""Reports that no run can have written: figures that contradict each other are refused before any is compared.

What a single row can tell is refused by ``contracts``; here stands what takes the report as a whole.
"""

from collections import Counter
from pathlib import Path

from lidarsel.choices import METRICS
from lidarsel.contracts import ReportFile
from lidarsel.errors import BadInputError
from lidarsel.printable import printable
from lidarsel.report.metric_words import error_of, unit_of
from lidarsel.report_rows import PerFrameRow, ReportRow

_ROUNDING = 1e-6
"""Relative: figures are written whole, but a report may have been rounded by hand."""


def require_possible(path: Path, report: ReportFile) -> None:
    """Raises BadInputError naming the file and what in it cannot be."""
    found = _problem(report)
    if found is not None:
        raise BadInputError(path, found, "make it anew with lidarsel run or lidarsel evaluate")


def _problem(report: ReportFile) -> str | None:
    for key in ("frames", "chosen_on_frames"):
        name, times = next(iter(Counter(getattr(report, key)).most_common(1)), ("", 0))
        if times > 1:
            return f"{key} names {printable(name)} {times} times"
    if report.row(report.chosen_method, report.chosen_budget) is None:
        return f"has no row of the chosen {report.chosen_budget} lines by {printable(report.chosen_method)}"
    found = (_row_problem(row, report) for row in report.rows)
    gains = (_gain_problem(row, report) for row in report.per_frame)
    told = next((problem for problem in (*found, *gains) if problem is not None), None)
    if told is None and all(_without_error(row) for row in report.rows):
        return "has no error in any row, which no completion has"
    return told


def _row_problem(row: ReportRow, report: ReportFile) -> str | None:
    name = f"row {printable(row.method)} {row.budget}"
    if len(set(row.lines)) < len(row.lines) or not all(0 <= line < report.n_lines for line in row.lines):
        return f"{name}: lines must be different ones of 0..{report.n_lines - 1}"
    if row.n_frames != len(report.frames):
        return f"{name}: n_frames {row.n_frames} where the report has {len(report.frames)} frames"
    if _without_error(row) and report.ground_truth != "scan":
        return f"{name}: all errors are 0, which ground truth {printable(report.ground_truth)} does not give"
    if (row.rmse_mm == 0) != (row.mae_mm == 0):
        return f"{name}: rmse_mm {row.rmse_mm:g} and mae_mm {row.mae_mm:g}, where both are 0 or neither is"
    for mean, root in (("mae_mm", "rmse_mm"), ("imae_per_km", "irmse_per_km")):
        if getattr(row, mean) > getattr(row, root) * (1 + _ROUNDING):
            return f"{name}: {mean} {getattr(row, mean):g} is above {root} {getattr(row, root):g}, which it never is"
    low, high = row.interval_mm or (row.rmse_mm, row.rmse_mm)
    if not low * (1 - _ROUNDING) <= row.rmse_mm <= high * (1 + _ROUNDING):
        return f"{name}: rmse_mm {row.rmse_mm:g} is not in its interval, {low:g} to {high:g}"
    whole, metric = report.row("all"), report.metric
    error = error_of(row, metric)
    low, high = row.error_interval or (error, error)
    if not low * (1 - _ROUNDING) <= error <= high * (1 + _ROUNDING):
        return f"{name}: the error that decided, {metric} {error:g}, is not in its interval, {low:g} to {high:g}"
    if whole is None:
        return None
    problem = _ratio_problem(f"{name}: ratio_to_all", row.ratio_to_all, row.rmse_mm, whole.rmse_mm, "mm")
    if problem is not None or not any(each.error_ratio_to_all is not None for each in report.rows):  # older than these
        return problem
    of_all, told = error_of(whole, metric), row.error_ratio_to_all
    return _ratio_problem(f"{name}: error_ratio_to_all", told, error, of_all, unit_of(metric))


def _ratio_problem(key: str, told: float | None, error: float, of_all: float, unit: str) -> str | None:
    ratio = error / of_all if of_all else None
    if ratio is told or (ratio is not None and told is not None and abs(told - ratio) <= _ROUNDING * max(ratio, 1)):
        return None
    said, right = ("null" if figure is None else f"{figure:.6g}" for figure in (told, ratio))
    return f"{key} {said} contradicts {error:g} {unit} over the {of_all:g} {unit} of all lines, which is {right}"


def _gain_problem(row: PerFrameRow, report: ReportFile) -> str | None:
    name = f"per_frame {printable(row.method)} {row.budget}"
    if row.n_frames > len(report.frames):
        return f"{name}: n_frames {row.n_frames} where the report has {len(report.frames)} frames"
    if abs(row.fixed_error - row.error - row.gain) > _ROUNDING * max(row.fixed_error, row.error, 1):
        return f"{name}: gain {row.gain:g} contradicts fixed_error {row.fixed_error:g} - error {row.error:g}"
    return None


def _without_error(row: ReportRow) -> bool:
    return all(error_of(row, metric) == 0 for metric in METRICS)
