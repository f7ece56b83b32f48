"""``lidarsel profile`` and ``--like`` as users run them, and where they refuse."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lidarsel.completion.tensor_files import read_safetensors
from lidarsel.datasets.base import ReadOptions
from lidarsel.errors import BadInputError, UsageError
from lidarsel.profiles.file import read_profile
from lidarsel.profiles.fleet import fleet_of
from lidarsel.profiles.settings import ProfileSettings
from lidarsel.simulation.settings import SimulateSettings
from lidarsel.training.processes import Processes
from lidarsel.training.recipe import Recipe, read_recipe
from lidarsel.training.settings import TrainSettings
from lidarsel.workflow import demo, training_frames
from lidarsel.workflow.private_training import read_statement
from lidarsel.workflow.profiling import simulating_like
from tests.support.commands import assert_refused, lidarsel, succeeded

OUT = "fleet.safetensors"
SMALL = SimulateSettings(frames=1, drives=2, image_height=64, image_width=200, azimuth_step_deg=1.0)


@pytest.fixture(scope="module")
def made(drives: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("profile")
    said = succeeded(lidarsel("profile", drives, "-o", OUT, "--epsilon", 8, "--delta", "1e-3", cwd=folder))
    assert said.splitlines() == [
        f"profile: {OUT}, of 2 drives",
        f"what it promises: lidarsel privacy {OUT}",
        f"streets like these: lidarsel simulate OUT --like {OUT}",
    ]
    return folder / OUT


def test_the_file_promises_what_was_asked_for_and_names_no_data(drives: Path, made: Path) -> None:
    statement, counted_again = read_statement(made)
    assert (statement.unit, statement.n_units, statement.epsilon, statement.delta) == ("drive", 2, 8.0, 1e-3)
    assert succeeded(lidarsel("privacy", made)).splitlines() == [*statement.sentences(), counted_again]
    assert counted_again == "counted again: delta 0.001 at epsilon 8, by the exact condition"
    told = json.dumps(read_safetensors(made)[1])
    assert not [word for word in (str(drives), drives.name, "2000_01_01", "fingerprint", "command") if word in told]


def test_without_epsilon_it_promises_nothing(drives: Path, tmp_path: Path) -> None:
    said = succeeded(lidarsel("profile", drives, "-o", OUT, "--frames", 1, "--unit", "frame", cwd=tmp_path))
    assert "it promises nothing to anybody: give --epsilon" in said
    assert read_profile(tmp_path / OUT).facts.n_units == 6
    with pytest.raises(BadInputError, match=r"a profile that promises nothing, .*; make it with lidarsel profile"):
        read_statement(tmp_path / OUT)


def test_simulated_drives_are_like_the_profile(made: Path, tmp_path: Path) -> None:
    small = ("--frames", 1, "--image-size", "64x200", "--azimuth-step-deg", 1, "--like", made)
    succeeded(lidarsel("simulate", tmp_path / "here", *small))
    fleet = json.loads((tmp_path / "here" / "lidarsel_simulation.json").read_bytes())["settings"]["fleet"]
    assert fleet["profile_sha256"] == hashlib.sha256(made.read_bytes()).hexdigest()
    assert sum(fleet["shares"]) == pytest.approx(1)
    assert fleet_of(made) == fleet_of(made)
    assert simulating_like(SMALL, made).fleet == fleet_of(made)


def test_what_does_not_go_together_is_refused(drives: Path, made: Path, tmp_path: Path) -> None:
    assert_refused(lidarsel("run", drives, "--like", made, cwd=tmp_path), "--like is for simulated", str(drives))
    assert_refused(lidarsel("profile", drives, "--epsilon", 0, cwd=tmp_path), "--epsilon is 0, but must be above 0")
    assert not list(tmp_path.iterdir())
    with pytest.raises(UsageError, match="--drop-out contradicts --like"):
        simulating_like(replace(SMALL, drop_out=0.2), made)
    with pytest.raises(BadInputError, match="gone"):
        fleet_of(tmp_path / "gone")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"epsilon": 51.0}, "epsilon is 51, but must be above 0 and at most 50"),
        ({"delta": 1.0}, "delta is 1, but must be from 1e-12 to below 1"),
        ({"frames": 0}, "frames is 0, but must be at least 1"),
    ],
)
def test_settings_that_make_no_sense_are_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        ProfileSettings(**given)


def test_a_run_of_simulated_streets_is_on_drives_like_the_profile(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "SETTINGS", SMALL)
    data = demo.data_like(made, tmp_path)
    assert data.name.startswith(f"simulated-like-{read_profile(made).sha256}")
    assert len(list(data.glob("2000_01_01/*_sync"))) == 2
    assert demo.data_like(made, tmp_path) == data


def test_training_is_on_streets_of_the_fleet_and_tells_the_profile(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    simulated: list[SimulateSettings] = []
    monkeypatch.setattr(training_frames, "_simulate", lambda title, streets, *others: simulated.append(streets))
    recipe = read_recipe(None, data="simulated", like=str(made), frames=3)
    _, _, fingerprint = training_frames.frames_of(recipe, ReadOptions(), TrainSettings(), Processes())
    assert fingerprint.endswith(f", like profile {read_profile(made).sha256}")
    own, judges = simulated
    assert own.fleet is not None
    assert own.fleet == judges.fleet
    assert own.seed != judges.seed
    assert Recipe(data="simulated", start="scratch").like is None


def test_a_profile_beside_logs_to_train_on_is_refused() -> None:
    with pytest.raises(UsageError, match="like: goes with simulated streets"):
        read_recipe(None, data="logs", like=OUT)
