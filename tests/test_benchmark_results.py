"""The history that benchmarks keep: every run with its machine and commit, small, none lost."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.support.commands import ROOT, run

sys.path.append(str(ROOT / "benchmarks"))  # scripts, not a package

from results import provenance, write_result

BENCHMARKS = ROOT / "benchmarks"
HISTORIES = sorted((BENCHMARKS / "results").glob("*.json"))
MOST_BYTES = 200_000


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=t", "-c", "user.email=t@t")
    done = run(["git", *who, *arguments], cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "clone"
    (folder / "benchmarks/results").mkdir(parents=True)
    (folder / "code.py").write_text("x = 1\n")
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "first")
    return folder


def test_a_second_run_stands_after_the_first_on_a_line_of_its_own(tmp_path: Path) -> None:
    figures = {"rows": [{"mean": np.float64(1 / 3), "by_line": np.arange(3)}], "data": Path("a/b"), "limit": (4, None)}
    write_result("made", figures, tmp_path)
    path = write_result("made", {"rows": []}, tmp_path)
    first, second = json.loads(path.read_text())
    assert first["result"] == {
        "rows": [{"mean": 0.333333, "by_line": [0, 1, 2]}],
        "data": "a/b",
        "limit": [4, None],
    }
    assert second["result"] == {"rows": []}
    assert len(path.read_text().splitlines()) == 4


def test_the_commit_is_told_and_whether_the_code_is_another(repository: Path) -> None:
    about = provenance(repository / "benchmarks")
    assert (about["commit"], about["dirty"]) == (git(repository, "rev-parse", "HEAD"), False)
    (repository / "benchmarks/results/other.json").write_text("[]")
    assert provenance(repository / "benchmarks")["dirty"] is False, "a history is no code"
    (repository / "code.py").write_text("x = 2\n")
    assert provenance(repository / "benchmarks")["dirty"] is True


def test_where_there_is_no_repository_the_commit_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert provenance(tmp_path)["commit"] is None


def of_no_history(text: str) -> list[str]:
    """What is wrong with a history's content."""
    found = []
    asked = {"date", "commit", "dirty", "processor", "cores", "load", "python", "torch", "result"}
    for number, entry in enumerate(json.loads(text)):
        missing = asked - entry.keys()
        found += [f"run {number} lacks {name}" for name in sorted(missing)]
    return found + ["is too large"] * (len(text.encode()) > MOST_BYTES)


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.name)
def test_the_histories_that_are_kept(path: Path) -> None:
    assert of_no_history(path.read_text()) == []
    assert (BENCHMARKS / f"{path.stem}.py").exists(), "no benchmark writes this"


def test_a_run_without_its_machine_is_found(tmp_path: Path) -> None:
    path = write_result("made", {}, tmp_path)
    assert of_no_history(path.read_text()) == []
    (entry,) = json.loads(path.read_text())
    del entry["processor"], entry["commit"]
    assert of_no_history(json.dumps([entry])) == ["run 0 lacks commit", "run 0 lacks processor"]
    assert of_no_history(json.dumps([entry] * 2000))[-1] == "is too large"


@pytest.mark.parametrize("path", sorted(BENCHMARKS.glob("*.py")), ids=lambda path: path.name)
def test_every_benchmark_keeps_its_run_under_its_own_name(path: Path) -> None:
    source = path.read_text()
    kept = re.findall(r'write_result\("(\w+)"', source)
    runs = 'if __name__ == "__main__"' in source
    assert kept == [path.stem] * runs


def test_no_benchmark_takes_the_place_of_a_module_of_pythons() -> None:
    """The folder of a script comes first on its path: a ``profile.py`` there broke ``cProfile``, and so torch."""
    assert not {path.stem for path in BENCHMARKS.glob("*.py")} & set(sys.stdlib_module_names)
