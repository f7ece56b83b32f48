"""How few lines hold an error bound, the cheapest sensor that does, and what each further line buys."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from lidarsel.contracts import ReportFile
from lidarsel.errors import UsageError
from lidarsel.planning.curve import PowerLaw
from lidarsel.planning.holdout import HoldOutTest, hold_out_largest
from lidarsel.planning.known import KnownErrors, Point, Step, known_errors
from lidarsel.planning.measured import all_lines, measured_rows, require_curve
from lidarsel.planning.purchase import Sensor, cheapest, price_sensors
from lidarsel.planning.uncertainty import FittedCurve, fit_rows
from lidarsel.report.words import cautions, doubts
from lidarsel.report_rows import ReportRow


@dataclass(frozen=True)
class Plan:
    """The answer, with what it rests on.

    Attributes:
        law: the curve of error against lines; None where the measured budgets are too few for one.
        law_interval: 95 % interval of each of its parameters; empty without it.
        held_out: how well a curve without the largest budget told that one; None without a curve.
        fewest: the smallest measured budget that holds the bound.
        fewest_by_curve: fewer lines, where the curve holds the bound between two measured budgets.
        by_curve_interval: 95 % interval of that number; its upper end is None where the curve may not reach the bound
            within what was measured.
        cheapest: sensor of the price list that holds the bound, by measurement or by the curve.
        cheapest_measured: the same by measurement alone.
    """

    method: str
    n_lines: int
    max_rmse_ratio: float
    bound_mm: float
    law: PowerLaw | None
    law_interval: dict[str, tuple[float, float]]
    held_out: HoldOutTest | None
    steps: list[Step]
    fewest: Point | None
    fewest_by_curve: Point | None
    by_curve_interval: tuple[int, int | None] | None
    sensors: list[Sensor]
    cheapest: Sensor | None
    cheapest_measured: Sensor | None
    notes: list[str]


def make_plan(
    report: ReportFile, method: str | None, max_rmse_ratio: float, prices: Mapping[int, float] | None = None
) -> Plan:
    """Plan by the rows of a method, the report's chosen one by default.

    A measured row that holds the bound is an answer by itself; what lies between rows takes a curve.

    Raises UsageError for a ratio that bounds nothing, and where no row holds it and the rows allow no curve.
    """
    if not (isfinite(max_rmse_ratio) and max_rmse_ratio > 0):
        raise UsageError(
            f"--max-rmse-ratio {max_rmse_ratio:g} bounds nothing; give e.g. 1.05 for 5 % more than all lines"
        )
    whole, rows = all_lines(report), measured_rows(report, method or report.chosen_method)
    no_curve = _why_no_curve(report, rows)
    curve = None if no_curve else fit_rows(rows, report.seed)
    known = known_errors(rows, whole, max_rmse_ratio, curve)
    fewest = known.fewest()
    if no_curve and (fewest is None or fewest.lines == report.n_lines):
        raise UsageError(no_curve)
    held_out, sensors = hold_out_largest(rows, report.seed) if curve else None, price_sensors(prices or {}, known)
    by_curve = known.fewest_by_curve()
    limits = _without_curve(no_curve, sensors) if no_curve else _limits(known, held_out, sensors, report.n_lines)
    return Plan(
        method=rows[0].method,
        n_lines=report.n_lines,
        max_rmse_ratio=max_rmse_ratio,
        bound_mm=known.bound_mm,
        law=curve.law if curve else None,
        law_interval=_law_interval(curve) if curve else {},
        held_out=held_out,
        steps=known.steps(),
        fewest=fewest,
        fewest_by_curve=by_curve,
        by_curve_interval=_reach_interval(known, curve) if curve and by_curve else None,
        sensors=sensors,
        cheapest=cheapest(sensors),
        cheapest_measured=cheapest(sensors, only_measured=True),
        notes=[*doubts(report), *limits, *cautions(report)],
    )


def _why_no_curve(report: ReportFile, rows: list[ReportRow]) -> str:
    """Why the rows allow no curve; empty where they do."""
    try:
        require_curve(report, rows)
    except UsageError as error:
        return str(error)
    return ""


def _law_interval(curve: FittedCurve) -> dict[str, tuple[float, float]]:
    return {
        "c_mm": curve.interval(lambda law: law.c_mm),
        "a_mm": curve.interval(lambda law: law.a_mm),
        "alpha": curve.interval(lambda law: law.alpha),
    }


def _reach_interval(known: KnownErrors, curve: FittedCurve) -> tuple[int, int | None]:
    low, high = curve.interval(known.reach)
    return int(low if isfinite(low) else known.fitted[-1]), int(high) if isfinite(high) else None


def _without_curve(no_curve: str, sensors: list[Sensor]) -> list[str]:
    """What a reader must know of an answer by measured rows alone."""
    unknown = ", ".join(str(sensor.lines) for sensor in sensors if sensor.point is None)
    found = [f"Only measured rows answer, and fewer lines than these may do: {no_curve}."]
    return [*found, f"Not judged, as not measured: sensors of {unknown} lines."] if unknown else found


def _limits(known: KnownErrors, held_out: HoldOutTest | None, sensors: list[Sensor], n_lines: int) -> list[str]:
    """Where the answer ends: what a reader might take for known and is not."""
    assert known.curve is not None
    assert held_out is not None
    found = []
    least, most, failing = known.fitted[0], known.fitted[-1], known.failing()
    if not held_out.within:
        found.append(
            f"The curve missed the largest budget by {100 * abs(held_out.off):.1f} %, outside its 95 % interval: go by "
            "the measured rows, not by the curve."
        )
    if failing is None:
        found.append(f"Fewer than {least} lines were not measured, and the curve is not drawn below.")
    elif failing.lines == most and n_lines - most > 1:
        wanted = sorted({round(most + share * (n_lines - most)) for share in (1 / 3, 2 / 3)} - {most, n_lines})
        found.append(
            f"Nothing was measured between {most} and all {n_lines} lines, and the curve is not drawn beyond {most}: "
            f"fewer than {n_lines} may do. Measure with lidarsel run DATA --budget {','.join(map(str, wanted))}."
        )
    elif known.curve.law.error_mm(failing.lines) <= known.bound_mm:
        found.append(
            f"The curve holds the bound at {failing.lines} lines, where the measurement does not: it is off there, and "
            "nothing is read off it."
        )
    unknown = ", ".join(str(sensor.lines) for sensor in sensors if sensor.point is None)
    if unknown:
        found.append(
            f"Not judged, as neither measured nor between {least} and {most} lines: sensors of {unknown} lines."
        )
    return found
