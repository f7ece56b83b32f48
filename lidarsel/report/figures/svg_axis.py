"""The axes of a Plotly figure as places on a picture: linear, logarithmic and by category."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_WIDER = 0.05
"""Of a linear axis without a range, at each end."""


@dataclass(frozen=True)
class Axis:
    """low, high: what lies at start and end (pixels), on a logarithmic axis as powers of ten. ticks: values, labels."""

    start: float
    end: float
    low: float
    high: float
    log: bool
    categories: tuple[str, ...]
    ticks: tuple[tuple[float | str, str], ...]

    @classmethod
    def of(cls, layout: dict[str, Any], values: Sequence[float | str], start: float, end: float) -> "Axis":
        """The axis that Plotly's layout describes, for values that are drawn along it."""
        log = layout.get("type") == "log"
        categories: tuple[str, ...] = ()
        ticks: list[tuple[float | str, str]]
        if layout.get("type") == "category":
            categories = tuple(dict.fromkeys(str(value) for value in values))
            low, high = -0.5, len(categories) - 0.5
            ticks = [(name, name) for name in categories]
        else:
            numbers = [float(value) for value in values]
            if "range" in layout:
                low, high = layout["range"]
            elif log:
                low, high = math.log10(min(numbers)), math.log10(max(numbers))
            else:
                low, high = min(numbers), max(numbers)
            if "range" not in layout:
                wider = _WIDER * (high - low) or 0.5
                low, high = low - wider, high + wider
            if layout.get("rangemode") == "tozero":
                low = min(low, 0.0)
            given = layout.get("tickvals")
            ticks = (
                [(tick, f"{tick:g}".replace("-", "−")) for tick in _round_numbers(low, high)] if given is None else []
            )
            ticks += list(zip(given or (), layout.get("ticktext") or (), strict=True))
        if layout.get("autorange") == "reversed":
            low, high = high, low
        return cls(start, end, low, high, log, categories, tuple(ticks))

    def place(self, value: float | str) -> float:
        """Where a value lies, in pixels; far outside the axis for the logarithm of nothing."""
        if self.categories:
            number = float(self.categories.index(str(value)))
        else:
            number = math.log10(max(float(value), 1e-12)) if self.log else float(value)
        return self.start + (number - self.low) / (self.high - self.low) * (self.end - self.start)


def _round_numbers(low: float, high: float) -> list[float]:
    """Between four and ten multiples of 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10((high - low) / 4))
    step = next(each * power for each in (5, 2, 1) if (high - low) / (each * power) >= 4)
    return [round(number * step, 12) for number in range(math.ceil(low / step), math.floor(high / step) + 1)]
