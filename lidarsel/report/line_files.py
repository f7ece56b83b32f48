"""Chosen lines as other programs take them: a table (CSV), and parameters of ring filters of ROS 2."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import yaml

from lidarsel.contracts import LinesFile
from lidarsel.listing import line_ranges
from lidarsel.printable import printable

LINES_FILE = Path("lines.yaml")
"""Of a run's largest budget, within its folder."""
_FILTER = "passthrough_filter_uint16_node"
_LAST_RING = 65535
_ROS_HEAD = """\
# {kept} of {n_lines} lines of {sensor}: {lines} (0 is the topmost), chosen by lidarsel {version}, {method}.
#
# Parameters of ROS 2 nodes {node} (package autoware_pointcloud_preprocessor), one
# after another: each drops the rings of one run, both ends included, and passes the rest on. Give every node its name
# and namespace, its input the output of the one before. Take one of the two chains, by how the driver counts:
#   /rings_from_top      ring 0 is the topmost line: ouster_ros
#   /rings_from_bottom   ring 0 is the lowest line: velodyne_pointcloud
# Where the driver calls the field otherwise (channel), correct filter_field_name.
#
# No driver is told rings: velodyne_pointcloud has no such parameter; ouster_ros has v_reduction (every 2nd, 4th, 8th or
# 16th) and mask_path (an image). pcl_ros' PassThrough takes fields of float32 alone, and rings are uint16.
"""


def lines_path(first: Path, budget: int, first_budget: int) -> Path:
    """The file of some budget's lines: the first one's own, -K before the ending for the others."""
    return first if budget == first_budget else first.with_name(f"{first.stem}-{budget}{first.suffix}")


def lines_csv(file: LinesFile) -> str:
    """A row a line, topmost first: its number, its elevation in degrees, whether it is kept, its ring from below."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["line", "elevation_deg", "kept", "ring_from_bottom"])
    kept = set(file.lines)
    for line, elevation_deg in enumerate(file.elevation_deg):
        table.writerow([line, elevation_deg, int(line in kept), file.n_lines - 1 - line])
    return text.getvalue()


def lines_ros(file: LinesFile) -> str:
    """A ROS 2 parameter file: a node for each run of dropped rings, counted from the top and from the bottom."""
    head = _ROS_HEAD.format(
        kept=file.budget,
        n_lines=file.n_lines,
        sensor=printable(file.sensor),
        lines=line_ranges(file.lines),
        version=file.lidarsel_version,
        method=printable(file.method),
        node=_FILTER,
    )
    last = file.n_lines - 1
    chains = {"rings_from_top": file.lines, "rings_from_bottom": [last - line for line in reversed(file.lines)]}
    nodes = {
        f"/{chain}/drop_{number}": {"ros__parameters": _dropping(*run)}
        for chain, rings in chains.items()
        for number, run in enumerate(_between(rings), 1)
    }
    return head + yaml.safe_dump(nodes, sort_keys=False)


def _between(rings: list[int]) -> Iterator[tuple[int, int]]:
    """First and last of every run of rings that are not there, the one without end included."""
    before = -1
    for ring in [*rings, _LAST_RING + 1]:
        if ring > before + 1:
            yield before + 1, ring - 1
        before = ring


def _dropping(first: int, last: int) -> dict[str, object]:
    return {
        "filter_field_name": "ring",
        "filter_limit_min": first,
        "filter_limit_max": last,
        "filter_limit_negative": True,
        "keep_organized": False,
    }
