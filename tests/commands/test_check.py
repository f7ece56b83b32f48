"""``lidarsel check`` as a CI job runs it: exit codes, the files it writes, what it shows, what it loads."""

import io
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import msgspec
import pytest
import yaml
from rich.console import Console

from lidarsel.checking.compare import compare
from lidarsel.checking.junit import junit_xml
from lidarsel.checking.limits import Limits
from lidarsel.checking.summary import comparison_markdown, comparison_table
from lidarsel.contracts import ReportFile, write_contract
from lidarsel.report_rows import ReportRow
from tests.support.commands import ROOT, assert_refused, lidarsel, succeeded
from tests.support.report_samples import report, row

HOSTILE = "[bold]x[/bold] <script>alert(1)</script> | `a` \x1b[2J\x00\nb"


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    write_contract(tmp_path / "baseline.json", report())
    return tmp_path / "baseline.json"


def scaled(old: ReportRow, factor: float) -> ReportRow:
    """Another RMSE, and what goes with it."""
    figures = ("rmse_mm", "rmse_low_mm", "rmse_high_mm", "ratio_to_all")
    return msgspec.structs.replace(old, **{name: factor * getattr(old, name) for name in figures})


def regressed() -> ReportFile:
    """One row 5 % worse, one gone, one better, one new."""
    rows = [old for old in report().rows if (old.method, old.budget) != ("densest", 8)]
    for position, old in enumerate(rows):
        if (old.method, old.budget) == ("sas-region", 32):
            rows[position] = scaled(old, 1.05)
        if (old.method, old.budget) == ("random", 16):
            rows[position] = scaled(old, 0.5)
    return msgspec.structs.replace(report(), rows=[*rows, row("interval", 32, 1250.0)])


def test_passes_with_exit_code_0_and_a_table(baseline: Path) -> None:
    out = succeeded(lidarsel("check", baseline, "--against", baseline))
    assert out.splitlines()[-1] == "passed: 20 rows compared, 0 better, 0 new; at most 2 % worse allowed"
    assert out.count("sas-region") == 3


def test_fails_with_exit_code_1_a_table_and_both_files(baseline: Path, tmp_path: Path) -> None:
    write_contract(tmp_path / "report.json", regressed())
    junit, summary = tmp_path / "out" / "junit.xml", tmp_path / "out" / "summary.md"
    files = ["--junit", junit, "--markdown", summary]
    done = lidarsel("check", tmp_path / "report.json", "--against", baseline, *files)
    assert done.returncode == 1
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == "FAILED: 2 failures; at most 2 % worse allowed"
    assert "32 lines by sas-region: RMSE 1334 -> 1400 mm (+5 %)" in done.stdout
    suite = ElementTree.parse(junit).getroot()[0]
    assert (suite.get("tests"), suite.get("failures")) == ("23", "2")
    assert "FAILED: 2 failures" in summary.read_text()
    allowed = lidarsel("check", tmp_path / "report.json", "--against", baseline, "--max-regression", "5.1%", "--json")
    found = json.loads(allowed.stdout)
    assert allowed.returncode == 1
    assert [row["name"] for row in found["rows"] if row["failures"]] == ["8 lines by densest"]
    assert found["passed"] is False


def test_what_cannot_be_compared_is_refused(baseline: Path, tmp_path: Path) -> None:
    other = msgspec.structs.replace(report(), frame_digests=["b1" * 16] * 12, metric="mae")
    write_contract(tmp_path / "report.json", other)
    junit = tmp_path / "junit.xml"
    done = lidarsel("check", tmp_path / "report.json", "--against", baseline, "--junit", junit)
    assert_refused(
        done,
        tmp_path / "report.json",
        baseline,
        "other data in 12 frames of 12",
        "metric mae instead of rmse",
        "make the baseline",
    )
    assert not junit.exists()


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff\xfe", b'{"rows": NaN}'])
def test_a_damaged_baseline_is_named(baseline: Path, tmp_path: Path, content: bytes) -> None:
    broken = tmp_path / "broken.json"
    broken.write_bytes(content)
    assert_refused(lidarsel("check", baseline, "--against", broken), broken)


def test_a_bad_limit_is_named(baseline: Path) -> None:
    assert_refused(
        lidarsel("check", baseline, "--against", baseline, "--max-regression", "2"), "--max-regression", "2%"
    )


def test_loads_nothing_heavy(baseline: Path) -> None:
    code = (
        "import sys, atexit\n"
        "heavy = {'torch', 'open3d', 'kornia', 'kornia_rs', 'plotly'}\n"
        "atexit.register(lambda: print('LOADED', sorted(heavy & set(sys.modules))))\n"
        f"sys.argv = ['lidarsel', 'check', {str(baseline)!r}, '--against', {str(baseline)!r}]\n"
        "from lidarsel.cli import main\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert "LOADED []" in done.stdout


def printed(width: int) -> str:
    file = io.StringIO()
    found = compare(regressed(), report(), Limits(0.02, 1.0))
    Console(file=file, width=width, color_system=None).print(comparison_table(found))
    return file.getvalue()


@pytest.mark.parametrize("width", [80, 100])
def test_the_table_fits_and_tells_what_failed_without_colour(width: int) -> None:
    lines = [line.rstrip() for line in printed(width).splitlines()]
    assert max(map(len, lines)) <= width
    assert "…" not in "".join(lines)
    marked = {word: [line for line in lines if line.endswith(word)] for word in ("FAILED", "MISSING", "better", "new")}
    assert {word: len(found) for word, found in marked.items()} == {"FAILED": 1, "MISSING": 1, "better": 1, "new": 1}
    assert re.search(r"sas-region +1334 +1400 +\+5\.0 ", marked["FAILED"][0])
    assert re.search(r"random +1765 +882 +-50\.0 ", marked["better"][0])
    assert sum("sas-separation" in line for line in lines) == 3


def test_junit_has_a_case_for_every_row_and_says_why() -> None:
    root = ElementTree.fromstring(junit_xml(compare(regressed(), report(), Limits(0.02, 1.0))))
    cases = root.findall("./testsuite/testcase")
    assert len(cases) == len(report().rows) + 3
    failures = [(case.get("name"), case.find("failure")) for case in cases]
    failed = {name: failure.get("message") or "" for name, failure in failures if failure is not None}
    assert set(failed) == {"32 lines by sas-region", "8 lines by densest"}
    assert "at most 2 % allowed" in failed["32 lines by sas-region"]
    assert len({(case.get("classname"), case.get("name")) for case in cases}) == len(cases)


def test_no_name_breaks_a_file() -> None:
    named = msgspec.structs.replace(report(), rows=[*report().rows, row(HOSTILE, 32, 1300.0)], network=HOSTILE)
    found = compare(report(), named, Limits(0.02, 1.0))
    root = ElementTree.fromstring(junit_xml(found))
    assert root.get("failures") == "1"
    text = comparison_markdown(found)
    assert "\x1b" not in text
    assert "\x00" not in text
    assert not re.search(r"(?<!\\)<", text)
    table = [line for line in text.splitlines() if line.startswith("| ")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {11}
    assert len(table) == 2 + len(named.rows)


def test_the_documented_workflow_runs(tmp_path: Path) -> None:
    """The check of docs/ci.md, as GitHub runs it (bash -e), on a report that regressed."""
    documented = re.search(r"```yaml\n(.*?)```", (ROOT / "docs" / "ci.md").read_text(), re.DOTALL)
    assert documented is not None
    steps = {step.get("name"): step for step in yaml.safe_load(documented[1])["jobs"]["accuracy"]["steps"]}
    (tmp_path / "ci").mkdir()
    write_contract(tmp_path / "ci" / "baseline.json", report())
    write_contract(tmp_path / "report.json", regressed())
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "GITHUB_STEP_SUMMARY": str(tmp_path / "shown.md")}
    codes = [
        subprocess.run(
            ["bash", "-e", "-c", steps[name]["run"]], cwd=tmp_path, env=environment, check=False, timeout=300
        ).returncode
        for name in ("Check against the baseline", "Show")
    ]
    assert codes == [1, 0]
    assert steps["Show"]["if"] == "always()"
    assert "FAILED: 2 failures" in (tmp_path / "shown.md").read_text()
    assert ElementTree.parse(tmp_path / "junit.xml").getroot().get("failures") == "2"
