"""How few lines hold an error bound, the cheapest sensor that does, and what each further line buys."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from lidarsel.contracts import ReportFile
from lidarsel.errors import UsageError
from lidarsel.planning.curve import PowerLaw
from lidarsel.planning.holdout import HoldOutTest, hold_out_largest
from lidarsel.planning.known import KnownErrors, Point, Step, known_errors
from lidarsel.planning.measured import all_lines, measured_rows
from lidarsel.planning.purchase import Sensor, cheapest, price_sensors
from lidarsel.planning.uncertainty import fit_rows
from lidarsel.report.words import cautions, doubts


@dataclass(frozen=True)
class Plan:
    """The answer, with what it rests on.

    law_interval: 95 % interval of each of its parameters. fewest: measured lines that hold the bound. fewest_by_curve:
    fewer, where the curve says so between two measured budgets; by_curve_interval: 95 % interval of that, its upper end
    None where the curve may not reach the bound within what was measured. cheapest: of the price list, whatever it is
    known by; cheapest_measured: of its measured sensors.
    """

    method: str
    n_lines: int
    max_rmse_ratio: float
    bound_mm: float
    law: PowerLaw
    law_interval: dict[str, tuple[float, float]]
    held_out: HoldOutTest
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

    Raises UsageError for a ratio that bounds nothing and for rows that are too few or unfit.
    """
    if not (isfinite(max_rmse_ratio) and max_rmse_ratio > 0):
        raise UsageError(
            f"--max-rmse-ratio {max_rmse_ratio:g} bounds nothing; give e.g. 1.05 for 5 % more than all lines"
        )
    whole, rows = all_lines(report), measured_rows(report, method or report.chosen_method)
    known = known_errors(rows, whole, max_rmse_ratio, fit_rows(rows, report.seed))
    held_out, sensors = hold_out_largest(rows, report.seed), price_sensors(prices or {}, known)
    by_curve, interval = known.fewest_by_curve(), known.curve.interval
    return Plan(
        method=rows[0].method,
        n_lines=report.n_lines,
        max_rmse_ratio=max_rmse_ratio,
        bound_mm=known.bound_mm,
        law=known.curve.law,
        law_interval={
            "c_mm": interval(lambda law: law.c_mm),
            "a_mm": interval(lambda law: law.a_mm),
            "alpha": interval(lambda law: law.alpha),
        },
        held_out=held_out,
        steps=known.steps(),
        fewest=known.fewest(),
        fewest_by_curve=by_curve,
        by_curve_interval=None if by_curve is None else _reach_interval(known),
        sensors=sensors,
        cheapest=cheapest(sensors),
        cheapest_measured=cheapest(sensors, only_measured=True),
        notes=[*doubts(report), *_limits(known, held_out, sensors, report.n_lines), *cautions(report)],
    )


def _reach_interval(known: KnownErrors) -> tuple[int, int | None]:
    low, high = known.curve.interval(known.reach)
    return int(low if isfinite(low) else known.fitted[-1]), int(high) if isfinite(high) else None


def _limits(known: KnownErrors, held_out: HoldOutTest, sensors: list[Sensor], n_lines: int) -> list[str]:
    """Where the answer ends: what a reader might take for known and is not."""
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
