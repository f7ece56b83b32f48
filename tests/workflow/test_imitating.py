"""What decides how a product is imitated, and what is said where that is doubtful."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from lidarsel.choices import ElevationKind
from lidarsel.errors import BadInputError, UsageError
from lidarsel.settings import make_settings
from lidarsel.workflow.imitating import imitate_products


def log(deg: list[float], kind: ElevationKind = "cone") -> Any:
    return SimpleNamespace(root=Path("log"), elevation_deg=np.array(deg), elevation_kind=kind)


def test_any_log_with_elevations_will_do() -> None:
    """A VLP-16 has a line at every odd degree from 15 to -15."""
    found = imitate_products(make_settings(sensor_model=("VLP-16",)), log([4.8, 3.1, 0.0, -1.2]))
    ((choice,), doubts) = found.choices, found.doubts
    assert (choice.method, choice.lines, choice.untold, doubts) == ("VLP-16", (0, 1, 3), 13 / 16, [])


def test_apparent_elevations_are_a_doubt() -> None:
    (doubt,) = imitate_products(make_settings(sensor_model=("VLP-16",)), log([1.0, -1.0], "apparent")).doubts
    assert "apparent" in doubt


def test_a_log_that_does_not_say_where_its_lines_point_is_refused() -> None:
    with pytest.raises(BadInputError, match="elevation of every line"):
        imitate_products(make_settings(sensor_model=("VLP-16",)), log([1.0, float("nan")]))


def test_a_product_out_of_view_is_refused_with_its_pitch() -> None:
    with pytest.raises(UsageError, match=r"at -25\.00 to -55\.00 degrees"):
        imitate_products(make_settings(sensor_model=("VLP-16",), pitch_deg=-40.0), log([2.0, -24.0]))


def test_nothing_is_asked_of_the_log_where_there_is_no_product() -> None:
    assert not imitate_products(make_settings(), log([float("nan")])).choices
