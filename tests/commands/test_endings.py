"""How every command ends when it meets a fault of its own, a pipe that closed, a full disk, or a terminal of ASCII."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

import pytest

from lidarsel.cli import app
from tests.support.commands import ROOT, lidarsel, outcome_of, run
from tests.support.every_command import SAMPLES, command_of, make_inputs, names
from tests.support.quick import slow_but

QUICK_FIRST = slow_but([name for name in SAMPLES if SAMPLES[name].quick], list(SAMPLES))
UNFIT = ("doctor",)
"""What may say by exit code 1 that this machine is unfit."""


@pytest.fixture(scope="module")
def made(drives: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_inputs(tmp_path_factory.mktemp("inputs"), drives)


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    (tmp_path / "tmp").mkdir(exist_ok=True)
    return {**os.environ, "TMPDIR": str(tmp_path / "tmp"), "PYTHONPATH": str(ROOT), **more}


def complaint(said: str) -> str:
    (line,) = (line for line in said.splitlines() if line.startswith("lidarsel: "))
    assert "Traceback" not in said
    return line


def test_every_command_has_a_sample() -> None:
    assert sorted(SAMPLES) == sorted(names(app))


@pytest.mark.parametrize("name", SAMPLES)
def test_a_fault_of_our_own_is_70_and_its_traceback_is_kept(
    name: str, made: Path, drives: Path, tmp_path: Path
) -> None:
    done = run(command_of(name, drives, made, broken=True), tmp_path, environment(tmp_path))
    assert done.returncode == 70, done.stderr
    line = complaint(done.stderr)
    assert "a fault of lidarsel's own (ZeroDivisionError: injected fault \\x1b[31m)" in line
    found = re.search(r"traceback is in (\S+);", line)
    assert found is not None
    kept = Path(found[1]).read_text()
    assert "Traceback" in kept
    assert name.split()[0] in kept
    assert Path(found[1]).stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == ["tmp"]


def written_to(stdout: IO[Any], name: str, made: Path, drives: Path, folder: Path) -> tuple[int, str]:
    """The exit code of a command whose stdout is that file, and what it said on stderr."""
    process = subprocess.Popen(
        command_of(name, drives, made),
        cwd=folder,
        env=environment(folder),
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    _, said = outcome_of(process)
    return process.returncode, said


@pytest.mark.parametrize("name", QUICK_FIRST)
def test_a_pipe_that_closed_is_141(name: str, made: Path, drives: Path, tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as pipe:
        code, said = written_to(pipe, name, made, drives, tmp_path)
    assert code == 141, said
    assert "lidarsel: " not in said
    assert "Exception" not in said


@pytest.mark.parametrize("name", QUICK_FIRST)
def test_a_full_stdout_is_2_and_one_line(name: str, made: Path, drives: Path, tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123
        code, said = written_to(full, name, made, drives, tmp_path)
    assert code == 2, said
    assert complaint(said) == "lidarsel: stdout: no space left on device; make room there, or write elsewhere"


@pytest.mark.parametrize("name", QUICK_FIRST)
def test_a_terminal_of_ascii_gets_all_in_ascii(name: str, made: Path, drives: Path, tmp_path: Path) -> None:
    done = run(command_of(name, drives, made), tmp_path, environment(tmp_path, PYTHONIOENCODING="ascii"))
    assert done.returncode == 0 or (name in UNFIT and done.returncode == 1), done.stderr
    assert done.stdout.isascii()
    assert done.stderr.isascii()
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["plan", "check"])
def test_no_locale_at_all(name: str, made: Path, drives: Path, tmp_path: Path) -> None:
    bare = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    words = [word for word in command_of(name, drives, made) if word.isascii()]
    words = [word for word in words if word not in ("--junit", "--markdown")]
    done = run(words, tmp_path, environment(tmp_path, **bare))
    assert done.returncode == 0, done.stderr
    assert "sas-r\\xe9gion" in done.stdout


def test_json_stays_json_where_only_ascii_can_be_shown(made: Path, drives: Path, tmp_path: Path) -> None:
    import json

    words = [*command_of("plan", drives, made), "--json"]
    plain, ascii_only = (
        run(words, tmp_path, environment(tmp_path, PYTHONIOENCODING=encoding)) for encoding in ("utf-8", "ascii")
    )
    assert ascii_only.stdout.isascii()
    assert "\N{LATIN SMALL LETTER E WITH ACUTE}" in plain.stdout
    assert json.loads(ascii_only.stdout) == json.loads(plain.stdout)


def test_a_closed_stdout_is_refused_before_another_file_takes_its_number(tmp_path: Path) -> None:
    command = f"exec {sys.executable} -m lidarsel datasets >&-"
    done = run(["sh", "-c", command], tmp_path, environment(tmp_path))
    assert done.returncode == 2
    assert "stdout is closed" in complaint(done.stderr)


def test_stderr_that_closed_is_141_and_a_missing_one_is_nothing(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as pipe:
        command = [sys.executable, "-m", "lidarsel", "inspect", "nowhere"]
        assert (
            subprocess.run(command, cwd=tmp_path, env=environment(tmp_path), stderr=pipe, timeout=60).returncode == 141
        )
    without = run(["sh", "-c", f"exec {sys.executable} -m lidarsel datasets 2>&-"], tmp_path, environment(tmp_path))
    assert without.returncode == 0


def test_a_fault_where_no_file_can_be_kept_shows_its_traceback(made: Path, drives: Path, tmp_path: Path) -> None:
    import resource

    def no_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    process = subprocess.Popen(
        command_of("datasets", drives, made, broken=True),
        cwd=tmp_path,
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=no_files,
    )
    _, said = outcome_of(process)
    assert process.returncode == 70
    assert "Traceback" in said
    assert "its traceback is above" in said


@pytest.mark.parametrize("room_mb", [400, 700])
def test_too_little_memory_is_2(room_mb: int, made: Path, drives: Path, tmp_path: Path) -> None:
    """At whatever point it gives out: while libraries are loaded, or at work. One thread: where OpenBLAS cannot start
    its threads it sends the process SIGINT, which cannot be told from Ctrl-C."""
    command = "OPENBLAS_NUM_THREADS=1 " + " ".join(command_of("shapley", drives, made))
    done = run(["sh", "-c", f"ulimit -v {room_mb * 1024}; exec env {command}"], tmp_path, environment(tmp_path))
    assert done.returncode == 2, done.stderr
    assert "too little memory" in complaint(done.stderr)


def test_exit_code_1_is_a_failed_check(made: Path, tmp_path: Path) -> None:
    done = lidarsel("check", made / "report.json", "--against", made / "nowhere.json")
    assert done.returncode == 2
