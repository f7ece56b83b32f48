"""``lidarsel train --private`` and ``lidarsel privacy`` as users run them, and where they refuse."""

import json
import shutil
from pathlib import Path

import msgspec
import pytest

from lidarsel.completion.lidarsel_net.checkpoint import load_weights
from lidarsel.completion.registry import SHIPPED_WEIGHTS
from lidarsel.completion.tensor_files import read_safetensors
from lidarsel.errors import UsageError
from lidarsel.privacy import accounting
from lidarsel.privacy.statement import PrivacyStatement
from tests.support.commands import ROOT, assert_refused, lidarsel, succeeded
from tests.support.private_weights import STATEMENT, write_private_weights

pytest.importorskip("opacus", reason="needs Opacus: pip install 'lidarsel[privacy]'")
OUT = "w.safetensors"
RECIPE = f"""
start: scratch
steps: 3
images_per_step: 1
subsets_per_image: 1
crop: [64, 96]
validate_every: 3
validation_frames: 1
validation_crop: [64, 96]
design: {{image_channels: [8, 8, 16, 16, 16], depth_channels: [8, 8, 16]}}
public: {ROOT / "datasets" / "sample"}
"""


@pytest.fixture(scope="module")
def recipe(drives: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "recipe.yaml"
    path.write_text(f"data: {drives}\nprivate: true\nepsilon: 8\ndelta: 1e-3\n{RECIPE}")
    return path


@pytest.fixture(scope="module")
def made(recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    options = ("--share", "10%", "--share-by", "importance", "--epsilon", "4")
    done = lidarsel("train", "--recipe", recipe, *options, "-o", OUT, cwd=folder)
    said = succeeded(done)
    assert said == f"weights: {OUT}\ncurve: {OUT}.curve.html\nwhat it promises: lidarsel privacy {OUT}\n"
    assert "loss" not in done.stderr
    assert "privacy: 2 drives, 1 of them in a step on average; noise of " in done.stderr
    return folder


def test_the_weights_promise_what_was_asked_for_and_name_no_data(drives: Path, made: Path) -> None:
    assert load_weights(made / OUT)
    statement = msgspec.json.decode(succeeded(lidarsel("privacy", OUT, "--json", cwd=made)), type=PrivacyStatement)
    assert (statement.unit, statement.n_units, statement.delta) == ("drive", 2, 1e-3)
    assert 3.9 < statement.epsilon <= 4
    said = succeeded(lidarsel("privacy", OUT, cwd=made)).splitlines()
    assert said[:-1] == statement.sentences()
    assert said[-1].startswith("counted again: epsilon 3.9")
    told = json.dumps(read_safetensors(made / OUT)[1])
    assert str(drives) not in told
    assert "fingerprint" not in told


def test_training_goes_on_from_private_weights_within_the_budget(recipe: Path, made: Path, tmp_path: Path) -> None:
    start = ("--start", made / OUT, "-o", tmp_path / OUT)
    assert_refused(lidarsel("train", "--recipe", recipe, *start, "--epsilon", "3.5"), "--epsilon 3.5 is spent")
    assert_refused(lidarsel("train", "--recipe", recipe, *start, "--unit", "frame"), "--unit frame", "every drive")
    succeeded(lidarsel("train", "--recipe", recipe, *start))
    again = msgspec.json.decode(succeeded(lidarsel("privacy", tmp_path / OUT, "--json")), type=PrivacyStatement)
    assert again.ledger.steps == 6
    assert 4 < again.epsilon <= 8


def test_weights_without_a_promise_are_refused(tmp_path: Path) -> None:
    assert_refused(lidarsel("privacy", SHIPPED_WEIGHTS), SHIPPED_WEIGHTS, "promises nothing")
    assert_refused(lidarsel("privacy", tmp_path / "gone"), tmp_path / "gone", "no such file")
    assert_refused(lidarsel("privacy", tmp_path), tmp_path, "is a folder")
    path = write_private_weights(tmp_path / OUT)
    assert succeeded(lidarsel("privacy", path)).splitlines()[:-1] == STATEMENT.sentences()
    write_private_weights(path, msgspec.structs.replace(STATEMENT, epsilon=0.5))
    assert_refused(lidarsel("privacy", path), path, "promises epsilon 0.5, but what it says was spent comes to 4.4")


def test_data_that_no_promise_can_be_made_for_are_refused(drives: Path, recipe: Path, tmp_path: Path) -> None:
    whole = ("train", "--recipe", recipe, "-o", tmp_path / OUT)
    shutil.copytree(drives, tmp_path / "copy")
    for public in (drives, tmp_path / "copy"):
        assert_refused(lidarsel(*whole, "--public", public), f"--public {public} is the private data")
    assert_refused(lidarsel("train", "simulated", "--private", "--epsilon", 3), "simulated streets have nobody")
    assert_refused(lidarsel("train", drives, "--epsilon", 3), "--epsilon is for private training")
    assert_refused(lidarsel("train", drives, "--private"), "--epsilon is not given")
    accumulated = ("--unit", "frame", "--ground-truth", "accumulated")
    assert_refused(lidarsel(*whole, *accumulated), "--unit frame", "give --unit drive")
    assert_refused(lidarsel(*whole, "--share", "0.1"), "--share '0.1' is no share")
    assert_refused(lidarsel(*whole, "--uncertainty", "laplace"), "--private does not cover", "take nll")
    assert not (tmp_path / OUT).exists()


def test_weights_trained_openly_on_the_same_data_are_no_start(drives: Path, recipe: Path, tmp_path: Path) -> None:
    text = recipe.read_text()
    own = ("private:", "epsilon:", "delta:", "public:")
    (tmp_path / "open.yaml").write_text("\n".join(line for line in text.splitlines() if not line.startswith(own)))
    succeeded(lidarsel("train", "--recipe", "open.yaml", "-o", "open.safetensors", cwd=tmp_path))
    done = lidarsel("train", "--recipe", recipe, "--start", "open.safetensors", "-o", OUT, cwd=tmp_path)
    assert_refused(done, "open.safetensors", "trained on the same data without privacy")


def test_without_the_accountant_it_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounting, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'lidarsel\[privacy\]'"):
        accounting.require_accountant()
