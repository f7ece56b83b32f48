"""The price list: what a sensor of so many lines costs."""

import math
from pathlib import Path

import yaml

from lidarsel.errors import BadInputError
from lidarsel.reading import compose_yaml

_REMEDY = "write a line for each sensor, number of lines and price, e.g. 16: 4000"


def read_prices(path: Path) -> dict[int, float]:
    """Prices by number of lines, in any one currency. Raises BadInputError naming the entry that cannot be."""
    node = compose_yaml(path, _REMEDY)
    if not isinstance(node, yaml.MappingNode) or not node.value:
        raise BadInputError(path, "is no price list", _REMEDY)
    prices: dict[int, float] = {}
    # Entry by entry: YAML keeps the last of two prices for one sensor without a word.
    for key, value in node.value:
        lines, price = _whole(key), _number(value)
        where = f"line {key.start_mark.line + 1}"
        if lines is None or lines < 1:
            raise BadInputError(path, f"{where}: no number of lines", _REMEDY)
        if price is None or not math.isfinite(price) or price <= 0:
            raise BadInputError(path, f"{where}: the price of {lines} lines is no number above 0", _REMEDY)
        if lines in prices:
            raise BadInputError(path, f"{where}: a second price for {lines} lines", "keep one of them")
        prices[lines] = price
    return prices


def _whole(node: yaml.Node) -> int | None:
    text = node.value if isinstance(node, yaml.ScalarNode) else ""
    return int(text) if text.isascii() and text.isdecimal() else None


def _number(node: yaml.Node) -> float | None:
    try:
        return float(node.value) if isinstance(node, yaml.ScalarNode) else None
    except ValueError:
        return None
