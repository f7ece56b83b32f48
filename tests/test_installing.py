"""The other ways to install say what the set-up says, and what the Dockerfile runs does what it is there for."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.commands import ROOT, run, succeeded

DOCKERFILE = (ROOT / "Dockerfile").read_text()
STEPS = re.findall(r"^(FROM|ARG|RUN|COPY|WORKDIR|ENTRYPOINT|CMD) (.+)$", DOCKERFILE, re.MULTILINE)


def of(kind: str) -> list[str]:
    return [told for name, told in STEPS if name == kind]


def words_in(path: str, pattern: str) -> str:
    found = re.search(pattern, (ROOT / path).read_text(), re.MULTILINE)
    assert found is not None
    return found[1]


def test_torch_is_the_one_of_the_set_up_everywhere() -> None:
    torch = words_in("Makefile", r"^TORCH := (.+)$")
    assert f"TORCH={torch}" in of("ARG")
    assert torch in pip_lines()
    assert torch in (ROOT / "docs/install.md").read_text()


def pip_lines() -> list[str]:
    content = yaml.safe_load((ROOT / "environment.yml").read_text())
    return next(one["pip"] for one in content["dependencies"] if isinstance(one, dict))


def test_the_system_libraries_are_those_that_the_set_up_installs() -> None:
    libraries = words_in("scripts/check_open3d.sh", r'^packages="(.+)"$')
    assert f"install -y --no-install-recommends {libraries} " in of("RUN")[0]
    assert libraries in (ROOT / "environment.yml").read_text()


def test_python_is_one_that_the_project_takes() -> None:
    versions = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text())
    assert re.fullmatch(r"python:(3\.\d+)-slim-bookworm", of("FROM")[0])[1] in versions  # type: ignore[index]
    content = yaml.safe_load((ROOT / "environment.yml").read_text())
    assert f"python={versions[1]}" in content["dependencies"]


def test_extras_are_those_that_there_are() -> None:
    tomllib = pytest.importorskip("tomllib")
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    asked = re.findall(r"\[([a-z,]+)\]", "\n".join([*of("RUN"), *pip_lines()]))
    assert asked
    assert {name for several in asked for name in several.split(",")} <= set(extras)


def context(folder: Path) -> Path:
    """What the build sees of the repository, copied as the Dockerfile says: /src below ``folder``."""
    ignored = (ROOT / ".dockerignore").read_text().split()
    for told in of("COPY"):
        *sources, target = told.split()
        for source in sources:
            assert f"!{source}" in ignored, f"{source} is not in the build's context"
            place = folder / target.lstrip("/")
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                place.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, place)
    return folder / "src"


@pytest.mark.slow  # builds a wheel, for which pip fetches hatchling
def test_what_the_dockerfile_runs_installs_a_lidarsel_that_works(tmp_path: Path) -> None:
    """Of its commands those on the package: with this environment's dependencies, into a folder of its own."""
    source, site = context(tmp_path), tmp_path / "site"
    install = next(one for one in of("RUN") if "/src" in one).split("&&")[0]
    words = [word.replace("/src", str(source)) for word in shlex.split(install)]
    assert words[:4] == ["python", "-m", "pip", "install"]
    subprocess.run([sys.executable, *words[1:], "--no-deps", "--quiet", "--target", str(site)], check=True, timeout=300)
    environment = {**os.environ, "PYTHONPATH": str(site)}
    work = tmp_path / "work"
    work.mkdir()
    (entry,) = json.loads(of("ENTRYPOINT")[0])
    assert entry == "lidarsel"
    commands = [shlex.split(of("RUN")[-1])[1:], json.loads(of("CMD")[0]), ["run", str(ROOT / "datasets/sample")]]
    commands[2] += ["--budget", "16", "--network", "nearest", "--evaluations", "200", "--methods", "densest,sas"]
    commands[2] += ["--method", "sas"]
    for words in commands:
        succeeded(run([sys.executable, "-m", "lidarsel", *words], cwd=work, env=environment))
    (made,) = (work / "runs").iterdir()
    assert (made / "report.html").exists()
