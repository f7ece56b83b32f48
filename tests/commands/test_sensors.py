"""``lidarsel sensors`` as somebody who buys a lidar runs it."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from lidarsel.report.sensors import catalogue_table, nearest_table, product_facts, product_table
from lidarsel.sensors.nearest import nearest
from lidarsel.sensors.registry import find_product, products
from tests.support.chosen_lines import HDL64, write_lines
from tests.support.commands import assert_refused, lidarsel, succeeded

OWN = "maker: Own\nmodel: Two\nlines: 2\nelevation: {by: design, source: drawing 7, deg: [1, -1]}\n"


def test_the_catalogue_as_text_and_as_json() -> None:
    out = succeeded(lidarsel("sensors"))
    for part in ("OS1-32-G", "Pandar128", "90@10%", "<300", "Livox", "solid-state"):
        assert part in out
    found = json.loads(succeeded(lidarsel("sensors", "--json")))
    assert {"Velodyne", "Ouster", "Hesai", "RoboSense"} == {each["maker"] for each in found["products"]}
    assert any("Livox" in each for each in found["not_expressible"])


def test_one_product_as_text_and_as_json() -> None:
    out = succeeded(lidarsel("sensors", "velodyne vlp-32c"))
    for part in ("Velodyne VLP-32C", "-15.639", "velodyne-decoder 3.1.0", "200 m, a driver drops points beyond it"):
        assert part in " ".join(out.split())
    (found,) = json.loads(succeeded(lidarsel("sensors", "VLP-32C", "--json")))["products"]
    assert (found["lines"], found["elevation"]["deg"][0], found["elevation"]["by"]) == (32, 15.0, "design")


def test_a_product_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(OWN)
    assert "no source found" in succeeded(lidarsel("sensors", tmp_path / "own.yaml"))
    (tmp_path / "own.yaml").write_text(OWN.replace("[1, -1]", "[-1, 1]"))
    assert_refused(lidarsel("sensors", tmp_path / "own.yaml"), tmp_path / "own.yaml", "deg must descend")


def test_nearest_ranks_by_elevation_and_says_so(tmp_path: Path) -> None:
    lines = write_lines(tmp_path / "lines.yaml", range(32), find_product("OS1-32").elevation.deg)
    out = succeeded(lidarsel("sensors", "--nearest", lines))
    assert out.splitlines()[3].split()[:2] == ["Ouster", "OS1-32"]
    said = " ".join(out.split())
    assert "By elevation alone" in said
    assert "evaluate on a log is what tells an error" in said
    found = json.loads(succeeded(lidarsel("sensors", "--nearest", lines, "--json")))
    assert (found["products"][0]["model"], found["products"][0]["difference_deg"]) == ("OS1-32", 0)
    nearest_five = ",".join(each["model"] for each in found["products"][:5])
    assert found["evaluate"] == f"lidarsel evaluate DATA --lines {lines} --sensor-model {nearest_five}"
    assert f"by RMSE instead: {found['evaluate']}\n" in out
    (alone,) = json.loads(succeeded(lidarsel("sensors", "XT32", "--nearest", lines, "--json")))["products"]
    assert alone == next(each for each in found["products"] if each["model"] == "XT32")


def test_apparent_elevations_are_doubted_first(tmp_path: Path) -> None:
    lines = write_lines(tmp_path / "lines.yaml", range(0, 64, 8), HDL64)
    lines.write_text(lines.read_text().replace("elevation_kind: cone", "elevation_kind: apparent"))
    out = succeeded(lidarsel("sensors", "--nearest", lines))
    assert out.startswith("DOUBTFUL: the elevations of these lines are apparent")


def test_what_is_wrong_is_named(tmp_path: Path) -> None:
    assert_refused(lidarsel("sensors", "VLP-17"), "VLP-17", "VLP-16")
    assert_refused(lidarsel("sensors", "--nearest", tmp_path / "none.yaml"), tmp_path / "none.yaml")
    (tmp_path / "lines.yaml").write_text("lines: [0, 4, 8]\n")
    assert_refused(
        lidarsel("sensors", "--nearest", tmp_path / "lines.yaml"), tmp_path / "lines.yaml", "lidarsel select"
    )


@pytest.mark.parametrize("width", [80, 100])
def test_all_of_it_fits(width: int) -> None:
    file = io.StringIO()
    console = Console(file=file, width=width, color_system=None)
    console.print(catalogue_table(products()))
    console.print(nearest_table(nearest([80.0, -80.0], products()), 2))
    for product in products():
        console.print(product_table(product))
        console.print(product_facts(product))
    lines = [line.rstrip() for line in file.getvalue().splitlines()]
    assert max(map(len, lines)) <= width
    assert "…" not in file.getvalue()
