"""Data that is known by looking and not read: why, and how to make of it what is."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lidarsel.errors import BadInputError

_AS_TABLE = "write each scan as float32 x, y, z, intensity, ring and name them in a frames.csv (see datasets/README.md)"


@dataclass(frozen=True)
class ForeignFormat:
    """suffixes: of the files that it is known by. what: a file of it is. remedy: what to do."""

    suffixes: tuple[str, ...]
    what: str
    remedy: str


_KINDS = (
    ForeignFormat(
        (".pkl", ".pkl.gz", ".pickle"),
        "is a pickle, which can run any program when it is unpickled, and that is never done here",
        "of PandaSet give the folder of a sequence, whose scans are read without; others convert where you trust them, "
        "in an environment of your own",
    ),
    ForeignFormat(
        (".osf",), "is a record of Ouster's, which its own library reads", f"decode it with ouster-sdk, and {_AS_TABLE}"
    ),
    ForeignFormat(
        (".tfrecord",),
        "is a record of Waymo's, whose scans are range images of five lidars",
        f"of its top lidar, with the rows of the range image as ring, {_AS_TABLE}",
    ),
    ForeignFormat(
        (".las", ".laz"),
        "is a survey's cloud, which tells neither lines nor the lidar's place",
        f"of the scans that it was made of, {_AS_TABLE}",
    ),
)
_FOLDERS = ("", "lidar", "*/lidar")
"""Where scans stand in a folder that is given: in itself, or in lidar, of a sequence or of all."""


def refusal(path: Path) -> BadInputError | None:
    """What to raise for a file or folder that no reader recognises; None where nothing of it is known."""
    for file in _files(path):
        name = file.name.lower()
        kind = next((kind for kind in _KINDS if name.endswith(kind.suffixes)), None)
        if kind is not None:
            return BadInputError(file, kind.what, kind.remedy)
    return None


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for pattern in _FOLDERS:
        for folder in [path] if not pattern else sorted(path.glob(pattern)):
            if folder.is_dir():
                yield from sorted(folder.iterdir())
