"""The price list: what a sensor of so many lines, or a product, costs."""

import math
from collections.abc import Collection
from pathlib import Path

import yaml

from lidarsel.errors import BadInputError, UsageError
from lidarsel.reading import compose_yaml
from lidarsel.sensors.registry import find_product, name_key

Prices = dict[int | str, float]
"""By number of lines, or by the model of a product; in any one currency."""

_MOST_DIGITS = 9
_REMEDY = "write a line for each sensor, its number of lines or a product's name, and the price, e.g. 16: 4000"
_NAME_REMEDY = "lidarsel sensors lists the products; name your own by its YAML file"


def read_prices(path: Path, models: Collection[str] = ()) -> Prices:
    """The entries of a price list.

    Args:
        path: the list. A product's own YAML file stands relative to it.
        models: products that need not be in the catalogue, as a report has rows of them.

    Raises:
        BadInputError: names the entry that cannot be, and where a product is not known, the names that are like it.
    """
    node = compose_yaml(path, _REMEDY)
    if not isinstance(node, yaml.MappingNode) or not node.value:
        raise BadInputError(path, "is no price list", _REMEDY)
    prices: Prices = {}
    # Entry by entry: YAML keeps the last of two prices for one sensor without a word.
    for key, value in node.value:
        where = f"line {key.start_mark.line + 1}"
        sensor, price = _sensor(path, where, key, models), _number(value)
        named = f"{sensor} lines" if isinstance(sensor, int) else sensor
        if price is None or not math.isfinite(price) or price <= 0:
            raise BadInputError(path, f"{where}: the price of {named} is no number above 0", _REMEDY)
        if sensor in prices:
            raise BadInputError(path, f"{where}: a second price for {named}", "keep one of them")
        prices[sensor] = price
    return prices


def _sensor(path: Path, where: str, node: yaml.Node, models: Collection[str]) -> int | str:
    """A number of lines or a product's model. Raises BadInputError."""
    text = node.value if isinstance(node, yaml.ScalarNode) else ""
    if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS and int(text) > 0:
        return int(text)
    if not text.strip() or _number(node) is not None:
        raise BadInputError(path, f"{where}: no number of lines, and no product's name", _REMEDY)
    known = {name_key(model): model for model in models}
    if name_key(text) in known:
        return known[name_key(text)]
    try:
        return find_product(str(path.parent / text) if text.endswith((".yaml", ".yml")) else text).model
    except UsageError as error:
        raise BadInputError(path, f"{where}: {error}", _NAME_REMEDY) from None


def _number(node: yaml.Node) -> float | None:
    try:
        return float(node.value) if isinstance(node, yaml.ScalarNode) else None
    except ValueError:
        return None
