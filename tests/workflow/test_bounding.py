"""Bounds on other errors: against enumeration on a closed-form game, and by commands as a user gives them."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lidarsel.bounds import bound_of, parse_bounds
from lidarsel.errors import UsageError
from lidarsel.selection.base import Players
from lidarsel.selection.error_memory import as_masks
from lidarsel.settings import make_settings
from lidarsel.workflow.selecting import select_lines
from tests.support.commands import ROOT, assert_refused, lidarsel

SAMPLE = ROOT / "datasets" / "sample"
N = 11
FEW = ("--network", "nearest", "--sets", "40", "--evaluations", "200", "--same-frames")


def blind(masks: NDArray[np.bool_], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Float64 (M,): 1 and the weighted distance of every place to the nearest kept one; the more, the worse."""
    errors = []
    for mask in masks:
        kept = np.flatnonzero(mask)
        far = np.abs(np.arange(N)[:, None] - (kept if len(kept) else np.array([3 * N]))).min(1)
        errors.append(1 + float(weight @ far))
    return np.array(errors)


_SHARE = 0.04
"""Of all sets: a search that does not try all of them may miss the best one where fewer are within the bound."""
FAR, NEAR = np.linspace(0.6, 0.01, N) ** 2, 0.1 * np.linspace(0.01, 1, N) ** 3
"""What decides is made above, what is bounded below: lines chosen by the one leave the other blind."""


def means(masks: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return blind(masks, FAR), blind(masks, NEAR)[None]


def by_enumeration(budget: int, most: float) -> tuple[float, float, float]:
    """The least error among all sets of a budget within the bound, the least of what is bounded, and the share of the
    sets that are within."""
    sets = as_masks(list(itertools.combinations(range(N), budget)), N)
    errors, (others,) = means(sets)
    within = errors[others <= most]
    return (float(within.min()) if len(within) else np.inf), float(others.min()), len(within) / len(sets)


@pytest.mark.parametrize("method", ["interval", "exhaustive"])
@pytest.mark.parametrize("most", [1.05, 1.2, 1.6, 3.0])
def test_the_best_set_within_the_bound_is_found(method: str, most: float) -> None:
    settings = make_settings(at_most=(f"imae={most}",), sets=200, methods=(method,), choose=method)
    fewest = _SHARE if method == "interval" else 0
    budgets = [budget for budget in (3, 4, 6) if by_enumeration(budget, most)[2] > fewest]
    assert budgets
    error = lambda masks: blind(masks, FAR)  # noqa: E731
    found = select_lines(Players(np.ones(N), kind="line"), [method], budgets, settings, error, means=means)[method]
    for budget in budgets:
        mask = as_masks([found[budget].players], N)
        errors, ((other,),) = means(mask)
        assert len(found[budget].players) == budget
        assert other <= most
        assert errors[0] == pytest.approx(by_enumeration(budget, most)[0], rel=0.02 if method == "interval" else 1e-12)
        assert "at most" in found[budget].notes[-1]


def test_where_no_set_is_within_the_nearest_is_told() -> None:
    settings = make_settings(at_most=("imae=1.01",), methods=("exhaustive",), choose="exhaustive")
    players, error = Players(np.ones(N), kind="line"), lambda masks: blind(masks, FAR)
    least = by_enumeration(2, 1.01)[1]
    assert by_enumeration(9, 1.01)[1] <= 1.01 < least
    found = select_lines(players, ["exhaustive"], [9, 2], settings, error, means=means)["exhaustive"]
    assert means(as_masks([found[2].players], N))[1][0, 0] == least
    assert f"the nearest is beyond it by {100 * (least / 1.01 - 1):.1f} %" in found[2].notes[-1]
    with pytest.raises(UsageError, match=r"^--at-most imae=1.01: no evaluated set of 2 lines has iMAE at most"):
        select_lines(players, ["exhaustive"], [2], settings, error, means=means)


@pytest.mark.parametrize("text", ["irmse", "irmse=0.9", "irmse=", "luck=2", "=1.1", "irmse=nan", "irmse=1e3"])
def test_what_is_no_bound_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--at-most: .*; give e.g. irmse=1.1"):
        parse_bounds("--at-most", text)


def test_bounds_have_one_spelling() -> None:
    assert parse_bounds("--at-most", "iRMSE=1.10, rmse@0-10=1.2") == ("irmse=1.1", "rmse@0-10=1.2")
    assert bound_of("rmse@0-10=1.2").told == "RMSE within 0-10 m at most 1.2 times that of all lines"


def test_a_run_keeps_a_bound_and_says_how_it_held(tmp_path: Path) -> None:
    asked = ("run", SAMPLE, "-k", "8", *FEW, "--methods", "interval", "--json")
    free, bound = (lidarsel(*asked, *more, cwd=tmp_path) for more in ((), ("--at-most", "imae@0-10=2.6")))
    assert free.returncode == bound.returncode == 0, bound.stderr
    rows = [{row["method"]: row for row in json.loads(done.stdout)["rows"]} for done in (free, bound)]
    near = [
        next(part["imae_per_km"] for part in row["by_part"] if part["part"] == "0-10")
        for row in (rows[1]["interval"], rows[1]["all"], rows[0]["interval"])
    ]
    assert near[0] <= 2.6 * near[1] < near[2]
    assert rows[1]["interval"]["rmse_mm"] >= rows[0]["interval"]["rmse_mm"]
    (said,) = (note for note in json.loads(bound.stdout)["notes"] if note.startswith("On the judged frames"))
    assert said == (
        f"On the judged frames iMAE within 0-10 m is {near[0] / near[1]:.3f} times that of all lines; at most 2.6 was "
        "asked for."
    )
    assert json.loads(free.stdout)["stability"]
    assert json.loads(bound.stdout)["stability"] == [], "bounded lines were not chosen by the errors remembered"


@pytest.mark.slow
def test_a_bound_that_cannot_be_kept_is_refused(tmp_path: Path) -> None:
    refused = lidarsel("run", SAMPLE, "-k", "4", *FEW, "--methods", "interval", "--at-most", "mae=1.01", cwd=tmp_path)
    assert_refused(refused, "--at-most mae=1.01: no evaluated set of 4 lines has MAE at most 1.01", "allow more")
    refused = lidarsel("run", SAMPLE, "--per-frame", "--at-most", "mae=1.5", cwd=tmp_path)
    assert_refused(refused, "--per-frame lines chosen on single frames have no means for at_most to bound")
