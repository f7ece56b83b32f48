"""What is wrong from the start is told at the start: before the data are opened; a typo, before torch is loaded."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from lidarsel import choices
from lidarsel.choices import ESTIMATORS, SELECTORS
from lidarsel.contracts import write_contract
from lidarsel.selection import interval
from lidarsel.selection.registry import NAMES
from lidarsel.shapley.registry import ESTIMATORS as REGISTERED
from tests.fuzz.trees import raw
from tests.support.chosen_lines import write_lines
from tests.support.commands import assert_refused, lidarsel, run
from tests.support.quick import slow_but
from tests.support.report_samples import values

LOADED = """
import atexit, os, sys
def tell():
    open(os.environ["LOADED"], "w").write(",".join({"torch", "scipy", "open3d", "plotly"} & set(sys.modules)))
atexit.register(tell)
sys.argv = ["lidarsel", *sys.argv[1:]]
from lidarsel.cli import main
main()
"""
GONE = "gone-data"
OUT = {
    "run": ("-o", "{out}/runs"),
    "sweep": ("-o", "{out}/runs"),
    "shapley": ("-o", "{out}/values.json"),
    "select": ("-o", "{out}/lines.yaml"),
    "evaluate": ("-o", "{out}/report.json"),
    "apply": ("-o", "{out}/thinned"),
    "calibrate": ("-o", "{out}/sensor.yaml"),
    "view": ("-o", "{out}/view.png"),
    "inspect": ("--plot", "{out}/plot.png"),
    "train": ("-o", "{out}/weights.safetensors"),
    "export": (),
}
GIVEN = {
    "run": (GONE, "-k", "2"),
    "sweep": (GONE,),
    "shapley": (GONE,),
    "select": ("{values}", "-k", "2", "--data", GONE),
    "evaluate": (GONE, "--lines", "{lines}"),
    "apply": ("{empty}", "--lines", "{lines}"),
    "calibrate": (GONE,),
    "view": (GONE,),
    "inspect": (GONE,),
    "train": (GONE,),
    "export": ("{out}/network.onnx",),
}
TYPOS = {
    ("--network", "resnet"): ("run", "sweep", "shapley", "select", "evaluate", "export"),
    ("--weights", "gone.safetensors"): ("run", "sweep", "shapley", "select", "evaluate", "export"),
    ("--weights-key", "net"): ("run", "sweep", "shapley", "select", "evaluate", "export"),
    ("--network-inputs", "rgb=photo"): ("run", "sweep", "shapley", "select", "evaluate"),
    ("--network-output", "pred"): ("run", "sweep", "shapley", "select", "evaluate"),
    ("--network-min-depth-m", "-1"): ("run", "sweep", "shapley", "select", "evaluate"),
    ("--empty-coalition", "zero"): ("run", "sweep", "shapley", "select", "evaluate"),
    ("--network", "gone.onnx"): ("run", "sweep", "shapley", "select", "evaluate", "export"),
    ("--method", "best"): ("run", "sweep", "select"),
    ("--methods", "spaced,best"): ("run", "sweep"),
    ("--estimator", "guess"): ("run", "sweep", "shapley"),
    ("--metric", "psnr"): ("run", "shapley", "evaluate"),
    ("--metrics", "psnr"): ("sweep",),
    ("--device", "tpu"): ("run", "sweep", "shapley", "select", "evaluate", "train"),
    ("--ground-truth", "lidar"): ("run", "sweep", "shapley", "select", "evaluate", "inspect", "train"),
    ("--engine", "rai"): ("run", "sweep", "shapley", "select", "evaluate"),
    ("--workers", "3"): ("run", "sweep", "shapley", "select", "evaluate"),
    ("--part", "heldout"): ("shapley", "evaluate"),
    ("--evaluations", "many"): ("run", "sweep", "shapley"),
    ("--sets", "4"): ("run", "sweep"),
    ("--no-such-option", "1"): tuple(GIVEN),
}


def asked(command: str, tmp_path: Path, out: str = "new", *more: str) -> list[str]:
    """The command line on data that are not there: what is refused, is refused before they are looked for."""
    write_contract(tmp_path / "values.json", values())
    write_lines(tmp_path / "lines.yaml", [1], [1.0, 0.0])
    (tmp_path / "empty").mkdir()
    named = {
        "empty": tmp_path / "empty",
        "values": tmp_path / "values.json",
        "lines": tmp_path / "lines.yaml",
        "out": tmp_path / out,
    }
    return [command, *(word.format(**named) for word in (*GIVEN[command], *OUT[command])), *more]


def loading(words: list[str], tmp_path: Path) -> "tuple[subprocess.CompletedProcess[str], str]":
    """The command, and what it had loaded at its end."""
    told = tmp_path / "loaded"
    done = run([sys.executable, "-c", LOADED, *words], cwd=tmp_path, env={**os.environ, "LOADED": str(told)})
    return done, told.read_text()


@pytest.mark.parametrize(
    ("command", "typo"),
    slow_but(
        [(commands[number % len(commands)], typo) for number, (typo, commands) in enumerate(TYPOS.items())],
        [(command, typo) for typo, commands in TYPOS.items() for command in commands],
    ),
    ids=lambda given: given if isinstance(given, str) else "=".join(given),
)
def test_a_typo_is_told_before_anything_heavy_is_loaded(command: str, typo: tuple[str, str], tmp_path: Path) -> None:
    done, loaded = loading(asked(command, tmp_path, "new", *typo), tmp_path)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert GONE not in done.stderr
    assert_refused(done, typo[0] if typo[0] in ("--no-such-option", "--workers") else typo[1].rpartition(",")[2])
    assert loaded == ""
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("command", GIVEN)
def test_a_place_that_cannot_be_written_is_told_before_the_data_are_opened(command: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = lidarsel(*asked(command, tmp_path, "file/below"), cwd=tmp_path)
    assert_refused(done, tmp_path / "file", "is no folder")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
@pytest.mark.parametrize("command", ["run", "sweep", "shapley", "evaluate"])
def test_a_gpu_that_is_not_there_is_told_before_the_data_are_opened(command: str, tmp_path: Path) -> None:
    assert_refused(lidarsel(*asked(command, tmp_path, "new", "--device", "cuda"), cwd=tmp_path), "--device cuda")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("-k", "2", "--keep", "70"), "--keep 70"),
        (("-k", "2", "--drop", "8"), "--drop 8"),
        (("-k", "65"), "65"),
        (("-k", "8", "--min-gap", "3"), "cannot be filled"),
        (("-k", "2", "--keep", "3", "--drop", "3"), "both to be kept and to be dropped"),
    ],
)
@pytest.mark.parametrize("command", ["run", "sweep"])
def test_lines_that_the_sensor_has_not_are_told_before_valuing(
    command: str, more: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    raw(data)
    done = lidarsel(command, data, *more, "--network", "nearest", "--same-frames", "-o", tmp_path / "new" / "runs")
    assert_refused(done, told)
    assert "valuing" not in done.stderr
    assert "reading frames" not in done.stderr
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(("more", "told"), [(("--keep", "70"), "--keep 70"), (("-k", "65"), "65")])
def test_select_knows_the_lines_by_the_values(more: tuple[str, ...], told: str, tmp_path: Path) -> None:
    words = [word for word in asked("select", tmp_path) if word not in ("-k", "2")]
    words += more if "-k" in more else ("-k", "2", *more)
    done = lidarsel(*words, cwd=tmp_path)
    assert_refused(done, told)
    assert GONE not in done.stderr


def test_the_names_are_those_of_the_registries() -> None:
    assert SELECTORS == NAMES
    assert tuple(REGISTERED) == ESTIMATORS
    assert choices.LEAST_SETS == interval.LEAST_SETS
