"""What a run says of itself: each kind of caution from where its fact is known."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from lidarsel.bounds import bound_of
from lidarsel.cautions import Caution
from lidarsel.completion.suitability import training_told
from lidarsel.crop_loss import CropLoss, crop_cautions, crop_notes
from lidarsel.selection.base import Selection
from lidarsel.selection.interval_model import Fit, IntervalModel
from lidarsel.workflow.bounding import held
from lidarsel.workflow.selecting import model_cautions
from lidarsel.workflow.valuing import unreached
from tests.support.report_samples import N_LINES, row

SIMULATED = Caution("simulated", "made up")


@pytest.mark.parametrize(
    ("network", "weights", "of_data", "said"),
    [
        ("lidarsel", None, [], "simulated streets only"),
        ("lidarsel", None, [SIMULATED], ""),
        ("lidarsel", "own.safetensors", [], ""),
        ("classical", None, [], ""),
        ("nearest", None, [], ""),
        ("my.networks:resnet", None, [], "Nothing tells whether my.networks:resnet was trained on fewer lines"),
        ("my.networks:resnet", None, [SIMULATED], "Nothing tells"),
    ],
)
def test_a_network_that_is_not_known_to_suit_is_told(
    network: str, weights: str | None, of_data: list[Caution], said: str
) -> None:
    found = training_told(network, weights, of_data)
    assert [caution.kind for caution in found] == (["network"] if said else [])
    assert all(said in caution.text for caution in found)


@pytest.mark.parametrize(("r2", "kinds"), [(0.95, []), (0.9, []), (0.89, ["model"]), (-0.2, ["model"])])
def test_a_model_that_hardly_fits_is_a_caution(r2: float, kinds: list[str]) -> None:
    fit = Fit(r2=r2, relative_rms=0.1, power=1.0, ridge=1e-3, n_coalitions=64)
    model = IntervalModel(np.arange(2), np.zeros((3, 3)), 0.0, 1.0, fit)
    found = model_cautions(Selection((0, 1), insight=model))
    assert [caution.kind for caution in found] == kinds
    assert all(f"explains {max(100 * r2, 0):.0f} %" in caution.text for caution in found)
    assert model_cautions(Selection((0, 1))) == []


def test_a_bound_that_does_not_hold_is_a_caution_and_one_that_does_a_note() -> None:
    rows = [row("all", N_LINES, 1000.0), row("sas-region", 32, 1300.0)]
    bounds = [bound_of("mae=1.2"), bound_of("imae=1.4")]  # both are 1.3 times those of all lines
    kept, broken = held(rows, tuple(rows[1].lines), bounds)
    assert [caution.kind for caution in broken] == ["bound"]
    assert "MAE is 1.300 times that of all lines; at most 1.2 was asked for." in broken[0].text
    assert [note.partition(" is ")[0] for note in kept] == ["On the judged frames iMAE"]


@pytest.mark.parametrize(("lines", "caution"), [([], False), ([60, 61], True)])
def test_a_crop_weakens_only_where_it_hides_lines(lines: list[int], caution: bool) -> None:
    cut = CropLoss(sizes=[(375, 1242)], windows=[(352, 1216)], n_lines=48, lines=lines, share=0.012)
    assert [one.kind for one in crop_cautions(cut)] == ["out-of-view"] * caution
    assert len(crop_notes(cut)) == (not caution)
    assert crop_cautions(None) == crop_notes(None) == []


def test_an_estimate_that_ran_out_of_evaluations_is_a_caution() -> None:
    estimate = SimpleNamespace(stopped="evaluations", standard_error=np.array([3.0, 7.0]), n_evaluations=900)
    values: Any = SimpleNamespace(estimate=estimate, metric="rmse")
    asked: Any = SimpleNamespace(stop_rule=lambda: SimpleNamespace(given=True))
    (found,) = unreached(values, asked)
    assert found.kind == "precision"
    assert "900 evaluations were used up" in found.text
    assert "7 mm" in found.text
