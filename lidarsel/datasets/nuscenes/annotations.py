"""nuScenes' boxes round things, of every key frame, in the coordinates of the world."""

import math
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property, partial

import numpy as np

from lidarsel.datasets.nuscenes.tables import REMEDY, PoseRow, SampleData, TableRow, Tables, read_rows
from lidarsel.datasets.parts.rigid import is_rigid_motion
from lidarsel.datasets.scans.labels import BoxLabels, FrameBoxes
from lidarsel.errors import BadInputError
from lidarsel.geometry.boxes import Box
from lidarsel.object_classes import ObjectClass

_TABLE = "sample_annotation"
_CLASSES = (
    ("human.pedestrian", ObjectClass.PERSON),
    ("vehicle.bicycle", ObjectClass.CYCLIST),
    ("vehicle.motorcycle", ObjectClass.CYCLIST),
    ("vehicle", ObjectClass.VEHICLE),
)
"""By what a category's name begins with; the first that fits. Animals and things that stand about are other."""


class CategoryRow(TableRow, frozen=True, gc=False):
    name: str


class InstanceRow(TableRow, frozen=True, gc=False):
    category_token: str


class AnnotationRow(PoseRow, frozen=True, gc=False):
    """A box, posed by its middle. size: width, length, height, metres."""

    sample_token: str
    instance_token: str
    size: tuple[float, float, float]

    def is_box(self) -> bool:
        return 0 < min(self.size) <= max(self.size) < math.inf and is_rigid_motion(self.translation, self.rotation)

    def box(self, value: ObjectClass) -> Box:
        """For points of the world."""
        width, length, height = self.size
        return Box(np.asarray(np.linalg.inv(self.matrix())), np.array([length, width, height]), value)


class Annotations:
    """The boxes of a version's samples. Their rows are read and checked when first asked for, and a sample's boxes made
    when it is, as the full data set has 1.2 million. Raises BadInputError naming a damaged table."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.path = tables.folder / f"{_TABLE}.json"

    def around(self, sweep: SampleData) -> FrameBoxes:
        """Those of a key frame, in the coordinates of its sweep."""
        world_from_lidar = self._tables.world_from_sensor(sweep)
        told = self._by_sample.get(sweep.sample_token, [])
        return FrameBoxes([row.box(value).seen_from(world_from_lidar) for row, value in told])

    @cached_property
    def _by_sample(self) -> dict[str, list[tuple[AnnotationRow, ObjectClass]]]:
        folder = self._tables.folder
        names = {row.token: row.name for row in read_rows(folder, "category", CategoryRow)}
        category = {row.token: row.category_token for row in read_rows(folder, "instance", InstanceRow)}
        found: dict[str, list[tuple[AnnotationRow, ObjectClass]]] = defaultdict(list)
        for row in read_rows(folder, _TABLE, AnnotationRow):
            if row.sample_token in self._tables.samples:
                name = names.get(category.get(row.instance_token, ""))
                if name is None:
                    problem = f"the thing of its row {row.token} has no category"
                    raise BadInputError(self.path, problem, REMEDY)
                if not row.is_box():
                    raise BadInputError(self.path, f"its row {row.token} is no box", REMEDY)
                found[row.sample_token].append((row, _class_of(name)))
        return dict(found)


def _class_of(category: str) -> ObjectClass:
    return next((found for prefix, found in _CLASSES if category.startswith(prefix)), ObjectClass.OTHER)


def find_annotations(tables: Tables) -> Annotations | None:
    """None where the table is not there, as in the test split."""
    return Annotations(tables) if (tables.folder / f"{_TABLE}.json").is_file() else None


def annotation_labels(annotations: Annotations | None, sweeps: Mapping[int, SampleData]) -> BoxLabels | None:
    """Those of a scene's key frames, by the number of their sweep."""
    if annotations is None:
        return None
    source = "nuScenes' boxes (sample_annotation); what is in no box, the road too, is other"
    return BoxLabels(
        source, dict.fromkeys(sweeps, annotations.path), partial(_of_number, annotations, sweeps), all_round=True
    )


def _of_number(annotations: Annotations, sweeps: Mapping[int, SampleData], number: int) -> FrameBoxes:
    return annotations.around(sweeps[number])
