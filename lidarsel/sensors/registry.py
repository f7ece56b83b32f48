"""The catalogue: every product that comes with lidarsel, and how one is found by the name that somebody types."""

import difflib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from lidarsel.errors import UsageError
from lidarsel.sensors.product import Product, read_product

CATALOGUE = Path(__file__).parent / "catalogue"
NOT_EXPRESSIBLE = (
    "Livox (Mid-40, Mid-70, Mid-360, Avia, Horizon, HAP): a rosette or a drifting pattern, no line twice the same",
    "solid-state and MEMS lidars (RoboSense M1 and E1, Hesai AT128 and FT120, Luminar, Innoviz, Cepton): not a whole "
    "turn, rows that curve or are set by software",
    "flash lidars (Ouster DF, Continental HFL110): an image at once, no lines",
)
"""Lidars that no list of elevations describes, and why."""


@cache
def products() -> tuple[Product, ...]:
    """All of the catalogue, by maker, then number of lines, then name."""
    found = [read_product(path) for path in sorted(CATALOGUE.glob("*.yaml"))]
    return tuple(sorted(found, key=lambda each: (each.maker, each.lines, each.model)))


def find_product(name: str) -> Product:
    """The product of a name, of an alias, or of a file of one's own (ending in .yaml).

    Case, spaces and punctuation do not count, nor does the maker before the model. Raises UsageError with the nearest
    names, and BadInputError for a file.
    """
    if name.endswith((".yaml", ".yml")):
        return read_product(Path(name))
    known = _by_key()
    if name_key(name) in known:
        return known[name_key(name)]
    near = difflib.get_close_matches(name_key(name), known, n=3, cutoff=0.5)
    if not near:
        raise UsageError(f"no product {name!r} is in the catalogue, nor any name like it; lidarsel sensors lists all")
    offered = ", ".join(dict.fromkeys(known[key].model for key in near))
    raise UsageError(f"no product {name!r} is in the catalogue; did you mean: {offered}?")


def find_products(names: Sequence[str]) -> list[Product]:
    """Products that are told apart by their models. Raises as ``find_product``, and UsageError for a model twice."""
    found = [find_product(name) for name in names]
    models = [each.model for each in found]
    twice = [model for model in models if models.count(model) > 1]
    if twice:
        raise UsageError(f"two products are called {twice[0]}; name it once, or give one another model in its file")
    return found


def model_names() -> list[str]:
    """What the shell offers."""
    return [each.model for each in products()]


@cache
def _by_key() -> dict[str, Product]:
    """The catalogue by what ``name_key`` makes of each name."""
    found: dict[str, Product] = {}
    for each in products():
        for name in (each.model, *each.aliases):
            found[name_key(name)] = found[name_key(f"{each.maker} {name}")] = each
    return found


def name_key(name: str) -> str:
    """What of a name counts."""
    return "".join(character for character in name.casefold() if character.isalnum())
