"""Recipes: what a file and options come to, and what is refused, by file and key."""

from pathlib import Path

import msgspec
import pytest
import yaml

from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.registry import SHIPPED_WEIGHTS
from lidarsel.errors import BadInputError, UsageError
from lidarsel.training.recipe import read_recipe
from lidarsel.training.settings import TrainSettings


def written(folder: Path, text: str) -> Path:
    path = folder / "recipe.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("given", "start", "learning_rate"),
    [
        ({"data": "simulated"}, "scratch", 1e-3),
        ({"data": "kitti"}, "shipped", 2e-4),
        ({"data": "kitti", "start": "scratch"}, "scratch", 1e-3),
        ({"data": "simulated", "start": "mine.safetensors"}, "mine.safetensors", 2e-4),
        ({"data": "kitti", "learning_rate": 0.5}, "shipped", 0.5),
    ],
)
def test_start_and_learning_rate_follow_the_data_unless_given(
    given: dict[str, object], start: str, learning_rate: float, tmp_path: Path
) -> None:
    of_options = read_recipe(None, **given, steps=None)
    of_file = read_recipe(written(tmp_path, yaml.safe_dump(given)))
    assert of_options == of_file
    assert (of_options.start, of_options.learning_rate, of_options.steps) == (start, learning_rate, 5000)


def test_options_override_the_file_and_leave_the_rest(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "data: kitti\nsteps: 70\nlearning_rate: 1e-4\ncrop: [64, 96]\n"
        "design: {image_channels: [8, 8, 16, 16, 16], depth_channels: [8, 8, 16]}\n",
    )
    recipe = read_recipe(path, steps=9, crop=(32, 48), precision="bfloat16", start="scratch", seed=None)
    design = Design(image_channels=(8, 8, 16, 16, 16), depth_channels=(8, 8, 16))
    assert recipe.settings() == TrainSettings(
        steps=9, crop=(32, 48), precision="bfloat16", learning_rate=1e-4, design=design
    )
    assert (recipe.data, recipe.start) == ("kitti", "scratch")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("data: kitti\nlearning_rat: 0.1\n", "learning_rat"),
        ("data: kitti\ndesign: {image_channel: [8, 8, 16, 16, 16]}\n", "image_channel"),
        ("data: kitti\ndesign: {depth_channels: [8, 8]}\n", "design.depth_channels"),
        ("data: kitti\nsteps: many\n", "steps"),
        ("data: kitti\nsteps: 0\n", "steps"),
        ("data: kitti\nprecision: float16\n", "precision"),
        ("data: kitti\ncrop: [352]\n", "crop"),
        ("data: kitti\nprior_weight: .nan\n", "prior_weight"),
        ("data: simulated\nframes: 0\n", "frames"),
        ("- data: kitti\n", "keys and values"),
        ("data: [unclosed\n", ""),
        ("", "keys and values"),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_the_file(text: str, named: str, tmp_path: Path) -> None:
    path = written(tmp_path, text)
    with pytest.raises(BadInputError) as caught:
        read_recipe(path, data="kitti")
    assert str(caught.value).startswith(f"{path}: ")
    assert named in caught.value.problem
    assert "\n" not in str(caught.value)
    assert "docs/training.md" in caught.value.remedy


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no such file") as caught:
        read_recipe(tmp_path / "gone.yaml")
    assert caught.value.path == tmp_path / "gone.yaml"


@pytest.mark.parametrize(
    "given",
    [
        {"steps": 0},
        {"images_per_step": -1},
        {"subsets_per_image": 0},
        {"validate_every": 0},
        {"learning_rate": 0.0},
        {"learning_rate": float("inf")},
        {"smoothness": float("nan")},
        {"smoothness": -0.1},
        {"workers": -1},
        {"seed": -1},
        {"seed": 2**63},
        {"crop": (16, 512)},
        {"precision": "float16"},
        {"device": "tpu"},
    ],
)
def test_an_option_that_makes_no_sense_is_named(given: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=next(iter(given))):
        read_recipe(None, data="kitti", **given)


def test_no_data_are_asked_for(tmp_path: Path) -> None:
    for path in (None, written(tmp_path, "steps: 5\n")):
        with pytest.raises(UsageError, match="no data"):
            read_recipe(path)


def test_images_are_shared_out_evenly_or_not_at_all() -> None:
    settings = TrainSettings(images_per_step=6)
    assert [settings.images_per_process(count) for count in (1, 2, 3, 6)] == [6, 3, 2, 1]
    with pytest.raises(UsageError, match="6 images a step cannot be shared by 4 processes"):
        settings.images_per_process(4)


@pytest.mark.parametrize(
    ("name", "data", "start"),
    [
        ("whole.yaml", "simulated", "scratch"),
        ("recipe.yaml", "simulated", "cut.safetensors"),
        ("drives.yaml", "streets", "cut.safetensors"),
    ],
)
def test_the_shipped_weights_recipes_leave_nothing_that_shapes_them_to_defaults(
    name: str, data: str, start: str
) -> None:
    path = SHIPPED_WEIGHTS.parent / name
    recipe = read_recipe(path)
    assert (recipe.data, recipe.start, recipe.device) == (data, start, "cpu")
    shaping = {field for field in TrainSettings.__struct_fields__ if not field.startswith(("validation", "log"))}
    assert shaping - {"workers", "device", "design"} <= set(yaml.safe_load(path.read_bytes()))
    assert 1000 <= recipe.simulation_seed < 1500  # the demo and the held-out figures use others
    assert msgspec.to_builtins(recipe.settings())["design"] is None
