"""``lidarsel evaluate --uncertainty`` and ``--metric spread`` as users run them, with a network of their own."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import assert_refused, lidarsel, succeeded
from tests.test_schemas import validate

OWN = '''
import torch
from torch.nn import functional


class Blurred(torch.nn.Module):
    """The mean of what was measured near by; surer the more there was."""

    def forward(self, sparse_depth_m):
        known = (sparse_depth_m > 0).float()
        total, count = (functional.avg_pool2d(x, 31, 1, 15, count_include_pad=False) for x in (sparse_depth_m, known))
        depth_m = torch.where(count > 0, total / count.clamp(min=1e-6), torch.full_like(total, 12.0)).clamp(min=0.5)
        depth_m = torch.where(sparse_depth_m > 0, sparse_depth_m, depth_m)
        return {"depth": depth_m, "spread_m": 0.02 * depth_m / (0.01 + count)}


class Silent(Blurred):
    def forward(self, sparse_depth_m):
        return super().forward(sparse_depth_m)["depth"]


def spreading():
    return Blurred()


def silent():
    return Silent()
'''


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    (folder / "own.py").write_text(OWN)
    return folder


def asked(command: str, drives: Path, place: Path, *given: object, network: str = "spreading") -> Any:
    return lidarsel(command, drives, "--network", f"own:{network}", "--crop", "64x128", *given, cwd=place)


def test_a_spread_is_calibrated_told_and_shown(drives: Path, place: Path) -> None:
    done = asked("evaluate", drives, place, "--lines", "0-20", "--uncertainty", "-o", "report.json")
    said = succeeded(done)
    assert "How far depths may be off" in said
    assert "With 21 lines half of the 90 % interval is " in " ".join(said.split())
    assert said.endswith("report: report.json\nuncertainty: report.uncertainty.html\n")
    report = json.loads((place / "report.json").read_text())
    validate("report", report)
    rows = report["spread"]["rows"]
    assert {row["method"] for row in rows} == {"network", "distance"}
    assert [row["budget"] for row in rows[::2]] == [21, 4, 8, 16, 32, 64]
    assert all(0.5 < row["coverage_90"] <= row["coverage_95"] <= 1 for row in rows)
    assert report["spread"]["drives"] == 2
    assert len(report["spread"]["by_line_m"]) == 64
    page = (place / "report.uncertainty.html").read_text()
    assert "Where the lines leave one blind" in page
    assert page.count("data:image/png;base64,") == 1


def test_lines_are_chosen_by_the_spread_and_judged_by_errors(drives: Path, place: Path) -> None:
    given = ("--budget", 6, "--metric", "spread", "--methods", "spaced,interval", "--sets", 24, "--evaluations", 300)
    report = json.loads(succeeded(asked("run", drives, place, *given, "--json")))
    assert report["metric"] == "spread"
    rows = {row["method"]: row for row in report["rows"]}
    spread = {method: row["errors_by"]["spread"] for method, row in rows.items()}
    assert spread["all"] < spread["interval"] < spread["none"]
    assert rows["interval"]["rmse_mm"] > 0
    assert [part["part"] for part in rows["interval"]["by_part"]][:4] == ["0-10", "10-20", "20-40", "40-80"]
    (folder,) = (place / "runs").iterdir()
    values = json.loads((folder / "values.json").read_text())
    assert values["unit"] == "mm"
    assert sum(values["mean"]) == pytest.approx(values["value_full"] - values["value_empty"], rel=1e-6)


def test_networks_without_a_spread_are_refused(drives: Path, place: Path) -> None:
    remedy = "a network of your own that returns spread_m"
    (place / "refused").mkdir()
    given = ("--lines", "0-20", "--uncertainty", "-o", "refused/report.json")
    assert_refused(
        asked("evaluate", drives, place, *given, network="silent"), "own:silent does not say how far", remedy
    )
    assert list((place / "refused").iterdir()) == []
    assert_refused(asked("run", drives, place, "--metric", "spread", network="silent"), "--metric spread", remedy)
    constant = asked("run", drives, place, "--metric", "spread", "--empty-coalition", "constant")
    assert_refused(constant, "a constant has no spread")
    assert_refused(asked("run", drives, place, "--metric", "spread@0-20"), "spread")
