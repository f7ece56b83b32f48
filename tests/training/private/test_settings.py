"""The options of private training: what they come to, and what is refused by name."""

from pathlib import Path
from typing import get_type_hints

import pytest

from lidarsel.errors import UsageError
from lidarsel.training.private.settings import PrivateSettings, parse_share
from lidarsel.training.recipe import read_recipe
from lidarsel.training.settings import TrainSettings


def test_private_training_has_defaults_of_its_own_that_can_be_overridden() -> None:
    plain, private = read_recipe(None, data="kitti"), read_recipe(None, data="kitti", private=True, epsilon=3.0)
    assert type(plain.settings()) is TrainSettings
    settings = private.settings()
    assert isinstance(settings, PrivateSettings)
    assert (settings.epsilon, settings.delta, settings.unit, settings.share, settings.drop) == (3, 1e-6, "drive", 1, 0)
    assert (settings.weight_decay, settings.warm_up_steps) == (0, 0)
    assert settings.images_per_step > plain.images_per_step
    assert read_recipe(None, data="kitti", private=True, epsilon=3.0, steps=7).steps == 7
    assert settings.shaping()["epsilon"] == 3  # a run with another budget is another run
    said = f"{settings.steps} steps of {settings.images_per_step} images at a rate of {settings.learning_rate:g}"
    assert said in get_type_hints(PrivateSettings, include_extras=True)["private"].__metadata__[0].help


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, "epsilon"),
        ({"epsilon": 0.0}, "epsilon"),
        ({"epsilon": float("nan")}, "epsilon"),
        ({"epsilon": 51.0}, "epsilon"),
        ({"epsilon": 1.0, "delta": 0.0}, "delta"),
        ({"epsilon": 1.0, "delta": 1.0}, "delta"),
        ({"epsilon": 1.0, "share": 0.0}, "share"),
        ({"epsilon": 1.0, "share": 1.5}, "share"),
        ({"epsilon": 1.0, "drop": 1.0}, "drop"),
        ({"epsilon": 1.0, "steps": 1_000_001}, "steps"),
        ({"epsilon": 1.0, "drop": 0.5, "share_by": "importance"}, "drop"),
        ({"epsilon": 1.0, "weight_decay": 0.1}, "weight_decay"),
        ({"epsilon": 1.0, "unit": "house"}, "unit"),
        ({"epsilon": 1.0, "data": "simulated"}, "simulated streets have nobody"),
    ],
)
def test_what_makes_no_sense_is_named(given: dict[str, object], named: str) -> None:
    with pytest.raises(UsageError, match=named):
        read_recipe(None, **{"data": "kitti", "private": True, **given})


OWN = set(PrivateSettings.__struct_fields__) - set(TrainSettings.__struct_fields__) - {"private"}


@pytest.mark.parametrize("name", sorted(OWN))
def test_no_option_of_privacy_is_passed_over_without_it(name: str) -> None:
    others = {"epsilon": 3.0, "delta": 1e-5, "unit": "frame", "share_by": "magnitude", "public": "kitti"}
    with pytest.raises(UsageError, match=f"{name} is for private training; give --private too"):
        read_recipe(None, data="kitti", **{name: others.get(name, 0.5)})


def test_a_recipe_file_may_hold_them(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text("private: true\nepsilon: 3\nshare: 0.1\n")
    settings = read_recipe(path, data="kitti").settings()
    assert isinstance(settings, PrivateSettings)
    assert (settings.epsilon, settings.share) == (3, 0.1)


def test_shares_are_typed_in_per_cent() -> None:
    assert parse_share("--share", "2.5%") == 0.025
    with pytest.raises(UsageError, match=r"--share '0\.1' is no share; give e\.g\. 10%"):
        parse_share("--share", "0.1")
