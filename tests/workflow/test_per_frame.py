"""Lines chosen anew for every frame: what it gains, against every subset there is, and as a user runs it."""

import csv
import itertools
import sqlite3
from collections import defaultdict
from pathlib import Path
from statistics import fmean, pstdev

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lidarsel.contracts import ReportFile, read_contract, write_contract
from lidarsel.frame import ImagePoints
from lidarsel.report.page.html import html_page
from lidarsel.report.switching import TITLE
from lidarsel.report.table import report_markdown
from lidarsel.report_rows import PerFrameRow
from lidarsel.selection.base import Players, Problem
from lidarsel.selection.importance import Importance
from lidarsel.selection.registry import NAMES
from lidarsel.selection.room import Constraints, Room
from lidarsel.settings import read_settings
from lidarsel.workflow.per_frame import choose_on, frame_before, judge_choices, per_frame_row
from lidarsel.workflow.per_frame_importance import line_features, lines_of
from lidarsel.workflow.session import open_source
from tests.support.commands import lidarsel, succeeded
from tests.support.games import Game, gaps
from tests.support.quick import slow_but
from tests.support.report_samples import pictures, report, values

NBSP = "\N{NO-BREAK SPACE}"
N, FRAMES = 7, 4


def game_of(seed: int) -> Game:
    """Frames that differ: each has its own costs of bands left empty, all of them above 0."""
    intervals = list(itertools.combinations_with_replacement(range(N), 2))
    return gaps(intervals, np.random.default_rng(seed).exponential(1.0, (FRAMES, len(intervals))), N)[0]


def all_sets(budget: int) -> np.ndarray:
    """Bool (C(N, budget), N): every set of the budget."""
    return np.array([np.isin(range(N), lines) for lines in itertools.combinations(range(N), budget)])


def problem_on(game: Game, frame: int) -> Problem:
    return Problem(Players(np.ones(N)), error=lambda masks: -game.values(frame, masks), evaluations=128)


@pytest.mark.parametrize("method", slow_but(["exhaustive"], ["exhaustive", "interval"]))
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), budget=st.integers(1, N - 1))
def test_gain_is_that_of_enumeration(method: str, seed: int, budget: int) -> None:
    game, sets = game_of(seed), all_sets(budget)
    errors = np.array([-game.values(frame, sets) for frame in range(FRAMES)])
    best = int(errors.mean(0).argmin())
    fixed = tuple(np.flatnonzero(sets[best]).tolist())
    chosen = {frame: choose_on(problem_on(game, frame), method, {budget: fixed})[budget] for frame in range(FRAMES)}

    def errors_on(frame: int, masks: np.ndarray) -> np.ndarray:
        return -game.values(frame, masks)

    number = {tuple(np.flatnonzero(some).tolist()): place for place, some in enumerate(sets)}
    own = [number[tuple(chosen[frame])] for frame in range(FRAMES)]
    if method == "exhaustive":
        assert own == errors.argmin(1).tolist()
    same = judge_choices(errors_on, {frame: frame for frame in range(FRAMES)}, chosen, fixed, N)
    row = per_frame_row(method, "same frame", same, ["a"] * FRAMES)
    assert row.error == pytest.approx(errors[range(FRAMES), own].mean())
    assert row.gain == pytest.approx(errors.mean(0)[best] - row.error)
    assert row.gain >= -1e-9, "who finds nothing better keeps the fixed lines"
    assert row.gain_low is not None
    assert row.gain_high is not None
    assert row.gain_low <= row.gain <= row.gain_high

    before = judge_choices(errors_on, {frame: frame - 1 for frame in range(1, FRAMES)}, chosen, fixed, N)
    row = per_frame_row(method, "previous frame", before, ["a"] * FRAMES)
    late = [errors[frame, own[frame - 1]] for frame in range(1, FRAMES)]
    assert row.n_frames == FRAMES - 1
    assert (row.error, row.fixed_error) == pytest.approx((np.mean(late), errors[1:, best].mean()))
    assert row.gain == pytest.approx(row.fixed_error - row.error)


@pytest.mark.parametrize("method", [name for name in NAMES if name in ("random", "spaced", "greedy", "interval")])
def test_nobody_switches_to_worse_lines(method: str) -> None:
    game, sets = game_of(3), all_sets(3)
    for frame in range(FRAMES):
        errors = -game.values(frame, sets)
        best = tuple(np.flatnonzero(sets[errors.argmin()]).tolist())
        assert choose_on(problem_on(game, frame), method, {3: best}) == {3: best}


def test_the_frame_before_is_of_the_same_drive_and_used_or_not() -> None:
    assert frame_before(["a", "a", "a", "b", "b"], [0, 2, 3, 4]) == {2: 1, 4: 3}


@given(st.lists(st.tuples(st.integers(-1, 4), st.floats(0.5, 120, width=32)), max_size=30))
def test_features_are_those_of_each_lines_points(points: list[tuple[int, float]]) -> None:
    line, depth_m = np.array([p[0] for p in points], np.int16), np.array([p[1] for p in points], np.float32)
    where = np.zeros(len(points), np.int32)
    found = line_features(ImagePoints(where, where, depth_m, line), 5)
    of_all = [float(np.log(np.float64(depth))) for number, depth in zip(line, depth_m, strict=True) if number >= 0]
    for number in range(5):
        own = [float(np.log(np.float64(depth))) for other, depth in zip(line, depth_m, strict=True) if other == number]
        mean = fmean(own or of_all or [0.0])
        assert found[number] == pytest.approx([np.log(1 + len(own)), mean, pstdev(own) if own else 0.0], abs=1e-9)


def test_a_frames_lines_are_those_of_importance_that_it_has() -> None:
    importance = Importance(np.array([1, 2, 3, 5]), np.array([0.1, 0.4, 0.3, 0.2]), np.full(4, 0.1))
    room = Room(np.array([1, 1, 0, 1, 0, 1], bool), Constraints())
    assert lines_of(importance, room, [2, 4, 5]) == {2: (3, 5), 4: (0, 1, 3, 5), 5: (0, 1, 2, 3, 5)}
    apart = Room(np.array([1, 1, 0, 1, 0, 1], bool), Constraints(keep=(1,), drop=(3,), min_gap=2))
    assert lines_of(importance, apart, [2]) == {2: (1, 5)}


ROW = PerFrameRow(
    method="interval",
    budget=8,
    chosen_on="previous frame",
    n_frames=11,
    error=1900.0,
    fixed_error=2000.0,
    gain=100.0,
    gain_low=-20.0,
    gain_high=220.0,
)


def test_reports_tell_it_and_are_read_back(tmp_path: Path) -> None:
    told, untold = report(per_frame=[ROW]), report()
    write_contract(tmp_path / "report.json", told)
    assert read_contract(tmp_path / "report.json", ReportFile) == told
    older = msgspec.to_builtins(untold)
    del older["per_frame"]
    (tmp_path / "older.json").write_bytes(msgspec.json.encode(older))
    assert read_contract(tmp_path / "older.json", ReportFile) == untold
    range_told = f"-20.0{NBSP}to{NBSP}220"
    assert f"| 8 | previous frame | 11 | 2000 | 1900 | 100 | {range_told} | 5.0 |" in report_markdown(told)
    by_points = msgspec.structs.replace(ROW, method="switch")
    assert "which a sensor could do that knows its error" in report_markdown(told)
    assert "nothing is evaluated on a judged frame" in report_markdown(report(per_frame=[by_points]))
    assert "-20.0 to 220" in html_page(told, values(), pictures())
    for text in (report_markdown(untold), html_page(untold, values(), pictures())):
        assert TITLE not in text


@pytest.mark.parametrize("method", slow_but(["interval"], ["interval", "sas", "switch"]))
def test_a_run_per_frame(drives: Path, tmp_path: Path, method: str) -> None:
    chosen = tmp_path / "settings.yaml"
    chosen.write_text("network: nearest\ncrop: [48, 200]\nevaluations: 120\nsets: 24\n")
    asked = ("-k", "8", "--per-frame", "--settings", chosen, "--methods", method, "-m", method)
    out = succeeded(lidarsel("run", drives, *asked, "-o", tmp_path / "runs"))
    assert TITLE in out
    (folder,) = (tmp_path / "runs").iterdir()
    found = read_contract(folder / "report.json", ReportFile)
    with (folder / "lines-per-frame.csv").open() as file:
        rows = list(csv.DictReader(file))
    source = open_source(drives, read_settings(chosen))
    frames = list(source.dataset.frame_ids)
    assert len(found.frames) == 3, "two drives of three frames: the second is held out"
    for row in rows:
        game = source.game([frames.index(row["frame"])])
        lines = list(map(int, row["lines"].split()))
        fixed = found.row(method, int(row["budget"]))
        assert fixed is not None
        masks = np.array([np.isin(range(64), lines), np.isin(range(64), fixed.lines)])
        assert game.errors(0, masks)[:, 0].tolist() == [float(row["rmse_mm"]), float(row["fixed_rmse_mm"])]
        assert len(lines) == int(row["budget"])
        own = [other["lines"] for other in rows if other["frame"] == other["chosen_on_frame"] == row["chosen_on_frame"]]
        assert row["lines"] in own
    for told in found.per_frame:
        same = told.chosen_on == "same frame"
        mine = [
            row
            for row in rows
            if int(row["budget"]) == told.budget and (row["frame"] == row["chosen_on_frame"]) == same
        ]
        assert len(mine) == told.n_frames == (3 if same else 2)
        assert told.error == pytest.approx(np.mean([float(row["rmse_mm"]) for row in mine]))
        assert told.gain == pytest.approx(told.fixed_error - told.error)
        if same and method == "interval":
            assert told.gain >= 0
    assert {(told.budget, told.chosen_on) for told in found.per_frame} == set(
        itertools.product((8,), ("same frame", "previous frame"))
    )
    assert (folder / "importance-per-frame.csv").exists() == (method == "switch")
    if method == "switch":
        present = {name: source.game([frames.index(name)]).active(0) for name in found.frames}
        check_importance(folder, rows, present)


def check_importance(folder: Path, rows: list[dict[str, str]], present: dict[str, np.ndarray]) -> None:
    """Of the lines that a frame has, those of importance, and no set evaluated on a judged frame but the judged ones.

    present: bool (n_lines,) of each judged frame.
    """
    by_frame: defaultdict[str, dict[int, float]] = defaultdict(dict)
    with (folder / "importance-per-frame.csv").open() as file:
        for row in csv.DictReader(file):
            by_frame[row["frame"]][int(row["line"])] = float(row["importance"])
            assert 0 < float(row["spread"]) < 1
    assert set(by_frame) == {row["chosen_on_frame"] for row in rows} == set(present)
    for row in rows:
        source = row["chosen_on_frame"]
        assert sum(by_frame[source].values()) == pytest.approx(1)
        importance = {line: own for line, own in by_frame[source].items() if present[source][line]}
        assert list(map(int, row["lines"].split())) == sorted(sorted(importance, key=lambda i: -importance[i])[:8])
    assert len({tuple(importance.values()) for importance in by_frame.values()}) == len(present)
    store = sqlite3.connect(folder / "evaluations.sqlite")
    counted = "SELECT name, COUNT(*) FROM evaluation JOIN frame ON frame = frame.id GROUP BY name"
    with store:
        evaluated = dict(store.execute(counted))
    store.close()
    for frame in present:
        mine = {row["lines"] for row in rows if row["frame"] == frame}
        assert evaluated.pop(frame) <= len(mine) + len(("all", "none", "fixed"))
    assert min(evaluated.values()) > 24
