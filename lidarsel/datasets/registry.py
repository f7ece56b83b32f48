"""All readers, found in the folders of the formats beside this file: a new one is a module there (``reader.py``)."""

import pkgutil
from collections import Counter
from functools import cache
from importlib import import_module
from pathlib import Path

from lidarsel.datasets.base import Dataset, ReadOptions
from lidarsel.datasets.parts.reach import require_links_inside
from lidarsel.datasets.reader import LayoutFacts, Reader, ReadOption
from lidarsel.datasets.unread import refusal
from lidarsel.errors import BadInputError
from lidarsel.printable import printable
from lidarsel.reading import require_text

NOT_ACCEPTED: dict[ReadOption, tuple[str, str]] = {
    "raw": ("which takes no raw folder", "leave --raw out"),
    "scan_columns": ("whose scans have columns with names or in a fixed form", "leave --scan-columns out"),
    "ring_field": ("whose scans have no fields with names", "leave --ring-field out"),
    "sensor": ("whose rings tell the lines", "leave --sensor out; it needs no lidarsel calibrate"),
    "depth_scale": ("which takes no depth images", "leave --depth-scale out"),
    "view": ("whose depth images are the camera's own", "leave --view out, or give the raw drives with their scans"),
    "trust_paths": ("whose files stand by their layout, named in no table", "leave --trust-paths out"),
}
"""What is said where a reader does not accept an option, and the remedy."""


@cache
def reader_modules() -> tuple[str, ...]:
    """The modules that hold a reader: those named ``reader`` or ``NAME_reader`` in a format's folder."""
    package = __name__.rpartition(".")[0]
    found = pkgutil.walk_packages([str(Path(__file__).parent)], f"{package}.")
    inside = (module.name for module in found if module.name.count(".") > package.count(".") + 1)
    return tuple(name for name in inside if name.rpartition(".")[2].split("_")[-1] == "reader")


@cache
def readers() -> tuple[Reader, ...]:
    """All readers, in the order of asking."""
    found: list[Reader] = [import_module(name).READER for name in reader_modules()]
    return tuple(sorted(found, key=lambda reader: (reader.place, reader.name)))


def layouts() -> list[LayoutFacts]:
    """Every layout that can be read, in the order of asking."""
    return [reader.layout for reader in readers()]


def reader_of(path: Path) -> Reader | None:
    """The first reader that recognises a folder or file, or None."""
    return next((reader for reader in readers() if reader.recognise(path)), None)


def open_dataset(path: Path, options: ReadOptions | None = None) -> Dataset:
    """The data set in a folder, or a file that is or names one, its layout recognised by looking.

    Args:
        path: the folder or file.
        options: how to read it; the defaults where None.

    Raises:
        BadInputError: the path does not exist, is empty, is no data set in a known layout, or of one that does not
            accept an option, or holds a link that leads out of it.
    """
    require_text(path)
    if not path.exists():
        raise BadInputError(path, "does not exist", "give the folder of a data set, or 'demo'")
    if path.is_dir() and not any(path.iterdir()):
        raise BadInputError(path, "is empty", "give the folder of a data set, or 'demo'")
    options = options or ReadOptions()
    for folder in (path, options.raw):
        if folder is not None and folder.is_dir():
            require_links_inside(folder, options.follow_links)
    reader = reader_of(path)
    if reader is None:
        raise refusal(path) or _unknown(path)
    _require_accepted(path, reader, options)
    try:
        dataset = reader.open(path, options)
        messages = (problem.message for problem in dataset.problems)
        for text in (dataset.sensor, *dataset.drives, *dataset.frame_ids, *dataset.notes, *messages):
            text.encode()  # stores and reports take names as text
    except UnicodeEncodeError as error:
        problem = f"holds a name that is not UTF-8: {printable(str(error.object)[:200])}"
        raise BadInputError(path, problem, "rename the file or folder") from None
    _require_distinct(path, dataset)
    return dataset


def _require_accepted(path: Path, reader: Reader, options: ReadOptions) -> None:
    usual = ReadOptions()
    for option, (reason, remedy) in NOT_ACCEPTED.items():
        if getattr(options, option) != getattr(usual, option) and option not in reader.accepts:
            raise BadInputError(path, f"is of layout {reader.name}, {reason}", remedy)


def _unknown(path: Path) -> BadInputError:
    if not path.is_dir():
        remedy = "give the folder of a data set, or 'demo'"
        return BadInputError(path, "is no folder, and no file of a known layout", remedy)
    looked_for = ", ".join(layout.looks_for for layout in layouts())
    inside = [child.name for child in sorted(path.iterdir()) if child.is_dir() and reader_of(child)]
    remedy = f"give one of its folders {', '.join(inside)}" if inside else "see datasets/README.md for the layouts"
    return BadInputError(path, f"is no data set in a known layout (looked for {looked_for})", remedy)


def _require_distinct(path: Path, dataset: Dataset) -> None:
    """Frames go by their names, in stores and reports: two of one name would be taken for each other."""
    name, times = Counter(dataset.frame_ids).most_common(1)[0] if len(dataset) else ("", 0)
    if times > 1:
        raise BadInputError(path, f"has {times} frames called {name}", "give its parts one by one")
