"""What is in a data set, and a picture of its lines."""

from pathlib import Path

import numpy as np

from lidarsel.datasets.base import Dataset
from lidarsel.datasets.inspect import DatasetSummary, inspect_dataset
from lidarsel.datasets.parts.png import write_png
from lidarsel.datasets.registry import open_dataset
from lidarsel.datasets.split import thin_frames
from lidarsel.ending import tell
from lidarsel.errors import UsageError
from lidarsel.progress import step
from lidarsel.report.pictures.line_names import draw_named_lines
from lidarsel.settings import RunSettings
from lidarsel.writing import whole_file


def inspect_data(data: Path, settings: RunSettings) -> tuple[Dataset, DatasetSummary]:
    """Open a data set, damaged frames and all, and sum up at most ``max_frames`` of its frames."""
    with step("opening", 1) as advance:
        dataset = open_dataset(data, settings.read_options())
        advance(1, 1)
    for doubt in dataset.doubts:
        tell(f"warning: {doubt}")
    with step("looking at frames") as advance:
        summary = inspect_dataset(dataset, advance, thin_frames(len(dataset), settings.max_frames), settings.crop)
    return dataset, summary


def write_plot(dataset: Dataset, frame: int, path: Path) -> None:
    """Write a PNG of a frame's lines over its camera image, named. Raises UsageError where there is no such frame."""
    if frame >= len(dataset):
        raise UsageError(f"--frame {frame}: the data has frames 0..{len(dataset) - 1}")
    elevation_deg = np.asarray(dataset.elevation_deg)
    picture = draw_named_lines(dataset.frame(frame), dataset.sensor, elevation_deg, dataset.elevation_kind)
    with whole_file(path) as partial:
        write_png(partial, picture)
