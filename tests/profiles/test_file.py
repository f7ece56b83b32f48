"""The file of a profile: back whole, silent about the data, and refused by name where it is damaged or none."""

import hashlib
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from msgspec.structs import replace

from lidarsel.completion.registry import SHIPPED_WEIGHTS
from lidarsel.completion.tensor_files import read_safetensors, write_safetensors
from lidarsel.errors import BadInputError
from lidarsel.privacy.gaussian import noise_for_one_answer
from lidarsel.privacy.ledger import Ledger, NoisySteps
from lidarsel.privacy.statement import METADATA_KEY
from lidarsel.profiles.discriminants import DIMENSIONS
from lidarsel.profiles.file import PROFILE_KEY, StreetProfile, profile_facts, read_profile, write_profile
from lidarsel.profiles.making import state_promise
from lidarsel.workflow.private_training import read_statement
from tests.support.private_weights import write_private_weights
from tests.support.street_profiles import MEAN, write_street_profile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_street_profile(tmp_path / "p.safetensors")


def test_it_comes_back_whole(path: Path) -> None:
    found = read_profile(path)
    assert np.array_equal(found.mean, MEAN)
    assert found.facts == profile_facts("ntk", "drive", 100, True)
    assert found.statement == state_promise("drive", 100, 1.0, 1e-6)
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_it_says_what_it_promises_and_of_the_data_their_number_alone(path: Path) -> None:
    metadata = read_safetensors(path)[1]
    assert set(metadata) == {PROFILE_KEY, METADATA_KEY}
    facts = msgspec.json.decode(metadata[PROFILE_KEY])
    assert set(facts) == {
        *("format_version", "lidarsel_version", "features", "dimensions", "unit", "n_units", "pool_sha256", "promise")
    }
    write_profile(path, StreetProfile(profile_facts("fourier", "frame", 7, False), MEAN, None))
    assert read_profile(path).statement is None
    assert read_profile(path).facts.promise.startswith("nothing: made without noise")


def damage(path: Path, **changed: Any) -> None:
    """Write the profile again, some facts or its tensors changed."""
    tensors, metadata = read_safetensors(path)
    tensors = changed.pop("tensors", tensors)
    facts = {**msgspec.json.decode(metadata[PROFILE_KEY]), **changed}
    write_safetensors(tensors, path, {**metadata, PROFILE_KEY: msgspec.json.encode(facts).decode()})


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"format_version": 2}, "is a street profile of format 2, not 1; give a file that lidarsel profile made"),
        ({"pool_sha256": "0"}, "was told by other constants than this lidarsel's"),
        ({"n_units": 0}, "is a damaged street profile (Expected `int` >= 1"),
        ({"features": "cnn"}, "is a damaged street profile (Invalid enum value 'cnn'"),
        ({"data": "/home"}, "is a damaged street profile (Object contains unknown field `data`)"),
        ({"tensors": {}}, "its mean is not 16 numbers"),
        ({"tensors": {"mean": torch.zeros(3, dtype=torch.float64)}}, "its mean is not 16 numbers"),
        ({"tensors": {"mean": torch.zeros(DIMENSIONS)}}, "its mean is not 16 numbers"),
        ({"tensors": {"mean": torch.full((DIMENSIONS,), torch.nan, dtype=torch.float64)}}, "holds NaN or infinity"),
        ({"tensors": {"mean": torch.full((DIMENSIONS,), 2.0, dtype=torch.float64)}}, "longer than its noise allows"),
        ({"tensors": {"mean": torch.from_numpy(MEAN), "more": torch.zeros(1)}}, "its mean is not 16 numbers"),
        ({"n_units": 99}, "what it says of itself does not agree"),
        ({"unit": "frame"}, "what it says of itself does not agree"),
        ({"dimensions": 15}, "what it says of itself does not agree"),
        ({"promise": "everything"}, "what it says of itself does not agree"),
    ],
)
def test_a_damaged_one_is_refused_by_name(path: Path, changed: dict[str, Any], said: str) -> None:
    damage(path, **changed)
    for read in (read_profile, read_statement):
        with pytest.raises(BadInputError) as refused:
            read(path)
        assert str(refused.value).startswith(f"{path}: ")
        assert said in str(refused.value)
        assert "\n" not in str(refused.value)


def test_a_statement_is_of_a_whole_file_alone(path: Path) -> None:
    """Of a profile whose own facts are gone, of a private one without its statement, and of weights with more in them
    than a network."""
    tensors, metadata = read_safetensors(path)
    write_safetensors(tensors, path, {METADATA_KEY: metadata[METADATA_KEY]})
    with pytest.raises(BadInputError, match="design"):
        read_statement(path)
    write_safetensors(tensors, path, {PROFILE_KEY: metadata[PROFILE_KEY]})
    with pytest.raises(BadInputError, match="does not agree"):
        read_profile(path)
    weights = write_private_weights(path)
    tensors, metadata = read_safetensors(weights)
    write_safetensors({**tensors, "secret": torch.zeros(3)}, weights, metadata)
    with pytest.raises(BadInputError, match="secret"):
        read_statement(weights)


@pytest.mark.parametrize(
    ("epsilon", "ledger", "said"),
    [
        (
            0.9,
            Ledger((NoisySteps(noise_for_one_answer(1.0, 1e-6), 1.0, 1),)),
            "promises delta 1e-06, but noise of 4.225",
        ),
        (1.0, Ledger(), "its statement on privacy is not of one answer about all units"),
        (1.0, Ledger((NoisySteps(9.0, 0.5, 1),)), "its statement on privacy is not of one answer about all units"),
        (1.0, Ledger((NoisySteps(9.0, 1.0, 2),)), "its statement on privacy is not of one answer about all units"),
    ],
)
def test_a_promise_that_the_noise_does_not_keep_is_refused(
    path: Path, epsilon: float, ledger: Ledger, said: str
) -> None:
    statement = replace(state_promise("drive", 100, 1.0, 1e-6), epsilon=epsilon, ledger=ledger)
    write_profile(path, StreetProfile(profile_facts("ntk", "drive", 100, True), MEAN, statement))
    for read in (read_profile, read_statement):
        with pytest.raises(BadInputError, match=said):
            read(path)


def test_other_files_are_refused_by_name(path: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"is no street profile; give a file that lidarsel profile made"):
        read_profile(SHIPPED_WEIGHTS)
    (tmp_path / "short").write_bytes(path.read_bytes()[:100])
    for name, said in (("gone", "no such file"), ("", "is a folder"), ("short", "readable")):
        with pytest.raises(BadInputError, match=said):
            read_profile(tmp_path / name)
