"""Layouts are recognised by looking; what is none is refused with what was looked for."""

import re
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.reader import LayoutFacts, Reader, ReadOption
from lidarsel.datasets.registry import NOT_ACCEPTED, open_dataset, reader_modules, readers
from lidarsel.errors import BadInputError
from lidarsel.geometry.unordered import LaserCones
from tests.fuzz.readers import TARGETS
from tests.support.nuscenes_trees import write_tree

ROOT = Path(__file__).resolve().parents[2]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="nowhere: does not exist"):
        open_dataset(tmp_path / "nowhere")


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInputError, match="file: is no folder"):
        open_dataset(tmp_path / "file")


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="is empty"):
        open_dataset(tmp_path)


def test_a_folder_of_other_things(tmp_path: Path) -> None:
    (tmp_path / "holiday.txt").write_text("sun")
    with pytest.raises(BadInputError, match=r"no data set in a known layout \(looked for .*proj_depth") as refused:
        open_dataset(tmp_path)
    for looked_for in ("velodyne_points", "sequences", "training"):
        assert looked_for in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_folder_of_data_sets_names_them(shared_data: Path) -> None:
    with pytest.raises(BadInputError, match=r"give one of its folders .*kitti_depth, .*kitti_raw"):
        open_dataset(shared_data)


def test_a_raw_folder_is_for_depth_completion_only(shared_data: Path) -> None:
    with pytest.raises(BadInputError, match="takes no raw folder; leave --raw out"):
        open_dataset(shared_data / "kitti_object", ReadOptions(raw=shared_data / "kitti_raw"))


def test_a_raw_drive_without_scans(tmp_path: Path) -> None:
    (tmp_path / "2011_09_26/2011_09_26_drive_0001_sync/velodyne_points/data").mkdir(parents=True)
    with pytest.raises(BadInputError, match="holds no scan"):
        open_dataset(tmp_path)


def test_a_calibration_is_not_for_layouts_with_rings(tmp_path: Path) -> None:
    write_tree(tmp_path, 2)
    cones = LaserCones(np.zeros(1), np.zeros(1), 0.1)
    with pytest.raises(BadInputError, match="is of layout nuscenes, whose rings tell the lines; leave --sensor out"):
        open_dataset(tmp_path, ReadOptions(sensor=cones))


@pytest.mark.parametrize(
    ("option", "given", "refusal"),
    [
        ("depth_scale", ReadOptions(depth_scale=1000.0), "takes no depth images; leave --depth-scale out"),
        ("trust_paths", ReadOptions(trust_paths=True), "named in no table; leave --trust-paths out"),
    ],
)
def test_an_option_that_a_reader_has_no_use_for_is_refused(
    tmp_path: Path, option: str, given: ReadOptions, refusal: str
) -> None:
    assert {reader.name for reader in readers() if option in reader.accepts} == {
        "depth_scale": {"kitti_depth", "frames_csv"},
        "trust_paths": {"frames_csv"},
    }[option]
    write_tree(tmp_path, 2)
    with pytest.raises(BadInputError, match=f"is of layout nuscenes, .*{refusal}"):
        open_dataset(tmp_path, given)


def test_every_option_is_for_all_readers_or_named_with_a_refusal() -> None:
    for_all = {"ground_truth", "labels", "skip_bad", "follow_links"}
    assert {field.name for field in fields(ReadOptions)} - for_all == set(get_args(ReadOption)) == set(NOT_ACCEPTED)


@pytest.mark.parametrize("module", reader_modules())
def test_readers_load_nothing_heavy(module: str) -> None:
    code = f"import {module}, sys; print({{'torch', 'open3d', 'kornia', 'kiss_icp'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert done.stdout.strip() == "set()"


def test_readers_are_asked_each_in_its_place() -> None:
    assert len({reader.place for reader in readers()}) == len(readers())
    assert len({reader.name for reader in readers()}) == len(readers())
    assert all(reader.why_there for reader in readers())


@pytest.mark.parametrize("reader", readers(), ids=lambda reader: reader.name)
def test_nothing_of_a_reader_is_forgotten(reader: Reader) -> None:
    """What ``CONTRIBUTING.md`` asks of a new reader, besides its tests."""
    assert missing(reader, (ROOT / "datasets/README.md").read_text(), {target.name for target in TARGETS}) == []


def test_what_is_forgotten_is_named() -> None:
    reader = replace(readers()[0], layout=LayoutFacts("toy", "toy.txt", ("scan",), ""))
    told = missing(reader, "| `toys` | ...", {"toys-small", "frames_csv-bin"})
    assert told == [
        "datasets/README.md: a row for `toy` in the table of layouts",
        "datasets/README.md: how toy is laid out, with toy.txt",
        "tests/fuzz/: a Target named toy or toy-...",
    ]
    documented = "| `toy` | [Toys](#toys) |\n## Toys\ntoy.txt\n"
    assert missing(reader, documented, {"toy-small"}) == []


def missing(reader: Reader, readme: str, targets: set[str]) -> list[str]:
    """What a reader lacks beside its code, each with its place. A table row links to the section that shows a tree."""
    lacks = []
    row = re.search(rf"^\| `{reader.name}` \|.*\(#([\w-]+)\)", readme, re.MULTILINE)
    if row is None:
        lacks.append(f"datasets/README.md: a row for `{reader.name}` in the table of layouts")
    titles = re.split(r"^## (.+)$", readme, flags=re.MULTILINE)
    slugs = [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles[1::2]]
    sections = dict(zip(slugs, titles[2::2], strict=True))
    if row is None or not sections.get(row[1], "").strip():
        lacks.append(f"datasets/README.md: how {reader.name} is laid out, with {reader.layout.looks_for}")
    if reader.name not in {target.partition("-")[0] for target in targets}:
        lacks.append(f"tests/fuzz/: a Target named {reader.name} or {reader.name}-...")
    return lacks
