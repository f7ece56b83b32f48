"""All readers by layout. A new one: a file beside this with LAYOUT, LOOKS_FOR, recognise and open_dataset, and one
line here."""

from importlib import import_module
from pathlib import Path

from lidarsel.datasets.base import Dataset, ReadOptions
from lidarsel.errors import BadInputError

READERS = {
    "kitti_depth": "lidarsel.datasets.kitti_depth",
    "kitti_raw": "lidarsel.datasets.kitti_raw",
    "kitti_odometry": "lidarsel.datasets.kitti_odometry",
    "kitti_object": "lidarsel.datasets.kitti_object",
}
"""Layout -> module, in the order of asking: a depth completion tree may hold its raw tree."""


def open_dataset(path: Path, options: ReadOptions | None = None) -> Dataset:
    """The data set in a folder, its layout recognised by looking.

    Raises BadInputError where the folder does not exist, is empty, or is no data set in a known layout.
    """
    if not path.exists():
        raise BadInputError(path, "does not exist", "give the folder of a data set, or 'demo'")
    if not path.is_dir():
        raise BadInputError(path, "is no folder", "give the folder of a data set, or 'demo'")
    if not any(path.iterdir()):
        raise BadInputError(path, "is empty", "give the folder of a data set, or 'demo'")
    options = options or ReadOptions()
    modules = [import_module(name) for name in READERS.values()]
    for module in modules:
        if module.recognise(path):
            if options.raw is not None and module.LAYOUT != "kitti_depth":
                raise BadInputError(path, f"is of layout {module.LAYOUT}, which takes no raw folder", "leave --raw out")
            dataset: Dataset = module.open_dataset(path, options)
            return dataset
    looked_for = ", ".join(module.LOOKS_FOR for module in modules)
    below = [child for child in sorted(path.iterdir()) if child.is_dir()]
    inside = [child.name for child in below if any(module.recognise(child) for module in modules)]
    remedy = f"give one of its folders {', '.join(inside)}" if inside else "see datasets/README.md for the layouts"
    raise BadInputError(path, f"is no data set in a known layout (looked for {looked_for})", remedy)
