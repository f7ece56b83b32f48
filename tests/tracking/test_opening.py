"""Trackers as they are opened: absent, failing, and told how the run ended."""

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from lidarsel.errors import UsageError
from lidarsel.tracking import opening
from lidarsel.tracking.base import Ending, TrackedRun
from lidarsel.tracking.opening import tracked
from tests.support.commands import ROOT, run

RUN = TrackedRun("a run", Path("nowhere"), {})
ABSENT = """
import importlib.util, sys

there = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name in ("tensorboardX", "mlflow") else there(name, *more)
sys.modules.update(torch=None, open3d=None)  # importing either fails
from lidarsel.cli import main
main()
"""


class Tracker:
    """Remembers what it is told; fails at a step."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.told: list[tuple[dict[str, float], int]] = []
        self.ended: Ending | None = None
        self.fails_at = fails_at

    def __call__(self, _: TrackedRun) -> "Tracker":
        return self

    def track(self, figures: Mapping[str, float], step: int) -> None:
        if step == self.fails_at:
            raise OSError("the server is gone")
        self.told.append((dict(figures), step))

    def end(self, how: Ending) -> None:
        self.ended = how


@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch) -> tuple[Tracker, Tracker]:
    found = Tracker(), Tracker(fails_at=2)
    monkeypatch.setattr(opening, "_KINDS", dict(zip(("tensorboard", "mlflow"), found, strict=True)))
    monkeypatch.setattr(opening, "require_installed", lambda names: None)
    return found


def test_one_that_fails_is_told_of_once_and_the_other_goes_on(
    both: tuple[Tracker, Tracker], capsys: pytest.CaptureFixture[str]
) -> None:
    with tracked(("tensorboard", "mlflow"), RUN) as track:
        for step in (1, 2, 3):
            track({"loss": step / 2}, step)
    whole, failing = both
    assert whole.told == [({"loss": 0.5}, 1), ({"loss": 1.0}, 2), ({"loss": 1.5}, 3)]
    assert failing.told == [({"loss": 0.5}, 1)]
    assert (whole.ended, failing.ended) == (Ending.WELL, None)
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "mlflow is told no more (the server is gone); the run's own files hold every figure"


@pytest.mark.parametrize(("error", "how"), [(ZeroDivisionError, Ending.FAILED), (KeyboardInterrupt, Ending.STOPPED)])
def test_they_are_told_how_a_run_ended(error: type[BaseException], how: Ending, both: tuple[Tracker, Tracker]) -> None:
    with pytest.raises(error), tracked(("tensorboard",), RUN):
        raise error
    assert both[0].ended == how
    assert both[1].ended is None, "it was not asked for"


def test_figures_have_names_that_every_tracker_takes(both: tuple[Tracker, Tracker]) -> None:
    names = ("rmse_mm/VLP-16", "imae_per_km@0-20/sas", "rmse:2,imae@0-20:1_ratio/my own (2 m)")
    with tracked(("tensorboard", "mlflow"), RUN) as track:
        track(dict.fromkeys(names, 1.5), 1)
    taken = ("rmse_mm/VLP-16", "imae_per_km_0-20/sas", "rmse_2_imae_0-20_1_ratio/my_own_2_m_")
    assert [one.told for one in both] == [[(dict.fromkeys(taken, 1.5), 1)]] * 2


def test_none_is_loaded_unless_it_is_asked_for() -> None:
    with tracked((), RUN) as track:
        track({"loss": 1.0}, 1)


def test_one_that_is_not_installed_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"--log-to mlflow needs mlflow: pip install 'lidarsel\[mlflow\]'"):
        opening.require_installed(("mlflow",))


@pytest.mark.parametrize("command", ["train", "sweep"])
@pytest.mark.parametrize(
    ("tracker", "told"),
    [
        ("tensorboard", "--log-to tensorboard needs tensorboardX: pip install 'lidarsel[tensorboard]'"),
        ("mlflow", "--log-to mlflow needs mlflow: pip install 'lidarsel[mlflow]'"),
        ("mlfow", "--log-to 'mlfow' is none of tensorboard, mlflow; the nearest is mlflow"),
    ],
)
def test_a_command_says_so_in_one_line_before_anything_heavy_is_loaded(
    command: str, tracker: str, told: str, tmp_path: Path
) -> None:
    words = [command, ROOT / "datasets" / "sample", "--log-to", tracker]
    done = run([sys.executable, "-c", ABSENT, *words], cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"lidarsel: {told}\n")
    assert not list(tmp_path.iterdir())
