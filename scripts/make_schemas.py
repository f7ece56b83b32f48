#!/usr/bin/env python3
"""Write the JSON Schema of every file and every --json answer: ``python scripts/make_schemas.py docs/schemas``.

They are made of the types that lidarsel itself reads and writes with, so they cannot say anything else; what a schema
cannot say (lengths that must agree, sorted lines) stays in the types' own checks.
"""

import json
import sys
from pathlib import Path
from typing import Annotated, Any, TypedDict, get_type_hints

import msgspec
import numpy as np

from lidarsel.checking.compare import Comparison
from lidarsel.contracts import FORMAT_VERSION, LinesFile, ReportFile, ValuesFile
from lidarsel.datasets.inspect import DatasetSummary
from lidarsel.datasets.reader import LayoutFacts
from lidarsel.datasets.scans.thinned import ThinnedRecord
from lidarsel.evaluation.store_upkeep import StoreInfo
from lidarsel.machine.checkup import Checkup
from lidarsel.options import Option
from lidarsel.planning.law_file import LawFile
from lidarsel.planning.law_plan import LawPlan
from lidarsel.planning.plan import Plan
from lidarsel.sensor_file import SensorFile
from lidarsel.sensors.product import Product
from lidarsel.sensors.ranking import ProductRanking
from lidarsel.settings import RunSettings
from lidarsel.shrink_files import ImportanceFile, ShrinkFile
from lidarsel.shrink_settings import ShrinkSettings
from lidarsel.sweep_settings import SweepSettings
from lidarsel.thinning.apply import ThinningSummary
from lidarsel.training.recipe import Recipe

_SENSOR = "^([1-9][0-9]*|.*[A-Za-z].*)$"
Prices = dict[Annotated[str, msgspec.Meta(pattern=_SENSOR)], Annotated[float, msgspec.Meta(gt=0)]]
"""As JSON has it; in YAML the keys are whole numbers of lines, and names of products."""


class Datasets(TypedDict):
    """Every layout that can be read, in the order of asking."""

    layouts: list[LayoutFacts]


class Catalogue(TypedDict):
    """The products asked for, and the lidars that no list of elevations describes."""

    products: list[Product]
    not_expressible: list[str]


FILES: dict[str, tuple[Any, str]] = {
    "lines": (LinesFile, "lines.yaml"),
    "values": (ValuesFile, "values.json"),
    "report": (ReportFile, "report.json"),
    "sensor": (SensorFile, "sensor.yaml"),
    "settings": (RunSettings, "settings.yaml of a run"),
    "sweep-settings": (SweepSettings, "settings.yaml of a sweep"),
    "shrink": (ShrinkFile, "report.json of lidarsel shrink"),
    "importance": (ImportanceFile, "importance.json of lidarsel shrink"),
    "shrink-settings": (ShrinkSettings, "settings file of lidarsel shrink --settings"),
    "recipe": (Recipe, "recipe of lidarsel train --recipe"),
    "law": (LawFile, "law.json"),
    "prices": (Prices, "price list of lidarsel plan --price"),
    "product": (Product, "a product's file of lidarsel sensors"),
    "thinned": (ThinnedRecord, "lidarsel-thinned.json"),
    "datasets": (Datasets, "lidarsel datasets --json"),
    "inspect": (DatasetSummary, "lidarsel inspect --json"),
    "apply": (ThinningSummary, "lidarsel apply --json"),
    "check": (Comparison, "lidarsel check --json"),
    "plan": (Plan, "lidarsel plan --json"),
    "law-plan": (LawPlan, "lidarsel plan law.json --json"),
    "sensors": (Catalogue, "lidarsel sensors --json"),
    "nearest": (ProductRanking, "lidarsel sensors --nearest lines.yaml --json"),
    "store": (StoreInfo, "lidarsel store info --json"),
    "doctor": (Checkup, "lidarsel doctor --json"),
}
"""Name of the schema -> type, what it describes."""

_WITHOUT_REQUIRED = {"recipe"}  # data and start may be left to the command line


def schema_of(name: str) -> dict[str, Any]:
    """The schema of one kind of file, JSON Schema 2020-12."""
    kind, title = FILES[name]
    (schema,), parts = msgspec.json.schema_components([kind], schema_hook=_plain, ref_template="#/$defs/{name}")
    root = schema.get("$ref", "").rpartition("/")[2]
    schema = parts.pop(root, schema)
    for part in (schema, *parts.values()):
        # as in StoreContext, a version that is only told may be any
        if part.get("additionalProperties") is False and "format_version" in part["properties"]:
            part["properties"]["format_version"] = {"const": FORMAT_VERSION}
        if "description" in part:
            part["description"] = " ".join(part["description"].replace("``", "").split())
    for field, hint in get_type_hints(kind, include_extras=True).items() if isinstance(kind, type) else ():
        for option in getattr(hint, "__metadata__", ()):
            if isinstance(option, Option):
                schema["properties"][field]["description"] = option.help
    if name in _WITHOUT_REQUIRED:
        del schema["required"]
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": title}
    return {**head, "$defs": parts} if parts else head


def _plain(kind: type) -> dict[str, Any]:
    """Types that ``lidarsel.commands.console.show_json`` writes in its own way."""
    if kind is Path or issubclass(kind, Path):
        return {"type": "string"}
    if kind is np.ndarray:
        return {"type": "array", "items": {"type": "number"}}
    raise NotImplementedError(kind)


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        (folder / f"{name}.schema.json").write_text(json.dumps(schema_of(name), indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
