"""Whether packages can be imported, asked of a process of their own: a broken library may take its process with it."""

import json
import subprocess
import sys
from collections.abc import Iterable

_TIMEOUT_S = 120
_TIMED_OUT = 124
NOT_REACHED = "not reached"

_ASK = """
import importlib, importlib.metadata, json, os, sys
sys.path = [folder for folder in sys.path if folder]  # not the folder the user happens to be in
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # what libraries print on being imported
for package, module in json.loads(sys.argv[1]).items():
    try:
        importlib.import_module(module)
        answer = [package, None]
    except BaseException as error:
        answer = [package, f"{type(error).__name__}: {error}"]
    print(json.dumps(answer), file=answers, flush=True)
if hasattr(sys.modules.get("torch"), "version"):
    from torch import cuda, version
    names = [cuda.get_device_name(i) for i in range(cuda.device_count())] if cuda.is_available() else []
    print(json.dumps(["", [version.cuda, names]]), file=answers, flush=True)
"""


def try_imports(packages: dict[str, str]) -> tuple[dict[str, str | None], tuple[str | None, list[str]]]:
    """Import each module and say what went wrong: package -> problem, None where it can be imported.

    Also (CUDA version that torch was built for, names of the GPUs it can use) where torch is among them.
    """
    done = _ask(packages)
    problems: dict[str, str | None] = {}
    cuda: tuple[str | None, list[str]] = (None, [])
    for package, answer in map(json.loads, done.stdout.splitlines()):
        if package:
            problems[package] = None if answer is None else " ".join(answer.split())
        else:
            cuda = (answer[0], answer[1])
    took_long = done.returncode == _TIMED_OUT
    why = f"its import took {_TIMEOUT_S} s and more" if took_long else f"its import ended Python ({done.returncode})"
    _blame_the_first(problems, packages, why)
    return problems, cuda


def _ask(packages: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", _ASK, json.dumps(packages)]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=_TIMEOUT_S)
    except subprocess.TimeoutExpired as error:
        answers = error.stdout.decode() if isinstance(error.stdout, bytes) else (error.stdout or "")
        return subprocess.CompletedProcess(command, _TIMED_OUT, answers.rpartition("\n")[0], "")


def _blame_the_first(problems: dict[str, str | None], packages: Iterable[str], why: str) -> None:
    """Where the process died, the package after the last answer is to blame; those behind it were not reached."""
    silent = [package for package in packages if package not in problems]
    for package in silent:
        problems[package] = why if package == silent[0] else f"{NOT_REACHED}: {silent[0]} comes before it"
