"""Of 100 intervals as they are written into values.json and report.json, 95 hold the truth.

What is read back from the files is compared with the mean that the frames were drawn from: the game is a table of
random errors, everything after it is what a run does.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from lidarsel.choices import FIGURES
from lidarsel.contracts import Provenance, ReportFile, ValuesFile, read_contract, write_contract
from lidarsel.settings import RunSettings
from lidarsel.workflow.files import report_file, write_values
from lidarsel.workflow.judging import Choice, judge
from lidarsel.workflow.valuing import value_lines
from tests.support.quick import slow_but
from tests.support.report_samples import MADE

FRAMES = (2, 3, 5, 12, 24)
EACH = ("of its own drive", "of one drive")
MADE_BY = Provenance(**MADE)  # type: ignore[arg-type]


@dataclass
class Frames:
    """What the stages ask of a line game: lines 0..n - 1 on frames of some drives."""

    n_lines: int
    drives: list[str]

    def __post_init__(self) -> None:
        self.frames = list(range(len(self.drives)))
        self.frame_ids = [f"{drive}/{frame}" for frame, drive in enumerate(self.drives)]
        self.dataset = self.network = self
        self.parts, self.key = (), SimpleNamespace(figures=FIGURES)
        self.name = "table"
        self.root, self.sensor, self.ground_truth = Path("table"), "table", "dense"
        self.elevation_kind = "cone"
        self.elevation_deg = -np.arange(self.n_lines, dtype=np.float64)

    def __len__(self) -> int:
        return len(self.drives)

    def active(self, frame: int) -> np.ndarray:
        return np.arange(self.n_lines)

    def unjudged(self, frame: int, coalitions: np.ndarray) -> np.ndarray:
        return np.zeros(len(coalitions), bool)

    def part_pixels(self, frame: int, coalitions: np.ndarray) -> np.ndarray:
        return np.zeros((len(coalitions), 0), np.int64)

    def constant_rmse_mm(self) -> float:
        return 1e6

    def digest(self, frame: int) -> str:
        return f"{frame:032x}"

    def points_per_line(self) -> np.ndarray:
        return np.ones(self.n_lines)


class Table:
    """A stored game whose errors are a table: of each set judged, by frame."""

    metric, ordered, figures = "rmse", True, FIGURES

    def __init__(self, frames: Frames, errors_mm: np.ndarray) -> None:
        self.game, self.errors_mm = frames, errors_mm
        self.n_players, self.n_frames = frames.n_lines, len(frames.drives)

    def errors_many(self, requests: Iterable[tuple[int, np.ndarray]]) -> Iterator[np.ndarray]:
        """The sets of a report come in its order: row by row of the table."""
        for frame, coalitions in requests:
            assert len(coalitions) == self.errors_mm.shape[1]
            yield np.repeat(self.errors_mm[frame][:, None], len(FIGURES), axis=1)


class Sums(Table):
    """A stored game in which each line takes its own error away, another on every frame; errors_mm: (F, n)."""

    def values(self, frame: int, coalitions: np.ndarray) -> np.ndarray:
        worth: np.ndarray = coalitions @ self.errors_mm[frame]
        return worth


def covered(found: list[bool]) -> float:
    return 100 * sum(found) / len(found)


def report_of(errors_mm: np.ndarray, drives: list[str], path: Path) -> ReportFile:
    """errors_mm: (F, 2 K), of the chosen method and of another at K budgets, in turn."""
    frames = Frames(errors_mm.shape[1] // 2 + 1, drives)
    pairs = range(1, frames.n_lines)
    choices = [Choice(method, tuple(range(k))) for k in pairs for method in ("ours", "theirs")]
    ends = errors_mm[:, :1]  # of all lines and of none, which nobody asks about here
    game: Any = Table(frames, np.hstack([ends, errors_mm, ends]))
    dataset: Any = frames
    write_contract(path, report_file(judge(game, choices, choices[0], []), MADE_BY, dataset, []))
    return read_contract(path, ReportFile)


def report_coverage(
    rng: np.random.Generator, drives: list[str], drive_sigma: float, sigma: float, path: Path, repetitions: int
) -> tuple[float, float]:
    """How often intervals of RMSE and of paired differences hold the truth, in %: log-normal errors, 40 budgets."""
    rmse, difference, n_budgets = [], [], 40
    number = np.unique(drives, return_inverse=True)[1]
    for _ in range(repetitions):
        of_drive = drive_sigma * rng.standard_normal((len(drives), n_budgets))[number]
        ours = 1000 * np.exp(of_drive + sigma * rng.standard_normal((len(drives), n_budgets)))
        theirs = ours * np.exp(0.05 + 0.2 * rng.standard_normal(ours.shape))
        report = report_of(np.stack([ours, theirs], axis=2).reshape(len(drives), -1), drives, path)
        truth = 1000 * np.exp((drive_sigma**2 + sigma**2) / 2)
        more = truth * (np.exp(0.05 + 0.02) - 1)
        for row in report.rows:
            if row.method == "ours":
                assert row.interval_mm is not None
                rmse.append(row.interval_mm[0] <= truth <= row.interval_mm[1])
            elif row.method == "theirs":
                assert row.to_chosen_low_mm is not None
                assert row.to_chosen_high_mm is not None
                difference.append(row.to_chosen_low_mm <= more <= row.to_chosen_high_mm)
    return covered(rmse), covered(difference)


@pytest.mark.parametrize(
    ("n_frames", "each"),
    slow_but([(5, EACH[0]), (12, EACH[1])], [(n_frames, each) for n_frames in FRAMES for each in EACH]),
)
def test_intervals_of_the_report_hold_the_truth(n_frames: int, each: str, tmp_path: Path) -> None:
    drives = [f"{frame if each == 'of its own drive' else 0:02}" for frame in range(n_frames)]
    found = report_coverage(np.random.default_rng(n_frames), drives, 0.0, 0.5, tmp_path / "report.json", 50)
    # five frames of a drive are four stretches, one of them of two: the interval is for frames that are alike in it
    most = 98 if (n_frames, each) == (5, "of one drive") else 97
    assert all(93 <= one <= most for one in found), found


@pytest.mark.parametrize("lengths", [(3, 3, 3), (4, 4, 4, 4, 4, 4), (2, 2)])
def test_intervals_of_the_report_hold_where_frames_of_a_drive_are_alike(
    lengths: tuple[int, ...], tmp_path: Path
) -> None:
    drives = [f"{drive}" for drive, length in enumerate(lengths) for _ in range(length)]
    found = report_coverage(np.random.default_rng(0), drives, 0.4, 0.2, tmp_path / "report.json", 50)
    assert all(93 <= one <= 97 for one in found), found


@pytest.mark.parametrize("n_frames", FRAMES)
def test_intervals_of_values_json_hold_the_truth(n_frames: int, tmp_path: Path) -> None:
    rng, found = np.random.default_rng(n_frames), []
    truth = np.linspace(20, 200, 8)
    settings = RunSettings(estimator="exact", evaluations=10_000)
    for _ in range(100):
        worth = truth * (1 + 0.5 * rng.standard_normal((n_frames, 8)))
        game: Any = Sums(Frames(8, [f"{frame:02}" for frame in range(n_frames)]), worth)
        write_values(tmp_path / "values.json", value_lines(game, settings), MADE_BY)
        values = read_contract(tmp_path / "values.json", ValuesFile)
        for mean, half, expected in zip(values.mean, values.half_width(), truth, strict=True):
            assert half is not None
            found.append(abs(mean - expected) <= half)
    assert 93 <= covered(found) <= 97, covered(found)


def test_what_is_written_of_one_frame_has_no_interval(tmp_path: Path) -> None:
    report = report_of(1000.0 + np.arange(4.0)[None], ["a"], tmp_path / "report.json")
    assert {row.interval_mm for row in report.rows} == {None}
    assert {row.to_chosen_low_mm for row in report.rows} == {None}
    game: Any = Sums(Frames(3, ["a"]), np.ones((1, 3)))
    values = write_values(
        tmp_path / "values.json", value_lines(game, RunSettings(estimator="exact", evaluations=100)), MADE_BY
    )
    assert values.half_width() == [None, None, None]
