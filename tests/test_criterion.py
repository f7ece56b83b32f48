"""What decides: what can be asked for, its value by hand, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lidarsel.choices import FIGURE_OF, FIGURES, METRICS
from lidarsel.criterion import OFFERED, NoRatioError, criterion, parse_criteria
from lidarsel.metrics import ErrorFigures
from lidarsel.parts import DistanceBand, figure_names, part_of

BANDS = (DistanceBand(0, 10), DistanceBand(0, 20))
COLUMNS = figure_names(BANDS)


def errors(rows: int, seed: int = 0) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    return np.random.default_rng(seed).uniform(0.5, 3, (rows, len(COLUMNS)))


def test_the_figures_are_named_once() -> None:
    assert tuple(ErrorFigures.__dataclass_fields__) == FIGURES
    assert (*FIGURES, *(f"{name}@0-10" for name in FIGURES), *(f"{name}@0-20" for name in FIGURES)) == COLUMNS


@pytest.mark.parametrize("text", [*METRICS, "imae@0-20", " iRMSE@0-10 "])
def test_a_figure_is_its_column(text: str) -> None:
    found, decides = errors(7), criterion(text)
    name, at, band = text.strip().lower().partition("@")
    column = COLUMNS.index(FIGURE_OF[name] + at + band)  # type: ignore[index]
    np.testing.assert_array_equal(decides.of(found, COLUMNS), found[:, column])
    assert decides.unit == ("1/km" if name.startswith("i") else "mm")
    assert decides.name == text.strip().lower()


def test_balanced_is_the_geometric_mean_of_ratios_to_all_lines() -> None:
    found, whole = errors(9), errors(1, seed=1)[0]
    by_hand = np.exp(np.log(found[:, :4] / whole[:4]).mean(1))
    np.testing.assert_allclose(criterion("balanced").of(found, COLUMNS, whole), by_hand, rtol=1e-14)
    assert criterion("balanced").of(whole[None], COLUMNS, whole) == [1.0]
    assert (criterion("balanced").unit, criterion("balanced").unit_told) == ("ratio", "times all lines")


@given(st.floats(0.01, 50), st.floats(0.01, 50))
def test_weights_are_shares_of_a_geometric_mean(first: float, second: float) -> None:
    first, second = round(first, 2), round(second, 2)
    decides = criterion(f"rmse:{first},imae@0-20:{second}")
    assert criterion(decides.name) == decides
    found, whole = errors(5), errors(1, seed=1)[0]
    ratios = [(found / whole)[:, COLUMNS.index(name)] for name in ("rmse_mm", "imae_per_km@0-20")]
    by_hand = np.exp((first * np.log(ratios[0]) + second * np.log(ratios[1])) / (first + second))
    np.testing.assert_allclose(decides.of(found, COLUMNS, whole), by_hand, rtol=1e-12)
    assert decides.parts == (DistanceBand(0, 20),)


def test_a_figure_on_a_class() -> None:
    decides = criterion("iRMSE@cyclist")
    assert (decides.name, decides.figure, decides.unit) == ("irmse@cyclist", "irmse_per_km@cyclist", "1/km")
    assert (decides.title, decides.head) == ("iRMSE on cyclists", ("iRMSE", "cyclists, 1/km"))
    assert criterion("rmse:1,mae@road:2").parts == (part_of("road"),)


def test_a_value_does_not_depend_on_the_others() -> None:
    found, whole = errors(33), errors(1, seed=1)[0]
    decides = criterion("rmse:3,irmse:1,mae@0-10:0.5")
    together = decides.of(found, COLUMNS, whole)
    np.testing.assert_array_equal(together, [decides.of(row[None], COLUMNS, whole)[0] for row in found])


def test_what_all_lines_have_no_error_of_has_no_ratio() -> None:
    whole = errors(1)[0]
    whole[3] = 0
    with pytest.raises(NoRatioError, match="no iMAE"):
        criterion("balanced").of(errors(2), COLUMNS, whole)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rsme", "'rsme' is none of rmse, mae, irmse, imae, balanced"),
        ("", "'' is none of"),
        ("rmse@20-0", "'20-0' is no band of distance in metres, as 0-10"),
        ("rmse@near", "'near' is no band"),
        ("balanced@0-10", "'balanced@0-10' is none of"),
        ("rmse,mae", "'rmse' has no weight above 0"),
        ("rmse:1,mae:0", "'mae:0' has no weight above 0"),
        ("rmse:1,mae:-1", "'mae:-1' has no weight above 0"),
        ("rmse:1,rmse:2", "names a figure twice"),
    ],
)
def test_what_is_none_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said.replace("(", "\\(")):
        criterion(text)


def test_several_are_told_apart() -> None:
    assert parse_criteria("", "rmse, balanced,rmse@0-20") == ("rmse", "balanced", "rmse@0-20")
    assert parse_criteria("", "rmse:2,imae:1") == ("rmse:2,imae:1",)
    assert parse_criteria("", "rmse:2,imae:1; mae") == ("rmse:2,imae:1", "mae")


def test_all_that_is_offered_can_be_asked_for() -> None:
    assert [criterion(name).name for name in OFFERED] == list(OFFERED)
