"""Real products on a log: the lines that imitate each, what the log cannot tell, and spaced lines to stand beside."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lidarsel.datasets.base import Dataset
from lidarsel.errors import BadInputError, UsageError
from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.stored import StoredGame
from lidarsel.report.imitation import APPARENT, IMITATED, imitated_by
from lidarsel.selection.base import Players, Problem
from lidarsel.selection.registry import selector
from lidarsel.sensors.imitation import imitate
from lidarsel.sensors.product import Product
from lidarsel.sensors.registry import find_products
from lidarsel.settings import RunSettings
from lidarsel.workflow.judging import Choice

_SPACED = "spaced"


@dataclass(frozen=True)
class ProductLines:
    """choices: a product each, by its model. notes: what the log cannot tell of each. doubts: of all of them."""

    choices: Sequence[Choice]
    notes: Sequence[str]
    doubts: Sequence[str]


def imitate_products(settings: RunSettings, dataset: Dataset) -> ProductLines:
    """The lines that imitate each product of the settings; nothing where there is none.

    Raises:
        UsageError: a product that is not known, or of which no line is within the log's view.
        BadInputError: a product's file cannot be used, or the data do not tell where their lines point.
    """
    if not settings.sensor_model:
        return ProductLines((), (), ())
    if not np.isfinite(dataset.elevation_deg).all():
        problem = "does not tell the elevation of every line, by which --sensor-model imitates products"
        raise BadInputError(dataset.root, problem, "give a log with its calibration")
    choices, notes = [], [IMITATED]
    for product in find_products(settings.sensor_model):
        found = imitate(
            dataset.elevation_deg.tolist(), product.elevation.deg, settings.tolerance_deg, settings.pitch_deg
        )
        if not found.lines:
            raise UsageError(_none_within(product, settings, dataset))
        choices.append(Choice(product.model, tuple(found.lines), found.untold))
        notes.append(imitated_by(product, found, settings.tolerance_deg))
    return ProductLines(choices, notes, [APPARENT] if dataset.elevation_kind == "apparent" else [])


def spaced_beside(imitated: ProductLines, game: StoredGame[LineGame]) -> list[Choice]:
    """Evenly spaced lines at each number of lines that imitates a product, at the offset that is best in a game."""
    budgets = sorted({len(choice.lines) for choice in imitated.choices}, reverse=True)
    if not budgets:
        return []
    players = Players(game.game.points_per_line(), kind="line")
    found = selector(_SPACED)(Problem(players, error=game.mean_errors), budgets)
    return [Choice(_SPACED, found[budget].players) for budget in budgets]


def _none_within(product: Product, settings: RunSettings, dataset: Dataset) -> str:
    deg = np.array(product.elevation.deg) + settings.pitch_deg
    log = dataset.elevation_deg
    return (
        f"--sensor-model {product.model}: none of its lines, at {deg.max():.2f} to {deg.min():.2f} degrees, is within "
        f"{settings.tolerance_deg:g} degrees of a line of {dataset.root}, at {log.max():.2f} to {log.min():.2f}"
    )
