"""What rose beyond the limit in a row of a report: errors of all pixels, and of each part that both reports tell."""

from collections.abc import Mapping

from lidarsel.checking.limits import Limits
from lidarsel.choices import FIGURE_OF, METRICS
from lidarsel.report.by_part import title_of
from lidarsel.report.metric_words import error_text, metric_name, unit_of
from lidarsel.report_rows import ReportRow

ROUNDING = 1e-9
"""Relative: 1020 mm is 2 % more than 1000 mm, not more than 2 %, whatever the last bits say."""


def rises(name: str, has: Mapping[str, float], was: Mapping[str, float], limits: Limits) -> list[str]:
    """A sentence for each error that is greater than allowed.

    Args:
        name: what the errors are of.
        has: by what decides, now.
        was: the same before.
        limits: how much greater they may be.
    """
    return [
        f"{name}: {metric_name(key)} {error_text(was[key], key)} -> {error_text(has[key], key)} {unit_of(key)}"
        f"{_by(change(has[key], was[key]))}, at most {percent(limits.max_regression)} allowed"
        for key in was
        if key in has and has[key] > was[key] * (1 + limits.max_regression) * (1 + ROUNDING)
    ]


def rises_within_parts(name: str, now: ReportRow, before: ReportRow, limits: Limits) -> list[str]:
    """The same of each part that both rows tell; reports of other bands, or of none, have none in common."""
    found = []
    for part in before.by_part:
        errors = now.within(part.part)
        if errors is not None:
            was, has = (
                {str(key): error for key in METRICS if (error := getattr(row, FIGURE_OF[key])) is not None}
                for row in (part, errors)
            )
            found += rises(f"{name}, {title_of(part.part)}", has, was, limits)
    return found


def change(now: float, before: float) -> float | None:
    """As a share of what was before; None where that was 0 and nothing can be a share of it."""
    if before > 0:
        return now / before - 1
    return 0.0 if now == before else None


def percent(share: float) -> str:
    """A share as it is told."""
    return f"{100 * share:.3g} %"


def _by(share: float | None) -> str:
    return "" if share is None else f" (+{percent(share)})"
