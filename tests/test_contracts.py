"""The files between commands: what is written is read back, what cannot be is refused by its key."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from lidarsel.contracts import FORMAT_VERSION, LinesFile, ReportFile, ValuesFile, read_contract, write_contract
from lidarsel.errors import BadInputError, OutputError
from lidarsel.report_rows import ReportRow

PROVENANCE: dict[str, Any] = {
    "format_version": FORMAT_VERSION,
    "lidarsel_version": "0.1.0",
    "seed": 3,
    "network": "lidarsel",
    "network_sha256": "ab" * 32,
    "data": "some/where",
    "data_fingerprint": "cd" * 32,
    "command": "lidarsel run some/where --budget 2",
}
LINES = LinesFile(
    **PROVENANCE,
    sensor="HDL-64E",
    n_lines=4,
    elevation_deg=[2.0, 0.5, -1.0, -2.5],
    method="sas-region",
    budget=2,
    lines=[0, 2],
    line_elevation_deg=[2.0, -1.0],
    chosen_on_frames=["a", "b"],
)
VALUES = ValuesFile(
    **PROVENANCE,
    metric="rmse",
    unit="mm",
    estimator="antithetic permutations, 2 pairs a frame",
    n_lines=2,
    n_frames=1,
    n_evaluations=10,
    stopped="evaluations",
    value_empty=-3000.0,
    value_full=-1000.0,
    mean=[1500.0, 500.0],
    standard_error=[10.0, 5.0],
    degrees_of_freedom=None,
    elevation_deg=[1.0, -1.0],
    points_per_line=[10.0, 20.5],
    sensor="tiny",
    frames=["a"],
    per_frame="values.npz",
)
ROW = ReportRow(
    method="all",
    budget=2,
    lines=[0, 1],
    rmse_mm=1000.0,
    rmse_low_mm=900.0,
    rmse_high_mm=1100.0,
    mae_mm=300.0,
    irmse_per_km=4.0,
    imae_per_km=2.0,
    n_frames=3,
    ratio_to_all=1.0,
)
REPORT = ReportFile(
    **PROVENANCE,
    sensor="tiny",
    n_lines=2,
    elevation_deg=[1.0, -1.0],
    metric="rmse",
    ground_truth="official",
    frames=["c"],
    chosen_on_frames=["a"],
    same_frames=False,
    chosen_method="all",
    chosen_budget=2,
    notes=["a note"],
    rows=[ROW],
)


@pytest.mark.parametrize(
    ("name", "content"),
    [("lines.yaml", LINES), ("lines.json", LINES), ("values.json", VALUES), ("report.json", REPORT)],
)
def test_what_is_written_is_read_back(tmp_path: Path, name: str, content: LinesFile) -> None:
    write_contract(tmp_path / name, content)
    assert read_contract(tmp_path / name, type(content)) == content
    assert [path.name for path in tmp_path.iterdir()] == [name], "nothing half-written may stay behind"


def test_lines_yaml_has_the_keys_of_the_contract(tmp_path: Path) -> None:
    write_contract(tmp_path / "lines.yaml", LINES)
    keys = set(yaml.safe_load((tmp_path / "lines.yaml").read_text()))
    assert {"format_version", "lidarsel_version", "seed", "network_sha256", "data_fingerprint", "command"} <= keys
    assert {"sensor", "n_lines", "elevation_deg", "method", "budget", "lines"} <= keys


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"extra": 1}, "extra"),
        ({"budget": "two"}, "budget"),
        ({"budget": 3}, "lines"),
        ({"lines": [2, 0]}, "sorted"),
        ({"lines": [0, 4]}, "0..3"),
        ({"lines": [0, 0]}, "repetition"),
        ({"elevation_deg": [1.0]}, "elevation_deg"),
        ({"elevation_deg": [2.0, float("nan"), -1.0, -2.5]}, "elevation_deg"),
        ({"format_version": 99}, "format_version"),
        ({"n_lines": None}, "n_lines"),
        ({"seed": -1}, "seed"),
    ],
)
def test_a_wrong_lines_file_is_refused_by_its_key(tmp_path: Path, changes: dict[str, object], named: str) -> None:
    write_contract(tmp_path / "good.yaml", LINES)
    content = yaml.safe_load((tmp_path / "good.yaml").read_text()) | changes
    bad = tmp_path / "bad.yaml"
    bad.write_text(yaml.safe_dump(content))
    with pytest.raises(BadInputError) as caught:
        read_contract(bad, LinesFile)
    assert named in str(caught.value)
    assert str(bad) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "- 1\n", "{", "\x00", "a: !!python/object/apply:os.system ['true']", "[" * 5000])
def test_what_is_no_lines_file_is_refused(tmp_path: Path, text: str) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(text)
    with pytest.raises(BadInputError, match=r"bad\.yaml"):
        read_contract(bad, LinesFile)


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    write_contract(tmp_path / "good.json", VALUES)
    content = json.loads((tmp_path / "good.json").read_text())
    del content["standard_error"]
    (tmp_path / "bad.json").write_text(json.dumps(content))
    with pytest.raises(BadInputError, match="standard_error"):
        read_contract(tmp_path / "bad.json", ValuesFile)


def test_an_unwritable_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match=r"lines\.yaml"):
        write_contract(tmp_path / "file" / "lines.yaml", LINES)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"degrees_of_freedom": 0.0}, "degrees_of_freedom"),
        ({"degrees_of_freedom": 3.0}, "degrees_of_freedom must be null with one frame"),
        ({"n_frames": 2, "frames": ["a", "b"]}, "degrees_of_freedom must be null with one frame"),
    ],
)
def test_degrees_of_freedom_that_cannot_be_are_refused(tmp_path: Path, changes: dict[str, object], named: str) -> None:
    write_contract(tmp_path / "values.json", VALUES)
    content = json.loads((tmp_path / "values.json").read_text()) | changes
    (tmp_path / "values.json").write_text(json.dumps(content))
    with pytest.raises(BadInputError, match=named):
        read_contract(tmp_path / "values.json", ValuesFile)


@pytest.mark.parametrize(("name", "content"), [("values.json", VALUES), ("report.json", REPORT)])
@pytest.mark.parametrize(
    ("metric", "said"),
    [
        ("RMSE", "metric 'RMSE' is spelled 'rmse'"),
        ("rmse@00-20", "metric 'rmse@00-20' is spelled 'rmse@0-20'"),
        ("rsme", "'rsme' is none of rmse, mae"),
    ],
)
def test_a_metric_is_spelled_as_its_errors_are(tmp_path: Path, name: str, content: Any, metric: str, said: str) -> None:
    write_contract(tmp_path / name, content)
    changed = json.loads((tmp_path / name).read_text()) | {"metric": metric}
    (tmp_path / name).write_text(json.dumps(changed))
    with pytest.raises(BadInputError) as refusal:
        read_contract(tmp_path / name, type(content))
    assert said in str(refusal.value)
    assert refusal.value.path == tmp_path / name
