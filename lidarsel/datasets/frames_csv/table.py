"""The text of frames.csv: its encoding, its separator, its header. What the columns mean stands in ``rows``."""

import codecs
import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from lidarsel.datasets.parts.files import read_bytes
from lidarsel.errors import BadInputError
from lidarsel.spelling import the_nearest

COLUMNS = (
    "scan",
    "scan_format",
    "image",
    "calibration",
    "depth",
    "ground_truth",
    "depth_scale",
    "drive",
    "frame",
    "pose",
)
README = "see datasets/README.md for frames.csv"
_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}
_OTHER_ENCODINGS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NEEDS = (("scan_format", ("scan",)), ("pose", ("scan",)), ("depth_scale", ("depth", "ground_truth")))


@dataclass(frozen=True)
class CsvTable:
    """header: the columns, all of ``COLUMNS``, none twice. lines: the others that hold something, each with its number
    in the file. notes: what the report must say."""

    header: list[str]
    lines: list[tuple[int, list[str]]]
    notes: list[str]


def read_table(path: Path) -> CsvTable:
    """A table, its columns separated by commas, semicolons or tabs, whichever tell the most columns.

    Raises BadInputError naming the file, and the line where it is one: no UTF-8, no CSV, no frame, a column that is
    unknown, without a name, missing, or there twice.
    """
    content = read_bytes(path)
    if content.startswith(_OTHER_ENCODINGS):
        raise BadInputError(path, "is UTF-16 text", "save it as UTF-8 (of spreadsheets: CSV UTF-8)")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInputError(path, "is no UTF-8 text", "save it as UTF-8") from None
    separator = _separator(text)
    try:
        reader = csv.reader(StringIO(text, newline=""), strict=True, delimiter=separator)
        table = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise BadInputError(path, f"line {reader.line_num} is no CSV ({error})", README) from None
    if len(table) < 2:
        raise BadInputError(path, "names no frame", README)
    header = [name.strip() for name in table[0][1]]
    _check_header(path, header)
    notes = [] if separator == "," else [f"The columns of {path.name} are separated by a {_SEPARATORS[separator]}."]
    return CsvTable(header, table[1:], notes)


def _separator(text: str) -> str:
    """By the first line that holds something: one of whose columns most are known; the comma where several are."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    known = {one: sum(name.strip(' "') in COLUMNS for name in header.split(one)) for one in _SEPARATORS}
    return max(known, key=lambda one: known[one])


def _check_header(path: Path, header: Sequence[str]) -> None:
    unknown = [name for name in header if name not in COLUMNS]
    may_be = f"its columns may be {', '.join(COLUMNS)}"
    if len(unknown) == len(header) and any("/" in name or "." in name for name in header):
        raise BadInputError(
            path, "begins with a frame where the names of its columns are to stand", f"add them; {may_be}"
        )
    if "" in unknown:
        problem = f"has a column without a name (column {header.index('') + 1} of {len(header)})"
        raise BadInputError(path, problem, "name it, or take it out with its separator")
    if unknown:
        remedy = may_be + the_nearest(unknown[0].replace(" ", "_"), COLUMNS)
        raise BadInputError(path, f"has a column {unknown[0][:40]!r}", remedy)
    twice = next((name for name, times in Counter(header).items() if times > 1), None)
    if twice is not None:
        raise BadInputError(path, f"has a column twice, {twice}", "name each column once")
    if "calibration" not in header or not {"scan", "depth"} & set(header):
        problem = f"needs the column calibration, and scan or depth; it has {', '.join(header)}"
        raise BadInputError(path, problem, README)
    for name, needed in _NEEDS:
        if name in header and not set(needed) & set(header):
            raise BadInputError(path, f"has a column {name} but none {' or '.join(needed)}", README)
