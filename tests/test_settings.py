"""Settings: defaults that hold, files that come back, keys that are refused."""

from pathlib import Path
from typing import Any

import pytest

from lidarsel.errors import BadInputError, UsageError
from lidarsel.options import parse_budgets, parse_numbers, parse_size
from lidarsel.settings import RunSettings, make_settings, read_settings, write_settings


def test_settings_come_back(tmp_path: Path) -> None:
    settings = make_settings(budgets=(32, 8), seed=7, ground_truth="scan", raw="/some/where")
    write_settings(tmp_path / "settings.yaml", settings)
    assert read_settings(tmp_path / "settings.yaml") == settings


def test_an_option_overrides_the_file_and_only_where_given(tmp_path: Path) -> None:
    write_settings(tmp_path / "settings.yaml", RunSettings(seed=7, evaluations=5))
    settings = make_settings(read_settings(tmp_path / "settings.yaml"), seed=8, evaluations=None)
    assert (settings.seed, settings.evaluations) == (8, 5)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("sede: 1", "sede"),
        ("seed: one", "seed"),
        ("seed: -1", "seed"),
        ("device: tpu", "tpu"),
        ("evaluations: 0", "evaluations"),
    ],
)
def test_a_wrong_key_is_named(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text(text)
    with pytest.raises(BadInputError) as caught:
        read_settings(path)
    assert named in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("given", [{"metric": "psnr"}, {"budgets": (0,)}, {"choose": "best"}, {"crop": (352, 8)}])
def test_a_wrong_option_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        make_settings(**given)


def test_budgets() -> None:
    assert parse_budgets("-k", "32,16,8") == (32, 16, 8)
    assert parse_budgets("-k", "8,8") == (8,)
    for text in ("0", "-3", "x", "", "3,", "1.5"):
        with pytest.raises(UsageError, match="--budget"):
            parse_budgets("--budget", text)


def test_lines() -> None:
    assert parse_numbers("--keep", "0,5,10-12,11") == (0, 5, 10, 11, 12)
    for text in ("", "x", "3-", "5-3", "-1", "1,,2", "0-99999999999", "9" * 5000):
        with pytest.raises(UsageError, match="--drop"):
            parse_numbers("--drop", text)


def test_sizes() -> None:
    assert parse_size("--image-size", "352x1216") == (352, 1216)
    for text in ("", "352", "352x", "-1x5", "352x1216x3", "9" * 5000 + "x1"):
        with pytest.raises(UsageError, match="--image-size"):
            parse_size("--image-size", text)
