"""The same command under other threads, folders, locales and instructions: the same figures, or filed apart."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from lidarsel.evaluation.store_upkeep import look_into
from tests.support.commands import ROOT, run

OPTIONS = ("--evaluations", 150, "--max-frames", 2, "--seed", 3)


def values(data: Path, folder: Path, store: Path, here: Path = ROOT, **variables: str) -> dict[str, Any]:
    """``values.json`` of a short ``shapley`` with the shipped network, as a user gives it."""
    folder.mkdir(exist_ok=True)
    where = [os.path.relpath(data, here), "--store", os.path.relpath(store, here), "-o", folder / "values.json"]
    command = [sys.executable, ROOT / "cli.py", "shapley", *where, *OPTIONS]
    done = run(command, cwd=here, env={**os.environ, **variables})
    assert done.returncode == 0, done.stderr
    content: dict[str, Any] = json.loads((folder / "values.json").read_text())
    return content


ELSEWHERE = {"OMP_NUM_THREADS": "3", "LC_ALL": "C", "TZ": "Pacific/Chatham", "PYTHONHASHSEED": "7"}


def test_threads_folder_and_locale_change_no_bit(drives: Path, tmp_path: Path) -> None:
    plain = values(drives, tmp_path / "plain", tmp_path / "a.sqlite", OMP_NUM_THREADS="1", LC_ALL="C.UTF-8")
    other = values(drives, tmp_path / "other", tmp_path / "b.sqlite", tmp_path, **ELSEWHERE)
    told_apart = {"command", "data"}
    assert {key for key in plain if plain[key] != other[key]} == told_apart
    assert (tmp_path / "plain" / "values.npz").read_bytes() == (tmp_path / "other" / "values.npz").read_bytes()


@pytest.mark.slow
def test_fewer_instructions_are_filed_apart(drives: Path, tmp_path: Path) -> None:
    store = tmp_path / "both.sqlite"
    wide = values(drives, tmp_path / "wide", store)
    count = look_into(store).evaluations
    narrow = values(drives, tmp_path / "narrow", store, ATEN_CPU_CAPABILITY="default", ONEDNN_MAX_CPU_ISA="SSE41")
    contexts = look_into(store).contexts
    assert [context.evaluations for context in contexts] == [count, count], "nothing of the one answered for the other"
    assert len({context.device for context in contexts}) == 2
    for end in ("value_empty", "value_full"):
        assert narrow[end] == pytest.approx(wide[end], rel=1e-4)
