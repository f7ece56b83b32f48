"""A report beside its baseline: what became worse, what is missing, and whether the lines are still the same."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lidarsel.checking.comparable import changes, differences
from lidarsel.checking.limits import Limits
from lidarsel.checking.possible import require_possible
from lidarsel.checking.rises import ROUNDING, change, percent, rises, rises_within_parts
from lidarsel.choices import METRICS
from lidarsel.contracts import ReportFile, read_contract
from lidarsel.errors import BadInputError
from lidarsel.printable import printable
from lidarsel.report.metric_words import error_of, error_text, unit_of
from lidarsel.report.words import count, method_name
from lidarsel.report_rows import PerFrameRow, ReportRow

Verdict = Literal["ok", "better", "new", "FAILED", "MISSING"]


@dataclass(frozen=True)
class RowCheck:
    """A method and budget, before and now; one of both is None where only the other report has it.

    change: of each metric, as a share of the baseline's; None where that was 0 and nothing can be a share of it.
    jaccard: lines in both over lines in either. failures: a sentence each; empty where the row is fine.
    """

    name: str
    method: str
    budget: int
    verdict: Verdict
    baseline: ReportRow | None
    now: ReportRow | None
    change: dict[str, float | None]
    jaccard: float | None
    failures: list[str]


@dataclass(frozen=True)
class Comparison:
    """All of a check. metric: the error that decided. frames, chosen, per_frame: failures of the report as a whole;
    rows: most lines first."""

    passed: bool
    metric: str
    limits: Limits
    frames: list[str]
    chosen: list[str]
    per_frame: list[str]
    rows: list[RowCheck]
    notes: list[str]

    def failures(self) -> list[str]:
        """Every failure, a sentence each."""
        return [
            *self.frames,
            *self.chosen,
            *self.per_frame,
            *(failure for row in self.rows for failure in row.failures),
        ]


def check_files(report: Path, baseline: Path, limits: Limits) -> Comparison:
    """Read and compare two report files. Raises BadInputError where one is damaged, holds what no run can have written,
    or they answer different questions.

    With other data, ground truth or metric the difference of two errors means nothing: that is no regression, but a
    baseline that does not belong to the report.
    """
    now, before = read_contract(report, ReportFile), read_contract(baseline, ReportFile)
    require_possible(report, now)
    require_possible(baseline, before)
    found = differences(now, before)
    if found:
        remedy = "make the baseline anew from the data and settings of the report"
        raise BadInputError(report, f"cannot be compared with {baseline}, {', '.join(found)}", remedy)
    return compare(now, before, limits)


def compare(now: ReportFile, before: ReportFile, limits: Limits) -> Comparison:
    """Compare reports of the same data: every row of the baseline, its frames and the chosen lines."""
    rows_now, rows_before = _by_name(now), _by_name(before)
    rows = []
    for key in dict.fromkeys([*rows_before, *rows_now]):
        is_chosen = key[0] == before.chosen_method
        rows.append(_check(rows_now.get(key), rows_before.get(key), limits, before.metric, is_chosen))
    rows.sort(key=lambda row: -row.budget)
    frames, chosen, gains = _frames(now, before), _chosen(now, before, limits), _gains(now, before, limits)
    passed = not (frames or chosen or gains or any(row.failures for row in rows))
    return Comparison(passed, before.metric, limits, frames, chosen, gains, rows, changes(now, before))


def jaccard(a: Sequence[int], b: Sequence[int]) -> float:
    """Lines in both over lines in either; two empty sets are alike (Jaccard 1912)."""
    either = set(a) | set(b)
    return len(set(a) & set(b)) / len(either) if either else 1.0


def row_name(row: ReportRow) -> str:
    """ "32 lines by spaced", "all lines"."""
    return method_name(row) if row.method in ("all", "none") else f"{count(row.budget, 'line')} by {method_name(row)}"


def _by_name(report: ReportFile) -> dict[tuple[str, int, int], ReportRow]:
    """Rows by method, budget and occurrence: several line files of one method and budget may be judged together."""
    seen: Counter[tuple[str, int]] = Counter()
    rows = {}
    for row in report.rows:
        rows[row.method, row.budget, seen[row.method, row.budget]] = row
        seen[row.method, row.budget] += 1
    return rows


def _check(now: ReportRow | None, before: ReportRow | None, limits: Limits, metric: str, is_chosen: bool) -> RowCheck:
    either = before or now
    assert either is not None
    name, method, budget = row_name(either), printable(either.method), either.budget
    if before is None:
        return RowCheck(name, method, budget, "new", None, now, {}, None, [])
    if now is None:
        missing = f"{name}: in the baseline, not in the report"
        return RowCheck(name, method, budget, "MISSING", before, None, {}, None, [missing])
    names = tuple(dict.fromkeys([*METRICS, metric]))
    was, has = ({key: error_of(row, key) for key in names} for row in (before, now))
    alike = jaccard(now.lines, before.lines)
    changed = {key: change(has[key], was[key]) for key in names}
    failures = [*rises(name, has, was, limits), *rises_within_parts(name, now, before, limits)]
    if is_chosen and alike < limits.min_jaccard:
        kept = len(set(now.lines) & set(before.lines))
        failures.append(
            f"{name}: keeps {kept} of the {count(budget, 'line')} of the baseline, Jaccard {alike:.2f}, at least "
            f"{limits.min_jaccard:g} asked"
        )
    if now.n_frames < before.n_frames:
        failures.append(f"{name}: judged on {count(now.n_frames, 'frame')}, the baseline on {before.n_frames}")
    better = has[metric] < was[metric] * (1 - limits.max_regression)
    verdict: Verdict = "FAILED" if failures else "better" if better else "ok"
    return RowCheck(name, method, budget, verdict, before, now, changed, alike, failures)


def _frames(now: ReportFile, before: ReportFile) -> list[str]:
    missing = [frame for frame in before.frames if frame not in set(now.frames)]
    if not missing:
        return []
    counted = f"{len(missing)} of the baseline's {count(len(before.frames), 'frame')}"
    return [f"frames: {counted} not judged any more, first {printable(missing[0])}"]


def _chosen(now: ReportFile, before: ReportFile, limits: Limits) -> list[str]:
    """Whether another method or budget is chosen now, with other lines."""
    names = [(report.chosen_method, report.chosen_budget) for report in (now, before)]
    if names[0] == names[1]:
        return []
    rows = now.row(*names[0]), before.row(*names[1])
    alike = jaccard(rows[0].lines, rows[1].lines) if rows[0] and rows[1] else 0.0
    if alike >= limits.min_jaccard:
        return []
    said = [f"{count(budget, 'line')} by {printable(method)}" for method, budget in names]
    return [f"chosen: {said[0]} instead of {said[1]}, Jaccard {alike:.2f}, at least {limits.min_jaccard:g} asked"]


def _gains(now: ReportFile, before: ReportFile, limits: Limits) -> list[str]:
    """What choosing lines for every frame gains less than it did."""
    found = []
    there = {_gain_name(row): row for row in now.per_frame}
    for was in before.per_frame:
        name = _gain_name(was)
        if name not in there:
            found.append(f"{name}: in the baseline, not in the report")
            continue
        has = there[name]
        allowed = limits.max_regression * abs(was.gain) + ROUNDING * was.fixed_error
        if has.gain < was.gain - allowed:
            figures = " -> ".join(error_text(row.gain, before.metric) for row in (was, has))
            fallen = f"{figures} {unit_of(before.metric)}, at most {percent(limits.max_regression)} less allowed"
            found.append(f"{name}: gain {fallen}")
        if has.n_frames < was.n_frames:
            found.append(f"{name}: judged on {count(has.n_frames, 'frame')}, the baseline on {was.n_frames}")
    return found


def _gain_name(row: PerFrameRow) -> str:
    return f"per frame: {count(row.budget, 'line')} by {printable(row.method)} chosen on the {row.chosen_on}"
