"""``lidarsel doctor`` says what is missing, for which command, and what mends it."""

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from lidarsel.machine.imports import try_imports
from lidarsel.machine.parts import PARTS

ROOT = Path(__file__).resolve().parents[2]
HEAVY = "torch open3d kornia kiss_icp onnx onnxscript onnxruntime ray rosbags shapiq lightgbm captum material"

HIDE = """
import os, sys
class Hide:
    def find_spec(self, name, path=None, target=None):
        if name in os.environ["HIDDEN"].split():
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Hide())
"""


def doctor(folder: Path, hidden: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """The real command in a Python that cannot import these modules; modules in ``folder`` come first."""
    (folder / "sitecustomize.py").write_text(HIDE)
    environment = {**os.environ, "PYTHONPATH": str(folder), "HIDDEN": hidden}
    command = [sys.executable, "-m", "lidarsel", "doctor", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=ROOT, timeout=300)


def part(answer: dict, name: str) -> dict:
    return next(one for one in answer["parts"] if one["name"] == name)


def test_a_hidden_extra_is_missing_and_the_main_job_runs(tmp_path: Path) -> None:
    extras = HEAVY.split(maxsplit=3)[3]
    done = doctor(tmp_path, extras, "--json", "-o", str(tmp_path))
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    jsonschema.validate(answer, json.loads((ROOT / "docs/schemas/doctor.schema.json").read_text()))
    assert answer["works"]
    main = part(answer, "main job")
    assert main["works"]
    assert main["remedy"] is None
    assert {p["name"]: p["version"] for p in main["packages"]} == {
        name: importlib.metadata.version(name) for name in PARTS[0].packages
    }
    for name in ("poses", "onnx", "ray"):
        missing = part(answer, name)
        assert not missing["works"]
        assert all("No module named" in package["problem"] for package in missing["packages"])
        assert f"lidarsel[{name}]" in missing["remedy"]
    assert "--engine ray" in part(answer, "ray")["wanted_by"]
    assert {one["name"] for one in answer["parts"] if one["for_developers"]} == {"peers", "fuzz", "docs", "dev"}
    assert answer["disk_free_bytes"] == pytest.approx(shutil.disk_usage(tmp_path).free, rel=0.1)
    assert answer["cores"] == len(os.sched_getaffinity(0))


def test_without_torch_the_main_job_cannot_run(tmp_path: Path) -> None:
    done = doctor(tmp_path, HEAVY)
    assert done.returncode == 1
    assert "main job   MISSING" in done.stdout
    mend = next(line for line in done.stdout.splitlines() if "mend it" in line)
    assert mend.split("mend it: ")[1].startswith(f"{sys.executable} -m pip install")
    assert "torch<3,>=2.6" in mend  # the bounds of pyproject.toml
    assert done.stdout.splitlines()[-1] == "The main job cannot run."
    users, developers = done.stdout.split("To work on lidarsel itself")
    assert "main job " in users
    assert "\nray " in users
    assert "\nshapiq" not in users
    assert "\npeers " in developers
    assert "\ndev " in developers
    assert done.stderr == ""


def test_open3d_without_its_system_libraries_wants_apt_not_pip(tmp_path: Path) -> None:
    (tmp_path / "open3d.py").write_text("raise OSError('libGL.so.1: cannot open shared object file')")
    for name in ("torch", "kornia"):
        (tmp_path / f"{name}.py").touch()
    done = doctor(tmp_path, HEAVY.split(maxsplit=3)[3], "--json")
    assert done.returncode == 1
    main = part(json.loads(done.stdout), "main job")
    assert main["remedy"].startswith("sudo apt-get install -y --no-install-recommends libgl1")
    assert [p["name"] for p in main["packages"] if p["problem"]] == ["open3d"]


def test_a_damaged_package_is_installed_anew(tmp_path: Path) -> None:
    (tmp_path / "onnx.py").write_text("raise RuntimeError('damaged')")
    hidden = " ".join(name for name in HEAVY.split() if name != "onnx")
    done = doctor(tmp_path, hidden, "--json")
    onnx = part(json.loads(done.stdout), "onnx")
    assert onnx["remedy"].endswith("-m pip install --force-reinstall onnx")
    assert onnx["packages"][0]["problem"] == "RuntimeError: damaged"


def test_a_folder_that_cannot_be_written_stops_the_main_job(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = doctor(tmp_path, HEAVY, "-o", str(tmp_path / "file/runs"))
    assert done.returncode == 1
    assert "file/runs: cannot be written to" in done.stdout


def test_an_import_that_ends_python_is_blamed_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ends_python.py").write_text("import os\nprint('noise', flush=True)\nos._exit(9)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    problems, (cuda, gpus) = try_imports({"yaml": "yaml", "bad": "ends_python", "behind": "json"})
    assert problems["yaml"] is None
    assert problems["bad"] == "its import ended Python (9)"
    assert problems["behind"] == "not reached: bad comes before it"
    assert cuda is None
    assert gpus == []


def test_the_parts_are_those_of_pyproject() -> None:
    tomllib = pytest.importorskip("tomllib")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    def names(requirements: list[str]) -> set[str]:
        return {line.split(">")[0] for line in requirements if line[0].islower() and not line.startswith("lidarsel[")}

    assert set(PARTS[0].packages) == names(project["dependencies"])
    parts = {one.extra: one for one in PARTS}
    for extra, requirements in project["optional-dependencies"].items():
        stubs = {"types-PyYAML", "scipy-stubs", "psutil"}
        assert names(requirements) - stubs <= set(parts[extra].packages), extra
