"""How few lines hold an error bound, the cheapest sensor that does, and what each further line buys."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from lidarsel.contracts import ReportFile
from lidarsel.errors import UsageError
from lidarsel.planning.curve import PowerLaw
from lidarsel.planning.holdout import HoldOutTest, hold_out_largest
from lidarsel.planning.known import KnownErrors, Point, Step, known_errors
from lidarsel.planning.limits import limits
from lidarsel.planning.measured import MeasuredRow, all_lines, measured_rows, product_rows, require_curve
from lidarsel.planning.products import product_notes
from lidarsel.planning.purchase import Sensor, cheapest, price_sensors
from lidarsel.planning.uncertainty import FittedCurve, fit_rows
from lidarsel.printable import printable
from lidarsel.report.cautions import caution_texts
from lidarsel.report.words import doubts


@dataclass(frozen=True)
class Plan:
    """The answer, with what it rests on.

    Attributes:
        metric: the error that is bounded, which decided unless RMSE was asked for; all figures are of it, in its unit.
        method: whose rows of so many lines it goes by; None where it goes by products alone.
        law: the curve of error against lines; None where the measured budgets are too few for one.
        law_interval: 95 % interval of each of its parameters; empty without it.
        held_out: how well a curve without the largest budget told that one; None without a curve.
        fewest: the smallest measured budget that holds the bound.
        fewest_by_curve: fewer lines, where the curve holds the bound between two measured budgets.
        by_curve_interval: 95 % interval of that number; its upper end is None where the curve may not reach the bound
            within what was measured.
        cheapest: sensor of the price list that holds the bound, by measurement or by the curve.
        cheapest_measured: the same by measurement alone, on the log's own lines or those that imitate a product.
    """

    metric: str
    method: str | None
    n_lines: int
    max_ratio: float
    bound: float
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
    report: ReportFile,
    method: str | None,
    max_ratio: float,
    prices: Mapping[int | str, float] | None = None,
    metric: str | None = None,
) -> Plan:
    """Plan by the rows of a method, the report's chosen one by default, and by those of the products of a price list.

    A measured row that holds the bound is an answer by itself; what lies between rows takes a curve.

    Args:
        report: what is known.
        method: whose rows; None is the chosen one's.
        max_ratio: the error allowed, as a multiple of that of all lines.
        prices: by number of lines or product.
        metric: the error that is bounded; None is the one that decided.

    Raises UsageError for a ratio that bounds nothing, and where no row holds it and the rows allow no curve.
    """
    if not (isfinite(max_ratio) and max_ratio > 0):
        raise UsageError(
            f"a ratio of {max_ratio:g} to all lines bounds nothing; give e.g. 1.05 for 5 % more than all lines"
        )
    metric = metric or report.metric
    whole, products = all_lines(report, metric), product_rows(report, metric)
    rows = _rows_of_lines(report, method, metric, products)
    no_curve = _why_no_curve(report, rows) if rows else None
    curve = fit_rows(rows, report.seed) if no_curve == "" else None
    known = known_errors(rows, whole, max_ratio, curve)
    fewest = known.fewest() if rows else None
    sensors = price_sensors(prices or {}, known, products)
    judged = any(sensor.model is not None and sensor.point is not None for sensor in sensors)
    if not judged and not rows:
        raise UsageError(_nothing_to_go_by(report, products))
    if no_curve and not judged and (fewest is None or fewest.lines == report.n_lines):
        raise UsageError(no_curve)
    held_out = hold_out_largest(rows, report.seed) if curve else None
    by_curve = known.fewest_by_curve() if curve else None
    return Plan(
        metric=metric,
        method=rows[0].method if rows else None,
        n_lines=report.n_lines,
        max_ratio=max_ratio,
        bound=known.bound,
        law=curve.law if curve else None,
        law_interval=_law_interval(curve) if curve else {},
        held_out=held_out,
        steps=known.steps() if rows else [],
        fewest=fewest,
        fewest_by_curve=by_curve,
        by_curve_interval=_reach_interval(known, curve) if curve and by_curve else None,
        sensors=sensors,
        cheapest=cheapest(sensors),
        cheapest_measured=cheapest(sensors, only_measured=True),
        notes=[
            *doubts(report),
            *product_notes(report, sensors),
            *limits(known, held_out, no_curve, sensors, report.n_lines),
            *caution_texts(report),
        ],
    )


def _rows_of_lines(
    report: ReportFile, method: str | None, metric: str, products: Mapping[str, MeasuredRow]
) -> list[MeasuredRow]:
    """The rows of the method asked for, else of the chosen one; none where that is a product. Raises UsageError."""
    if method is None and report.chosen_method in products:
        return []
    return measured_rows(report, method or report.chosen_method, metric)


def _nothing_to_go_by(report: ReportFile, products: Mapping[str, MeasuredRow]) -> str:
    names = printable(", ".join(products))
    return f"the report's lines are those of {names}: give --price with prices of them, or another --method"


def _why_no_curve(report: ReportFile, rows: list[MeasuredRow]) -> str:
    """Why the rows allow no curve; empty where they do."""
    try:
        require_curve(report, rows)
    except UsageError as error:
        return str(error)
    return ""


def _law_interval(curve: FittedCurve) -> dict[str, tuple[float, float]]:
    return {
        "c": curve.interval(lambda law: law.c),
        "a": curve.interval(lambda law: law.a),
        "alpha": curve.interval(lambda law: law.alpha),
    }


def _reach_interval(known: KnownErrors, curve: FittedCurve) -> tuple[int, int | None]:
    low, high = curve.interval(known.reach)
    return int(low if isfinite(low) else known.fitted[-1]), int(high) if isfinite(high) else None
