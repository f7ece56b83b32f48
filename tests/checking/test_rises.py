"""A regression within a band of distance fails a check although no figure over all pixels shows it."""

import msgspec
import pytest

from lidarsel.checking.compare import compare
from lidarsel.checking.limits import Limits
from lidarsel.contracts import ReportFile
from lidarsel.report_rows import PartErrors, ReportRow
from tests.report.test_by_part import by_distance
from tests.support.report_samples import report

LIMITS = Limits(0.02, 1.0)


def with_near(content: ReportFile, times: float) -> ReportFile:
    """The iMAE within 0-10 m of every row, so many times as great."""

    def changed(part: PartErrors) -> PartErrors:
        near = part.part == "0-10" and part.imae_per_km is not None
        return msgspec.structs.replace(part, imae_per_km=times * (part.imae_per_km or 0)) if near else part

    def row(one: ReportRow) -> ReportRow:
        return msgspec.structs.replace(one, by_part=[changed(part) for part in one.by_part])

    return msgspec.structs.replace(content, rows=[row(one) for one in content.rows])


@pytest.mark.parametrize("times", [1.02, 0.5])
def test_within_the_limit_it_passes(times: float) -> None:
    assert compare(with_near(by_distance(), times), by_distance(), LIMITS).passed


def test_beyond_it_fails_and_says_where() -> None:
    found = compare(with_near(by_distance(), 1.1), by_distance(), LIMITS)
    assert not found.passed
    assert "8 lines by sas-region, 0-10 m: iMAE 8.00 -> 8.80 1/km (+10 %), at most 2 % allowed" in found.failures()
    assert len(found.failures()) == len(by_distance().rows)


def test_reports_without_bands_still_compare() -> None:
    old = report((8,))
    assert compare(by_distance(), old, LIMITS).passed
    assert compare(old, by_distance(), LIMITS).passed
