"""A spread calibrated on drives and told of others, by a made-up game whose errors are known."""

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np
import pytest
from rich.console import Console
from scipy.ndimage import distance_transform_edt

from lidarsel.choices import SELECTORS
from lidarsel.errors import BadInputError, UsageError
from lidarsel.report.spread import spread_table, spread_told
from lidarsel.workflow.judging import Choice
from lidarsel.workflow.spreading import judge_spread

N_LINES, SIZE = 12, (48, 60)
KEPT = Choice("hand", (2, 6, 10))


class MadeUpGame:
    """Lines are rows 4 apart; errors are Gaussian about the truth, twice as large as the network says."""

    empty_coalition = "network"
    n_lines = N_LINES

    def __init__(self, drives: int = 8, wrong: float = 2.0, tells: bool = True) -> None:
        self.drives = [f"drive {number // 3}" for number in range(3 * drives)]
        self.network = SimpleNamespace(name="made-up", tells_spread=tells, complete_with_spread=print)
        self.dataset = SimpleNamespace(root=Path("made-up"))
        self.wrong = wrong

    def __len__(self) -> int:
        return len(self.drives)

    def active(self, _frame: int) -> np.ndarray:
        return np.arange(N_LINES) < 10

    def line_pixels(self, _frame: int) -> tuple[np.ndarray, np.ndarray]:
        line = np.repeat(np.arange(10), SIZE[1])
        return line, (4 * line + 3) * SIZE[1] + np.tile(np.arange(SIZE[1]), 10)

    def complete_with_spread(self, frame: int, kept: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        rng = np.random.default_rng([frame, *np.flatnonzero(kept)])
        sparse = np.zeros(SIZE)
        sparse[3 + 4 * np.flatnonzero(kept[:10])] = 20.0
        spread = (0.1 + 0.05 * distance_transform_edt(sparse == 0)) * rng.uniform(0.5, 2, SIZE)
        self.truth = 20 + self.wrong * spread * rng.standard_normal(SIZE)
        self.truth[: SIZE[0] // 4] = 0  # nothing to judge by
        return sparse, np.full(SIZE, 20.0), spread

    def swept_pixels(self, _frame: int) -> np.ndarray:
        return np.arange(3 * SIZE[1], SIZE[0] * SIZE[1])

    def frame(self, frame: int) -> Any:
        return SimpleNamespace(frame_id=f"frame {frame}", image=None)

    def truth_for(self, _frame: int, _kept: np.ndarray) -> np.ndarray:
        return self.truth


def judged(**given: Any) -> Any:
    return judge_spread(MadeUpGame(**given), [KEPT]).report  # type: ignore[arg-type]


def test_intervals_hold_what_they_promise_on_the_other_drives() -> None:
    found = judged()
    assert [(row.method, row.lines_by, row.budget) for row in found.rows] == [
        *(("network", "hand", 3), ("distance", "hand", 3)),
        *(("network", "spaced", 4), ("distance", "spaced", 4)),
        *(("network", "spaced", 8), ("distance", "spaced", 8)),
        *(("network", "all", 12), ("distance", "all", 12)),
    ]
    for row in found.rows:
        assert row.coverage_90 == pytest.approx(0.9, abs=0.01)
        assert row.coverage_95 == pytest.approx(0.95, abs=0.01)
        assert row.coverage_90_low is not None
        assert row.coverage_90_high is not None
        assert row.coverage_90_low < row.coverage_90 < row.coverage_90_high
        assert row.n_pixels == len(MadeUpGame()) * SIZE[0] * SIZE[1] * 3 // 4
    assert found.drives == 8


def test_a_spread_that_knows_more_than_the_distance_is_told_to() -> None:
    """The network's spread has the factor of every pixel, which the distance to a line does not tell."""
    network, distance = judged().rows[:2]
    assert network.half_width_m < 0.97 * distance.half_width_m
    assert network.likelihood < distance.likelihood - 0.05
    assert network.ause < 0.8 * distance.ause
    # Twice too small: 90 % of a Laplace distribution of that deviation hold 58.5 % of a Gaussian of twice it.
    assert network.unscaled_coverage_90 == pytest.approx(0.585, abs=0.01)
    assert distance.unscaled_coverage_90 is None


def test_half_intervals_by_line_are_least_at_kept_lines_and_unknown_out_of_the_image() -> None:
    by_line = judged().by_line_m
    assert by_line[10:] == [None, None]
    known = [half for half in by_line if half is not None]
    assert set(np.argsort(known)[:2].tolist()) == {2, 6}
    # 90 % of a Gaussian twice as wide as said: 3.29 of what is said, whose mean factor is 1.25 at a measured pixel.
    assert by_line[2] == pytest.approx(3.29 * 0.1 * 1.25, rel=0.1)


def test_sentences_say_where_one_is_blind() -> None:
    elevation_deg = [2.04 - 2 * line for line in range(N_LINES)]
    chosen = SimpleNamespace(method="hand", budget=3, lines=[2, 6, 10])
    report: Any = SimpleNamespace(spread=judged(), elevation_deg=elevation_deg, row=lambda *_: chosen)
    report.chosen_method, report.chosen_budget, report.rows = "hand", 3, [chosen]
    known, pays = spread_told(report)
    assert known.startswith("With 3 lines half of the 90 % interval is ")
    assert "narrower than those by distance" in pays
    assert spread_told(SimpleNamespace(spread=None)) == []  # type: ignore[arg-type]
    blind = [9.0, 1.0, 0.1, 5.0, 5.0, 1.0, 0.1, 4.0, 1.0, 1.0]
    by_line = [*blind[:2], 0.1, 5.0, 5.0, 1.0, 0.1, 4.0, 1.0, 1.0, None, None]
    report.spread = msgspec.structs.replace(report.spread, by_line_m=by_line)
    assert spread_told(report)[0] == (
        "With 3 lines half of the 90 % interval is 1.00 m at the middle one of the sensor's lines, 0.10 m at −2.0° and "
        "9.00 m at 2.0°; between kept lines more than 2 times the middle one's at 2.0°, −4.0° to −6.0°, −12.0°."
    )


def test_the_table_fits_eighty_columns_with_the_longest_name() -> None:
    widest = msgspec.structs.replace(
        judged().rows[0], lines_by=max(SELECTORS, key=len), coverage_90=1.0, coverage_90_low=0.99, coverage_90_high=1.0
    )
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(spread_table(SimpleNamespace(spread=SimpleNamespace(rows=[widest]))))  # type: ignore[arg-type]
    told = console.export_text()
    row = next(line for line in told.splitlines() if "network" in line)
    assert row.split()[:6] == ["3", widest.lines_by, "network", "100.0", "99–100", f"{100 * widest.coverage_95:.1f}"]
    assert len(row.split()) == 10
    assert "…" not in told


def test_one_drive_and_a_network_without_a_spread_are_refused() -> None:
    with pytest.raises(BadInputError, match="its frames are of one drive"):
        judged(drives=1)
    with pytest.raises(UsageError, match="made-up does not say how far its depths may be off"):
        judged(tells=False)
