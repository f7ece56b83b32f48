"""Real products on a log: the lines that imitate each, what the log cannot tell, and spaced lines to stand beside."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.cautions import Caution
from lidarsel.datasets.base import Dataset
from lidarsel.errors import BadInputError, UsageError
from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.stored import StoredGame
from lidarsel.report.imitation import APPARENT, IMITATED, imitated_by
from lidarsel.selection.base import Players, Problem
from lidarsel.selection.registry import selector
from lidarsel.sensors.imitation import Imitation, imitate
from lidarsel.sensors.product import Product
from lidarsel.sensors.registry import find_products
from lidarsel.settings import RunSettings
from lidarsel.workflow.judging import Choice

_SPACED = "spaced"


@dataclass(frozen=True)
class ProductLines:
    """products, and the lines that stand for each. tolerance_deg: of both. doubts: of all of them."""

    products: Sequence[Product]
    imitations: Sequence[Imitation]
    tolerance_deg: float
    doubts: Sequence[str]

    @property
    def choices(self) -> list[Choice]:
        """A product each, by its model."""
        pairs = zip(self.products, self.imitations, strict=True)
        return [Choice(product.model, tuple(found.lines), found.untold) for product, found in pairs]

    def notes(self, points_per_line: NDArray[np.float64]) -> list[str]:
        """Which lines stand for each product. points_per_line: float64 (n_lines,), in the image."""
        pairs = zip(self.products, self.imitations, strict=True)
        return [imitated_by(product, found, self.tolerance_deg, points_per_line) for product, found in pairs]

    @property
    def cautions(self) -> list[Caution]:
        """What an imitation leaves out."""
        return [IMITATED] if self.products else []


def imitate_products(settings: RunSettings, dataset: Dataset) -> ProductLines:
    """The lines that imitate each product of the settings; nothing where there is none.

    Raises:
        UsageError: a product that is not known, or of which no line is within the log's view.
        BadInputError: a product's file cannot be used, or the data do not tell where their lines point.
    """
    if not settings.sensor_model:
        return ProductLines((), (), settings.tolerance_deg, ())
    if not np.isfinite(dataset.elevation_deg).all():
        problem = "does not tell the elevation of every line, by which --sensor-model imitates products"
        raise BadInputError(dataset.root, problem, "give a log with its calibration")
    products, imitations = find_products(settings.sensor_model), []
    for product in products:
        found = imitate(
            dataset.elevation_deg.tolist(), product.elevation.deg, settings.tolerance_deg, settings.pitch_deg
        )
        if not found.lines:
            raise UsageError(_none_within(product, settings, dataset))
        imitations.append(found)
    doubts = [APPARENT] if dataset.elevation_kind == "apparent" else []
    return ProductLines(products, imitations, settings.tolerance_deg, doubts)


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
