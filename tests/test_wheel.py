"""The wheel holds the package and what it reads, and nothing else; installed alone, it runs outside the repository."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.commands import ROOT

pytestmark = pytest.mark.slow  # builds a wheel, for which pip fetches hatchling

PACKAGE = ROOT / "lidarsel"
READ = {
    "py.typed",
    "completion/weights/README.md",
    "completion/weights/lidarsel.safetensors",
    "completion/weights/drives.safetensors.log.jsonl",
    "completion/weights/drives.yaml",
    "completion/weights/recipe.safetensors.log.jsonl",
    "completion/weights/recipe.yaml",
    "completion/weights/whole.safetensors.log.jsonl",
    "completion/weights/whole.yaml",
    "workflow/street_prior.json",
    "profiles/pool.safetensors",
    *(f"report/page/{path.name}" for kind in ("css", "js") for path in (PACKAGE / "report/page").glob(f"*.{kind}")),
    *(f"sensors/catalogue/{path.name}" for path in (PACKAGE / "sensors/catalogue").glob("*.yaml")),
}
"""What lidarsel reads at run time besides code, what says how the weights were made, and that its types hold."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, timeout=300)
    (found,) = folder.glob("*.whl")
    return found


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    code = {f"lidarsel/{path.relative_to(PACKAGE)}" for path in PACKAGE.rglob("*.py")}
    about = {name for name in names if ".dist-info/" in name}
    assert names - about == code | {f"lidarsel/{name}" for name in READ}
    assert {Path(name).name for name in about} == {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "LICENSE"}
    assert wheel.stat().st_size < 10e6


def test_the_installed_wheel_runs_outside_the_repository(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        str(site),
        str(wheel),
    ]
    subprocess.run(install, check=True, timeout=300)
    # The wheel's own files stand before this environment's editable lidarsel; its dependencies come from here.
    environment = {**os.environ, "PYTHONPATH": str(site)}
    data, out = ROOT / "datasets" / "sample", tmp_path / "runs"

    def lidarsel(*arguments: object) -> str:
        command = [sys.executable, "-m", "lidarsel", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=600)
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = subprocess.run(
        [sys.executable, "-c", "import lidarsel; print(lidarsel.__file__)"],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
        cwd=tmp_path,
        env=environment,
    )
    assert Path(where.stdout.strip()).is_relative_to(site)
    assert lidarsel("--version").startswith("lidarsel ")
    few = ["--evaluations", "150", "--sets", "16", "--methods", "spaced,interval"]
    lidarsel("run", data, "--budget", "16", *few, "-o", out)
    (run,) = out.iterdir()
    assert {"lines.yaml", "report.html", "report.json", "values.json"} <= {path.name for path in run.iterdir()}
