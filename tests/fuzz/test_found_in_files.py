"""What the suite found in the files of commands and users, each shrunk to the least that shows it; refused by name."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lidarsel.contracts import LinesFile, ReportFile, ValuesFile, read_contract, write_contract
from lidarsel.datasets.parts.files import read_depth, read_image
from lidarsel.errors import BadInputError
from lidarsel.evaluation.store import EvaluationStore
from lidarsel.planning.prices import read_prices
from lidarsel.settings import read_settings
from lidarsel.training.log import TrainingLog
from lidarsel.training.recipe import read_recipe
from tests.fuzz.hard_values import LAUGHS
from tests.support.report_samples import values

READERS: dict[str, Callable[[Path], object]] = {
    "lines.yaml": lambda path: read_contract(path, LinesFile),
    "report.json": lambda path: read_contract(path, ReportFile),
    "settings.yaml": read_settings,
    "recipe.yaml": read_recipe,
    "prices.yaml": read_prices,
    "evaluations.sqlite": EvaluationStore.open,
    "depth.png": read_depth,
    "image.jpg": read_image,
}


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")], ids=["pipe", "device"])
def test_what_has_no_end_is_not_read(tmp_path: Path, name: str, make: Callable[[Path], object]) -> None:
    """A pipe that nobody writes to kept lidarsel waiting for ever; a device filled the memory."""
    make(tmp_path / name)
    with pytest.raises(BadInputError, match=rf"{name}: is no regular file"):
        READERS[name](tmp_path / name)


@pytest.mark.parametrize("name", ["lines.yaml", "settings.yaml", "recipe.yaml"])
@pytest.mark.parametrize(
    "text",
    [
        "seed: !!bool x",  # KeyError inside PyYAML
        "seed: 2001-99-99",  # ValueError of datetime
        "seed: 0b_",
        f"seed: {'9' * 5000}",  # more digits than Python converts
        "seed: !!timestamp x",  # AttributeError
        'network: "\\ud800"',  # half a character: no text can hold it
        "!!python/object/apply:os.system [id]",
        "seed: 1\nseed: 2",
        "[" * 500,
        LAUGHS,
        "x" * (3 << 20),
    ],
)
def test_yaml_that_cannot_be(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(BadInputError, match=name):
        READERS[name](tmp_path / name)


def test_two_values_of_one_key_are_named(tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text("seed: 1\nevaluations: 5\nseed: 2\n")
    with pytest.raises(BadInputError, match="the key 'seed' a second time"):
        read_settings(tmp_path / "settings.yaml")


def test_values_whose_sums_overflow(tmp_path: Path) -> None:
    """The bar of a table raised OverflowError."""
    write_contract(tmp_path / "values.json", values())
    content = json.loads((tmp_path / "values.json").read_text())
    (tmp_path / "values.json").write_text(json.dumps({**content, "mean": [1e308, *content["mean"][1:]]}))
    with pytest.raises(BadInputError, match="mean must be finite"):
        read_contract(tmp_path / "values.json", ValuesFile)


@pytest.mark.parametrize(
    "line", [b"[" * 5000, b'{"step": 1}', b'{"step": 1, "loss": 1e999, "learning_rate": 1}', b"\xff"]
)
def test_a_log_of_training_that_is_none(tmp_path: Path, line: bytes) -> None:
    log = TrainingLog(tmp_path / "w.log.jsonl")
    log.cut(0)
    log.loss(1, [2.0], 1e-3)
    with log.path.open("ab") as file:
        file.write(line + b"\n")
    with pytest.raises(BadInputError, match=r"w\.log\.jsonl: is no log of a training"):
        log.cut(1)
