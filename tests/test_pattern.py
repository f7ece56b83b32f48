"""Lines of one's own are enough: typed, or in a file with nothing else."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from lidarsel.contracts import LinesFile, ReportFile, read_contract
from lidarsel.errors import LidarselError
from lidarsel.pattern import read_pattern, read_patterns
from tests.support.chosen_lines import HDL64, write_lines
from tests.support.commands import assert_refused, lidarsel, succeeded
from tests.support.quick import slow_but
from tests.support.sensor_frames import sensor, write_clouds

CHEAP = ("--network", "nearest")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clouds") / "data"
    write_clouds(folder, sensor(16))
    return folder


def test_numbers_a_bare_file_and_a_whole_file_say_the_same(tmp_path: Path) -> None:
    yaml, text, whole = tmp_path / "a.yaml", tmp_path / "a.json", tmp_path / "lines.yaml"
    yaml.write_text("lines: [8, 0, 9, 10]")
    text.write_text('{"lines": "0,8-10"}')
    write_lines(whole, [0, 8, 9, 10], HDL64)
    found = [read_pattern(given) for given in (Path("0,8-10"), yaml, text, whole)]
    assert {pattern.lines for pattern in found} == {(0, 8, 9, 10)}
    assert [pattern.method for pattern in found] == ["hand", "a.yaml", "a.json", "interval"]
    assert [pattern.method for pattern in read_patterns([str(yaml), str(whole)])] == ["a.yaml", "lines.yaml"]
    (tmp_path / "other").mkdir()
    twin = tmp_path / "other" / "a.yaml"
    twin.write_text("lines: [1]")
    assert [pattern.method for pattern in read_patterns([str(yaml), str(twin)])] == [str(yaml), str(twin)]


def test_a_long_list_of_numbers_is_no_file() -> None:
    assert read_pattern(Path(",".join(map(str, range(128))))).lines == tuple(range(128))


def test_what_a_file_lacks_is_taken_from_the_data() -> None:
    file = read_pattern(Path("0,2")).of_sensor("VLP", np.array([3.0, 1.0, -1.0]), Path("log"), "lidarsel apply")
    assert (file.n_lines, file.sensor, file.elevation_deg, file.line_elevation_deg) == (3, "VLP", [3, 1, -1], [3, -1])


@pytest.mark.parametrize(
    "content",
    ["lines: [0, 0]", "lines: []", "lines: [-1]", "lines: [1.5]", "lines: [true]", "lines: x", "lines: 3", "- 1", ""],
)
def test_a_wrong_file_is_refused_by_name(content: str, tmp_path: Path) -> None:
    path = tmp_path / "pattern.yaml"
    path.write_text(content)
    with pytest.raises(LidarselError, match=r"pattern\.yaml"):
        read_pattern(path)


@pytest.mark.parametrize("typed", ["", "5-3", "1,,2", "-", "0-999999"])
def test_wrong_numbers_are_refused(typed: str) -> None:
    with pytest.raises(LidarselError, match="--lines"):
        read_pattern(Path(typed))


@pytest.mark.parametrize("command", slow_but(["evaluate"], ["evaluate", "apply", "view"]))
def test_lines_of_another_sensor_are_refused(command: str, data: Path, tmp_path: Path) -> None:
    bare, whole = tmp_path / "bare.yaml", write_lines(tmp_path / "whole.yaml", [3, 40], HDL64)
    bare.write_text("lines: [0, 16]")
    cheap = CHEAP if command == "evaluate" else ()
    for given, said in (("0,16", "line 16"), (bare, "line 16"), (whole, "64 lines")):
        done = lidarsel(command, data, "--lines", given, *cheap, "-o", tmp_path / "out.png")
        named_by_the_log = command == "apply" and given == whole
        assert_refused(done, said if named_by_the_log else str(given), said)
        assert not (tmp_path / "out.png").exists()


def test_every_command_takes_numbers(data: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.yaml"
    bare.write_text("lines: [1, 5]")
    both = ("--lines", "3,8-10", "--lines", bare)
    told = json.loads(succeeded(lidarsel("evaluate", data, *both, *CHEAP, "-o", tmp_path / "r.json", "--json")))
    rows = [(row["method"], row["lines"]) for row in told["rows"]]
    assert rows[1:-1] == [("hand", [3, 8, 9, 10]), ("bare.yaml", [1, 5])]
    assert told["chosen_method"] == "hand"
    done = json.loads(succeeded(lidarsel("apply", data, "--lines", bare, "-o", tmp_path / "thinned", "--json")))
    assert (done["n_lines"], done["lines"]) == (16, [1, 5])
    succeeded(lidarsel("view", data, "--lines", "1,5", "-o", tmp_path / "view.png"))


def test_patterns_stand_beside_the_selectors(data: Path, tmp_path: Path) -> None:
    paths: Sequence[Path] = [tmp_path / "even.yaml", tmp_path / "top.yaml"]
    for path, lines in zip(paths, ([2, 6, 10, 14], [3, 4, 5]), strict=True):
        path.write_text(f"lines: {lines}")
    asked = ("--budgets", "4,8", "--methods", "spaced", "--evaluations", 200, "--patterns", ",".join(map(str, paths)))
    out = succeeded(lidarsel("sweep", data, *asked, *CHEAP, "-o", tmp_path / "runs"))
    (folder,) = (tmp_path / "runs").iterdir()
    rows = {(row.method, row.budget): row.lines for row in read_contract(folder / "report.json", ReportFile).rows}
    assert rows["even.yaml", 4] == [2, 6, 10, 14]
    assert rows["top.yaml", 3] == [3, 4, 5]
    assert {"even.yaml", "top.yaml"} <= set(out.split())
    assert "even.yaml" in (folder / "sweep.csv").read_text()
    assert read_contract(folder / "lines.yaml", LinesFile).method == "spaced"
    assert_refused(lidarsel("sweep", data, *CHEAP, "--patterns", tmp_path / "none.yaml"), "none.yaml")
