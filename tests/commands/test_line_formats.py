"""`lidarsel select --format`: the same lines in each form, whatever the file is called."""

import csv
import json
from pathlib import Path

import pytest
import yaml

from lidarsel.contracts import write_contract
from tests.support.commands import assert_refused, lidarsel, succeeded
from tests.support.report_samples import values


def kept(path: Path, kind: str) -> list[int]:
    text = path.read_text()
    if kind == "csv":
        return [int(row["line"]) for row in csv.DictReader(text.splitlines()) if row["kept"] == "1"]
    found = json.loads(text)["lines"] if kind == "json" else yaml.safe_load(text)["lines"]
    return [int(line) for line in found]


def test_every_format_holds_the_same_lines(tmp_path: Path) -> None:
    write_contract(tmp_path / "values.json", values())
    for kind in ("yaml", "json", "csv", "ros"):
        done = lidarsel("select", "values.json", "-k", "3,2", "--format", kind, "-o", f"{kind}.txt", cwd=tmp_path)
        assert f"lines: {kind}-2.txt" in succeeded(done)
    plain = lidarsel("select", "values.json", "-k", 3, "-o", "plain.yaml", cwd=tmp_path)
    assert "lines: plain.yaml" in succeeded(plain)
    wanted = kept(tmp_path / "plain.yaml", "yaml")
    assert len(wanted) == 3
    for kind in ("yaml", "json", "csv"):
        assert kept(tmp_path / f"{kind}.txt", kind) == wanted
    nodes = yaml.safe_load((tmp_path / "ros.txt").read_text())
    assert {name.split("/")[1] for name in nodes} == {"rings_from_top", "rings_from_bottom"}


@pytest.mark.parametrize("kind", ["xml", "jsn"])
def test_an_unknown_format_is_refused(kind: str, tmp_path: Path) -> None:
    write_contract(tmp_path / "values.json", values())
    refused = lidarsel("select", "values.json", "-k", 3, "--format", kind, cwd=tmp_path)
    assert_refused(refused, f"--format '{kind}' is none of yaml, json, csv, ros")
    assert not (tmp_path / "lines.yaml").exists()
