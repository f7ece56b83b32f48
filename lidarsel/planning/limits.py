"""Where a plan by numbers of lines ends: what a reader might take for known and is not."""

from collections.abc import Sequence

from lidarsel.planning.holdout import HoldOutTest
from lidarsel.planning.known import KnownErrors
from lidarsel.planning.purchase import Sensor


def limits(
    known: KnownErrors, held_out: HoldOutTest | None, no_curve: str | None, sensors: Sequence[Sensor], n_lines: int
) -> list[str]:
    """Sentences of warning.

    Args:
        known: what is known by number of lines.
        held_out: the curve's test; None without a curve.
        no_curve: why there is none; None where the plan goes by products alone.
        sensors: of the price list.
        n_lines: of the log's lidar.
    """
    unknown = ", ".join(str(sensor.lines) for sensor in sensors if sensor.point is None and sensor.lines is not None)
    if held_out is None or known.curve is None:
        found = [f"Only measured rows answer, and fewer lines than these may do: {no_curve}."] if no_curve else []
        return [*found, f"Not judged, as not measured: sensors of {unknown} lines."] if unknown else found
    found = _of_curve(known, held_out, n_lines)
    if unknown:
        least, most = known.fitted[0], known.fitted[-1]
        found.append(
            f"Not judged, as neither measured nor between {least} and {most} lines: sensors of {unknown} lines."
        )
    return found


def _of_curve(known: KnownErrors, held_out: HoldOutTest, n_lines: int) -> list[str]:
    assert known.curve is not None
    found = []
    least, most, failing = known.fitted[0], known.fitted[-1], known.failing()
    if not held_out.within:
        found.append(
            f"The curve missed the largest budget by {100 * abs(held_out.off):.1f} %, outside its 95 % CI: go by "
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
    elif known.curve.law.error(failing.lines) <= known.bound:
        found.append(
            f"The curve holds the bound at {failing.lines} lines, where the measurement does not: it is off there, and "
            "nothing is read off it."
        )
    return found
