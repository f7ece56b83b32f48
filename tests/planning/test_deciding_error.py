"""A plan bounds the error that decided, or RMSE where that is asked for; older reports tell intervals of RMSE alone."""

import msgspec
import pytest

from lidarsel.errors import UsageError
from lidarsel.planning.cost_chart import cost_chart
from lidarsel.planning.entries import sensor_headings, step_headings
from lidarsel.planning.findings import findings
from lidarsel.planning.plan import make_plan
from lidarsel.report.metric_words import error_of, metric_name
from tests.planning.test_plan import ALL_MM, made, some
from tests.support.quick import slow_but
from tests.support.report_samples import decided_by

UNITS = [("mae", "mm"), ("irmse", "1/km"), ("balanced", "× all")]


@pytest.mark.parametrize(("metric", "unit"), slow_but([("balanced", "× all")], UNITS))
def test_the_bound_and_all_figures_are_of_the_error_that_decided(metric: str, unit: str) -> None:
    """MAE and iRMSE of the sample are in proportion to RMSE, so the lines that hold a ratio are the same."""
    plain = made()
    rows = [msgspec.structs.replace(each, errors_by={"balanced": each.rmse_mm / ALL_MM}) for each in plain.rows]
    content = decided_by(msgspec.structs.replace(plain, rows=rows), metric)
    found, by_rmse = make_plan(content, None, 1.5, {16: 4000.0}), make_plan(content, None, 1.5, metric="rmse")
    assert (found.metric, by_rmse.metric) == (metric, "rmse")
    assert some(found.fewest).lines == some(by_rmse.fewest).lines == 16
    sixteen = some(content.row("interval", 16))
    point = some(found.fewest)
    assert (point.error, point.low, point.high) == (error_of(sixteen, metric), sixteen.error_low, sixteen.error_high)
    assert found.bound == pytest.approx(1.5 * error_of(content.rows[0], metric))
    assert some(by_rmse.fewest).error == 1300
    said = dict(findings(found))["bound"]
    assert said.startswith(f"{metric_name(metric)} at most 1.5 times that of all 64 lines")
    assert f"{unit} a line\nmeasured" in step_headings(found)
    assert f"{unit} per\nmoney" in sensor_headings(found)
    assert metric_name(metric) in cost_chart(found).y.title


def test_a_report_older_than_intervals_of_what_decided_is_planned_by_rmse_alone() -> None:
    old = msgspec.structs.replace(made(), metric="mae")
    with pytest.raises(UsageError, match=r"no 95 % CI of MAE.*make it anew, or give --max-rmse-ratio"):
        make_plan(old, None, 1.5)
    assert some(make_plan(old, None, 1.5, metric="rmse").fewest).lines == 16
