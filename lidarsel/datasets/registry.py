"""All readers by layout.

A new one: a file beside this with LAYOUT, LOOKS_FOR, GROUND_TRUTH (best first), EXTRA (what is to be installed, "" for
nothing), recognise and open_dataset, and one line here.
"""

from collections import Counter
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from lidarsel.datasets.base import Dataset, GroundTruth, ReadOptions
from lidarsel.errors import BadInputError

READERS = {
    "frames_csv": "lidarsel.datasets.frames_csv.reader",
    "kitti_depth": "lidarsel.datasets.kitti.depth",
    "kitti_raw": "lidarsel.datasets.kitti.raw",
    "kitti_odometry": "lidarsel.datasets.kitti.odometry",
    "kitti_object": "lidarsel.datasets.kitti.object",
    "nuscenes": "lidarsel.datasets.nuscenes.reader",
    "rosbag": "lidarsel.datasets.rosbag.reader",
    "clouds": "lidarsel.datasets.clouds.reader",
}
"""Layout -> module, in the order of asking: frames.csv is there to be used; a depth completion tree may hold its raw
tree; clouds may lie beside anything."""


@dataclass(frozen=True)
class Layout:
    """What a reader says of itself: see the top of this file."""

    name: str
    looks_for: str
    ground_truth: tuple[GroundTruth, ...]
    extra: str


def layouts() -> list[Layout]:
    """Every layout that can be read, in the order of asking."""
    modules = map(import_module, READERS.values())
    return [Layout(m.LAYOUT, m.LOOKS_FOR, m.GROUND_TRUTH, m.EXTRA) for m in modules]


def open_dataset(path: Path, options: ReadOptions | None = None) -> Dataset:
    """The data set in a folder, or a file that is or names one, its layout recognised by looking.

    Raises BadInputError where the path does not exist, is empty, or is no data set in a known layout.
    """
    if not path.exists():
        raise BadInputError(path, "does not exist", "give the folder of a data set, or 'demo'")
    if path.is_dir() and not any(path.iterdir()):
        raise BadInputError(path, "is empty", "give the folder of a data set, or 'demo'")
    options = options or ReadOptions()
    modules = [import_module(name) for name in READERS.values()]
    for module in modules:
        if module.recognise(path):
            if options.raw is not None and module.LAYOUT != "kitti_depth":
                raise BadInputError(path, f"is of layout {module.LAYOUT}, which takes no raw folder", "leave --raw out")
            if options.sensor is not None and module.LAYOUT == "nuscenes":
                problem = "is of layout nuscenes, whose rings tell the lines"
                raise BadInputError(path, problem, "leave --sensor out; it needs no lidarsel calibrate")
            dataset: Dataset = module.open_dataset(path, options)
            _require_distinct(path, dataset)
            return dataset
    if not path.is_dir():
        raise BadInputError(
            path, "is no folder, and no file of a known layout", "give the folder of a data set, or 'demo'"
        )
    looked_for = ", ".join(module.LOOKS_FOR for module in modules)
    below = [child for child in sorted(path.iterdir()) if child.is_dir()]
    inside = [child.name for child in below if any(module.recognise(child) for module in modules)]
    remedy = f"give one of its folders {', '.join(inside)}" if inside else "see datasets/README.md for the layouts"
    raise BadInputError(path, f"is no data set in a known layout (looked for {looked_for})", remedy)


def _require_distinct(path: Path, dataset: Dataset) -> None:
    """Frames go by their names, in stores and reports: two of one name would be taken for each other."""
    name, times = Counter(dataset.frame_ids).most_common(1)[0] if len(dataset) else ("", 0)
    if times > 1:
        raise BadInputError(path, f"has {times} frames called {name}", "give its parts one by one")
