"""Where an extra is not installed, its targets are skipped by name, and all others run.

Its absence is simulated in processes of their own, by a finder of modules that stands before Python's and finds none.
"""

import os
import sys
from pathlib import Path

import pytest

from tests.fuzz.targets import EXTRA_OF, MODULES, TARGETS
from tests.support.commands import ROOT, run

NAMES = {"ray", "atheris"}.union(*MODULES.values())
BLOCKER = f"""
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {sorted(NAMES)}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
"""
TELL_ABSENT = """
import importlib, sys
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except ImportError:
        print(name)
"""


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """Surroundings in which nothing that an extra installs can be imported, by children either."""
    (tmp_path / "sitecustomize.py").write_text(BLOCKER)
    return {**os.environ, "PYTHONPATH": str(tmp_path), "OMP_NUM_THREADS": "1"}


def test_the_absence_is_simulated(bare: dict[str, str]) -> None:
    done = run([sys.executable, "-c", TELL_ABSENT, "json", *NAMES], cwd=ROOT, env=bare)
    assert set(done.stdout.split()) == NAMES


def test_all_tests_of_the_package_are_collected(bare: dict[str, str]) -> None:
    command = [sys.executable, "-m", "pytest", "tests/fuzz", "--collect-only", "-p", "no:cacheprovider"]
    done = run(command, cwd=ROOT, env=bare)
    assert done.returncode == 0, done.stdout
    for target in TARGETS:
        assert f"test_the_valid_files_are_used[{target}]" in done.stdout


def test_their_targets_are_skipped_by_name_and_others_run(bare: dict[str, str], tmp_path: Path) -> None:
    asked = ["rosbag-1", "argoverse", "pcap-VLP-16", "lines.yaml", "net.onnx"]
    assert set(EXTRA_OF.values()) == {EXTRA_OF[name] for name in asked if name in EXTRA_OF}
    command = ["tests.fuzz", "--targets", ",".join(asked), "--cases", 2, "-o", tmp_path / "out.json"]
    done = run([sys.executable, "-m", *command], cwd=ROOT, env=bare)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line for line in done.stdout.splitlines() if line.startswith("skipped: ")] == [
        "skipped: rosbag-1 needs rosbags: pip install 'lidarsel[ros]'",
        "skipped: argoverse needs pyarrow: pip install 'lidarsel[argoverse]'",
        "skipped: pcap-VLP-16 needs velodyne_decoder: pip install 'lidarsel[pcap]'",
        "skipped: net.onnx needs onnx, onnxruntime: pip install 'lidarsel[onnx]'",
    ]
    assert "\nlines.yaml" in done.stdout


def test_a_search_led_by_coverage_says_what_it_needs(bare: dict[str, str]) -> None:
    done = run([sys.executable, "-m", "tests.fuzz.guided", "--seconds", 1], cwd=ROOT, env=bare)
    assert done.returncode == 2
    assert done.stderr.endswith("needs atheris: pip install 'lidarsel[fuzz]'\n")
