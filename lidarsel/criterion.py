"""The error that decides which lines are kept: what a user may ask for, and its value of evaluated errors.

    rmse                  one figure, in its unit
    rmse@0-20             the same over the pixels between 0 and 20 m alone
    rmse@vehicle          the same over the pixels that labels tell to be of vehicles
    balanced              geometric mean of all four, each over its value with all lines on the same frame
    rmse:2,imae@0-20:1    the same of any figures by weights, which are shares of their sum
    spread                how far depths may be off, as the network says: the mean where the lidar can tell the depth

Whatever it is, it is a figure of a frame: its mean over frames makes v, and so the Shapley value, the plain average of
per-frame games.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from lidarsel.choices import FIGURE_OF, METRICS, SPREAD, SPREAD_FIGURE, UNIT, Metric
from lidarsel.errors import LidarselError
from lidarsel.parts import CLASS_NAMES, DEFAULT_BANDS, AnyPart, figure_of_part, part_of
from lidarsel.spelling import the_nearest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BALANCED = "balanced"
RATIO = "ratio"
"""The unit of what is told in multiples of all lines' errors."""
_NAMES = {SPREAD: "spread", **{"rmse": "RMSE", "mae": "MAE", "irmse": "iRMSE", "imae": "iMAE"}}
_WEIGHT = re.compile(r"\d{1,4}(?:\.\d{1,4})?")
EXAMPLES = (
    f"{', '.join(METRICS)}, {BALANCED}, rmse@0-20 (within metres), rmse@vehicle (where labels tell), "
    f"rmse:2,imae@0-20:1 (by weights) or {SPREAD} (as the network says)"
)
_PARTS = (*DEFAULT_BANDS, *CLASS_NAMES)
OFFERED = (*METRICS, BALANCED, SPREAD, *(f"{metric}@{part}" for metric in METRICS for part in _PARTS))
"""What the shell offers on pressing Tab."""

_FIGURE = rf"({'|'.join(METRICS)})(@(\d+(\.\d+)?-\d+(\.\d+)?|{'|'.join(CLASS_NAMES)}))?"
_WEIGHTED = rf"{_FIGURE}:\d+(\.\d+)?"
PATTERN = rf"^({BALANCED}|{SPREAD}|{_FIGURE}|{_WEIGHTED}(,{_WEIGHTED})*)$"
"""For schemas: every name is of this form, and most of this form are names."""


class NoRatioError(LidarselError):
    """An error cannot be told in multiples of all lines', which have none on a frame."""


@dataclass(frozen=True)
class Term:
    """A figure, over all pixels or a part of them."""

    metric: Metric | Literal["spread"]
    part: AnyPart | None = None

    @property
    def name(self) -> str:
        """As it is typed."""
        return self.metric if self.part is None else f"{self.metric}@{self.part.name}"

    @property
    def title(self) -> str:
        """As a reader is told it."""
        return _NAMES[self.metric] if self.part is None else f"{_NAMES[self.metric]} {self.part.place}"

    @property
    def figure(self) -> str:
        """The column of an evaluation."""
        if self.metric == SPREAD:
            return SPREAD_FIGURE
        figure = FIGURE_OF[self.metric]
        return figure if self.part is None else figure_of_part(figure, self.part)


@dataclass(frozen=True)
class Criterion:
    """What decides.

    Args:
        name: as it is typed, in one spelling.
        title: as a reader is told it.
        terms: its figures.
        weights: float (n_terms,), their shares of a geometric mean of ratios to all lines; None of one figure itself.
    """

    name: str
    title: str
    terms: tuple[Term, ...]
    weights: tuple[float, ...] | None = None

    @property
    def is_relative(self) -> bool:
        """Whether it is told in multiples of all lines' errors."""
        return self.weights is not None

    @property
    def unit(self) -> str:
        """mm, 1/km or ratio."""
        metric = self.terms[0].metric
        if self.is_relative:
            return RATIO
        return "mm" if metric == SPREAD else UNIT[metric]

    @property
    def unit_told(self) -> str:
        """The unit as it stands after a number."""
        return "times all lines" if self.is_relative else self.unit

    @property
    def unit_short(self) -> str:
        """The same for the head of a column."""
        return "× all" if self.is_relative else self.unit

    @property
    def head(self) -> tuple[str, str]:
        """The head of a column of it: what, and in which unit."""
        if self.is_relative:
            return ("Balanced" if self.name == BALANCED else "Weighted"), self.unit_short
        term = self.terms[0]
        where = "" if term.part is None else f"{term.part.title}, "
        return ("Spread" if self.is_spread else _NAMES[term.metric]), f"{where}{self.unit}"

    @property
    def is_spread(self) -> bool:
        """Whether it is what the network says of itself, and no error."""
        return self.name == SPREAD

    @property
    def parts(self) -> tuple[AnyPart, ...]:
        """The parts of the pixels that it looks at."""
        return tuple(dict.fromkeys(term.part for term in self.terms if term.part is not None))

    @property
    def figure(self) -> str:
        """The name of a column of it."""
        return f"{self.name}_ratio" if self.is_relative else self.terms[0].figure

    def text(self, error: float) -> str:
        """A number of its unit: whole millimetres (one decimal below 100), 1/km by two decimals, ratios by three."""
        if self.unit == "mm":
            return f"{error:.0f}" if abs(error) >= 99.95 else f"{error:.1f}"
        return f"{error:.3f}" if self.is_relative else f"{error:.2f}"

    def of(
        self, errors: "NDArray[np.float64]", figures: Sequence[str], whole: "NDArray[np.float64] | None" = None
    ) -> "NDArray[np.float64]":
        """Its value of each coalition on one frame.

        Args:
            errors: float64 (M, F) of the coalitions.
            figures: the names of the F columns.
            whole: float64 (F,) of all lines on the same frame, where it is relative.

        Returns:
            float64 (M,), each computed by itself: a value's bits do not depend on the others.

        Raises:
            NoRatioError: it is relative, and all lines have no error by one of its figures.
        """
        columns = [figures.index(term.figure) for term in self.terms]
        if self.weights is None:
            return errors[:, columns[0]]
        assert whole is not None
        import numpy as np

        base = [float(whole[column]) for column in columns]
        for term, error in zip(self.terms, base, strict=True):
            if error == 0:
                raise NoRatioError(f"all lines have no {term.title} to be a multiple of")
        found = np.empty(len(errors))
        for row, of_row in enumerate(errors[:, columns].tolist()):
            ratios = zip(of_row, base, self.weights, strict=True)
            found[row] = math.prod((error / by) ** weight for error, by, weight in ratios)
        return found


@lru_cache(maxsize=256)
def criterion(text: str) -> Criterion:
    """What a text asks for. Raises ValueError that names what there is."""
    asked = text.strip().lower()
    if asked == BALANCED:
        every = tuple(Term(metric) for metric in METRICS)
        return Criterion(BALANCED, "balanced error", every, (1 / len(every),) * len(every))
    if asked == SPREAD:
        return Criterion(SPREAD, _NAMES[SPREAD], (Term(SPREAD),))
    parts = [part.strip() for part in asked.split(",")]
    if len(parts) == 1 and ":" not in asked:
        term = _term(parts[0])
        return Criterion(term.name, term.title, (term,))
    terms, weights = [], []
    for part in parts:
        name, _, weight = part.partition(":")
        if _WEIGHT.fullmatch(weight) is None or not float(weight):
            raise ValueError(f"{part!r} has no weight above 0; give every figure one, as rmse:2,imae@0-20:1")
        terms.append(_term(name))
        weights.append(float(weight))
    if len(set(terms)) < len(terms):
        raise ValueError(f"{text!r} names a figure twice; give each once")
    name = ",".join(f"{term.name}:{weight:g}" for term, weight in zip(terms, weights, strict=True))
    title = f"error by {', '.join(f'{term.title} x {weight:g}' for term, weight in zip(terms, weights, strict=True))}"
    return Criterion(name, title, tuple(terms), tuple(weight / sum(weights) for weight in weights))


def _term(text: str) -> Term:
    name, at, part = text.partition("@")
    for metric in METRICS:
        if name == metric:
            return Term(metric, part_of(part) if at else None)
    raise ValueError(f"{text!r} is none of {EXAMPLES}{the_nearest(name, (*METRICS, BALANCED, SPREAD))}")


def parse_criteria(_option: str, text: str) -> tuple[str, ...]:
    """ "rmse,balanced" -> its parts; several wishes by weights, which hold commas, are parted by semicolons."""
    by = ";" if ";" in text or ":" in text else ","
    return tuple(dict.fromkeys(part.strip() for part in text.split(by)))
