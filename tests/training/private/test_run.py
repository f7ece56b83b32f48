"""A private run and its files: what it has spent goes with the weights, over kills, and nothing else is told."""

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import torch

from lidarsel.completion.lidarsel_net.checkpoint import load_weights
from lidarsel.completion.lidarsel_net.trainable import TrainableLidarselNet
from lidarsel.completion.tensor_files import read_safetensors, write_safetensors
from lidarsel.errors import BadInputError, UsageError
from lidarsel.privacy.accounting import epsilon_spent
from lidarsel.privacy.statement import PrivacyStatement, statement_in
from lidarsel.training import train as loop
from lidarsel.training.private.settings import PrivateSettings
from lidarsel.training.private.units import PrivateUnits
from lidarsel.training.settings import TrainSettings
from lidarsel.training.validation import Validation
from tests.support.streets import SETTINGS, Streets
from tests.training.private.tiny import PUBLIC, private, units

pytest.importorskip("opacus", reason="needs Opacus: pip install 'lidarsel[privacy]'")
OUT = "w.safetensors"


def train(
    folder: Path,
    settings: PrivateSettings,
    data: PrivateUnits | None = None,
    progress: loop.TrainingProgress | None = None,
) -> PrivacyStatement:
    """What the weights say after it."""
    network = TrainableLidarselNet(settings.design, settings.seed)
    loop.train(units() if data is None else data, PUBLIC, settings, folder / OUT, network, progress)
    return said(folder)


def said(folder: Path) -> PrivacyStatement:
    found = statement_in(read_safetensors(folder / OUT)[1], folder / OUT)
    assert found is not None
    return found


def kill_at(step: int) -> Callable[[int, int, float], None]:
    def progress(done: int, total: int, loss: float) -> None:
        if done == step:
            raise KeyboardInterrupt

    return progress


def test_the_files_hold_the_promise_and_nothing_of_the_frames(tmp_path: Path) -> None:
    losses: list[float] = []
    settings = private(share=0.2)
    statement = train(tmp_path, settings, progress=lambda done, total, loss: losses.append(loss))
    assert all(loss != loss for loss in losses)  # not told
    assert len(losses) == settings.steps
    assert (statement.unit, statement.n_units, statement.delta) == ("drive", 3, 1e-3)
    assert statement.ledger.steps == settings.steps
    assert statement.epsilon == epsilon_spent(statement.ledger, 1e-3) <= 8
    lines = [json.loads(line) for line in (tmp_path / f"{OUT}.log.jsonl").read_text().splitlines()]
    assert [sorted(line) for line in lines] == [["mean_mm", "rmse_mm", "step"]] * 3
    metadata = read_safetensors(tmp_path / OUT)[1]
    assert sorted(metadata) == sorted(
        ["design", "design_name", "privacy", "settings", "start", "step", "validation_rmse_mm"]
    )
    page = (tmp_path / f"{OUT}.curve.html").read_text()
    assert page.count("<svg") == 1
    assert "Private training, last validated at step 6" in page


def test_the_last_weights_are_written_though_public_streets_like_others_better(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rising = itertools.count(1000.0)
    monkeypatch.setattr(Validation, "rmse_mm", lambda validation, network: {"all": next(rising)})
    train(tmp_path, private(validate_every=1))
    lines = [json.loads(line) for line in (tmp_path / f"{OUT}.log.jsonl").read_text().splitlines()]
    assert min(lines, key=lambda line: line["mean_mm"])["step"] == 1
    assert read_safetensors(tmp_path / OUT)[1]["step"] == "6"


def test_what_is_spent_goes_on_over_a_kill_and_only_grows(tmp_path: Path) -> None:
    settings = private(share=0.3, share_by="magnitude", drop=0.5)
    spent = []
    for step in (3, 5):  # checkpoints are at 2 and 4
        with pytest.raises(KeyboardInterrupt):
            train(tmp_path, settings, progress=kill_at(step))
        spent.append(said(tmp_path))
    spent.append(train(tmp_path, settings))
    assert [one.ledger.steps for one in spent] == [2, 4, 6]
    assert spent[0].epsilon < spent[1].epsilon < spent[2].epsilon <= 8
    assert len({one.ledger.entries[0].noise_multiplier for one in spent}) == 1
    assert not (tmp_path / f"{OUT}.resume").exists()


def test_what_is_frozen_is_that_of_the_start_also_after_a_kill(tmp_path: Path) -> None:
    settings = private(share=0.1, share_by="magnitude")
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, settings, progress=kill_at(3))
    train(tmp_path, settings)
    start = TrainableLidarselNet(settings.design, settings.seed).module.state_dict()
    found = load_weights(tmp_path / OUT).state_dict()
    moved = sum(int((found[name] != weight).sum()) for name, weight in start.items())
    assert moved <= round(0.1 * sum(weight.numel() for weight in start.values()))


@pytest.mark.slow
def test_weights_to_start_from_bring_what_they_have_spent(tmp_path: Path) -> None:
    first = train(tmp_path, private(epsilon=4.0))
    again = train(tmp_path / "again", private(epsilon=8.0), units(spent=first.ledger))
    assert again.ledger.entries[0] == first.ledger.entries[0]
    assert again.ledger.steps == 12
    assert first.epsilon < again.epsilon <= 8
    with pytest.raises(UsageError, match="--epsilon 4 is spent"):
        train(tmp_path / "third", private(epsilon=4.0), units(spent=again.ledger))
    assert not list((tmp_path / "third").glob("w*"))


ONE_STEP = '{"entries": [{"noise_multiplier": 1000.0, "sampling_rate": 1.0, "steps": 1}]}'


@pytest.mark.parametrize("edit", [{"ledger": "{}"}, {"ledger": ONE_STEP}, {"step": "1"}, {"step": "9"}, {"best": None}])
def test_a_checkpoint_that_claims_less_than_was_done_is_refused(edit: dict[str, str | None], tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, private(), progress=kill_at(3))
    resume = tmp_path / f"{OUT}.resume"
    tensors, metadata = read_safetensors(resume)
    if "best" in edit:
        tensors = {name: tensor for name, tensor in tensors.items() if not name.startswith("best.")}
    left = {key: value for key, value in {**metadata, **edit}.items() if value is not None}
    write_safetensors(tensors, resume, left)
    before = resume.read_bytes()
    with pytest.raises(BadInputError, match="is a damaged checkpoint"):
        train(tmp_path, private())
    assert resume.read_bytes() == before


@pytest.mark.parametrize("ledger", ["", "{}x", '{"entries": [{"steps": -4}]}'])
def test_a_checkpoint_without_its_ledger_is_refused(ledger: str, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, private(), progress=kill_at(3))
    resume = tmp_path / f"{OUT}.resume"
    tensors, metadata = read_safetensors(resume)
    write_safetensors(tensors, resume, {**metadata, "ledger": ledger})
    with pytest.raises(BadInputError, match="is a damaged checkpoint"):
        train(tmp_path, private())


def test_another_number_of_units_is_another_run(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, private(), progress=kill_at(3))
    fewer = PrivateUnits(Streets(6), [[0, 1], [2]])
    with pytest.raises(BadInputError, match="other settings, data or start"):
        train(tmp_path, private(), fewer)


@pytest.mark.parametrize(("data", "settings"), [(Streets(6), private()), (units(), SETTINGS)])
def test_private_data_are_never_trained_on_otherwise(
    data: PrivateUnits | Streets, settings: TrainSettings, tmp_path: Path
) -> None:
    with pytest.raises(TypeError, match="private settings go with units of private data"):
        loop.train(data, PUBLIC, settings, tmp_path / OUT, TrainableLidarselNet(settings.design, 0))
    assert not list(tmp_path.iterdir())


def test_two_runs_are_not_the_same(tmp_path: Path) -> None:
    """Noise that a seed brought back could be taken off again."""
    for name in ("one", "other"):
        train(tmp_path / name, private())
    one, other = (read_safetensors(tmp_path / name / OUT)[0] for name in ("one", "other"))
    assert not any(torch.equal(one[name], other[name]) for name in one if one[name].numel() > 1)
    texts = [msgspec.json.encode(said(tmp_path / name)) for name in ("one", "other")]
    assert texts[0] == texts[1]
