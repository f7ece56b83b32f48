"""A file cut short is refused, or not needed: what is still read is what was there before.

A reader that fills the gap with zeros, grey or whatever is in memory passes every test of what is sensible.
"""

from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.errors import LidarselError
from tests.fuzz.__main__ import SLOW
from tests.fuzz.readers import TARGETS
from tests.fuzz.target import Target, scratch
from tests.fuzz.targets import lacking

READERS = {
    target.name: target
    for target in TARGETS
    if target.name not in SLOW and not target.name.startswith(("sensor.yaml", "apply"))
}
PLAIN_TEXT = (".txt", ".csv")
"""A number or a table of rows that is cut short is another number, or fewer rows."""


def read(target: Target, folder: Path) -> list[object]:
    """All that a data set tells of its frames."""
    dataset = open_dataset(folder / "thinned" if target.name == "thinned" else folder, ReadOptions("scan"))
    found: list[object] = [list(dataset.frame_ids), dataset.elevation_deg.tobytes()]
    for index in range(len(dataset)):
        frame = dataset.frame(index)
        found += [frame.points.depth_m.tobytes(), frame.points.line.tobytes(), frame.points.row.tobytes()]
        found.append(None if frame.image is None else frame.image.tobytes())
        scan = dataset.scan(index)
        found.append(None if scan is None else scan.xyz_m.tobytes())
    return found


@cache
def whole(name: str) -> list[object]:
    with scratch() as folder:
        READERS[name].write(folder)
        return read(READERS[name], folder)


@pytest.mark.parametrize("name", sorted(READERS))
def test_a_file_cut_short_is_refused_or_not_needed(name: str) -> None:
    if said := lacking(name):
        pytest.skip(said)
    target = READERS[name]
    files = sorted(file for file in target.files if target.fuzzed(file) and not file.endswith(PLAIN_TEXT))
    refused = 0

    @settings(
        max_examples=25,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.sampled_from(files), st.floats(0, 1, exclude_max=True))
    def holds(file: str, share: float) -> None:
        nonlocal refused
        with scratch() as folder:
            target.write(folder)
            content = target.files[file]
            (folder / file).write_bytes(content[: int(len(content) * share)])
            try:
                found = read(target, folder)
            except LidarselError:
                refused += 1
                return
            assert found == whole(name), f"{file} cut to {share:.0%} reads as something else"

    holds()
    assert refused > 5
