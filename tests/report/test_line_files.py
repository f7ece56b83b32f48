"""Chosen lines as other programs read them: a chain of ring filters passes those lines' points, and no other."""

import csv
import io

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from lidarsel.contracts import LinesFile
from lidarsel.report.line_files import lines_csv, lines_ros
from tests.support.chosen_lines import lines_file


def file_of(n_lines: int, lines: list[int]) -> LinesFile:
    return lines_file(lines, np.linspace(2.0, -24.8, n_lines).round(4))


def passed(rings: NDArray[np.int64], chain: list[dict[str, object]]) -> NDArray[np.int64]:
    """What Autoware's passthrough_filter_uint16_node lets through, one node after another, as its documentation says:
    of a field, the values within both limits, or with filter_limit_negative those outside."""
    for node in chain:
        assert node["filter_field_name"] == "ring"
        low, high = node["filter_limit_min"], node["filter_limit_max"]
        inside = np.array([low <= ring <= high for ring in rings.tolist()], bool)
        rings = rings[~inside if node["filter_limit_negative"] else inside]
    return rings


def chains(text: str) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = {}
    for name, node in yaml.safe_load(text).items():
        _, chain, _ = name.split("/")
        found.setdefault(chain, []).append(node["ros__parameters"])
    return found


@given(st.integers(1, 128).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1), min_size=1))))
def test_the_chain_passes_the_kept_lines_alone_from_either_end(given: tuple[int, set[int]]) -> None:
    n_lines, kept = given
    found = chains(lines_ros(file_of(n_lines, sorted(kept))))
    line = np.repeat(np.arange(n_lines), 3)
    assert set(passed(line, found["rings_from_top"]).tolist()) == kept
    from_bottom = n_lines - 1 - line
    assert {n_lines - 1 - ring for ring in passed(from_bottom, found["rings_from_bottom"]).tolist()} == kept


def test_limits_are_whole_numbers_that_16_bits_hold() -> None:
    for chain in chains(lines_ros(file_of(64, [3, 4, 40]))).values():
        assert len(chain) == 3
        for node in chain:
            assert 0 <= node["filter_limit_min"] <= node["filter_limit_max"] <= 65535  # type: ignore[operator]


def test_the_file_says_what_it_is_for_within_120_columns() -> None:
    text = lines_ros(file_of(64, list(range(28))))
    head = [line for line in text.splitlines() if line.startswith("#")]
    assert "28 of 64 lines of test: 0-27" in head[0]
    assert max(map(len, head)) <= 120


@pytest.mark.parametrize("lines", [[0], [0, 1, 5], list(range(16))])
def test_the_table_has_every_line(lines: list[int]) -> None:
    file = file_of(16, lines)
    rows = list(csv.DictReader(io.StringIO(lines_csv(file))))
    assert [int(row["line"]) for row in rows] == list(range(16))
    assert [int(row["line"]) for row in rows if row["kept"] == "1"] == lines
    assert [float(row["elevation_deg"]) for row in rows] == file.elevation_deg
    assert [int(row["ring_from_bottom"]) for row in rows] == list(range(15, -1, -1))
