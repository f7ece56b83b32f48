"""Every command refuses, before it works, a place that it cannot write to."""

import inspect
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from typer.models import OptionInfo

from lidarsel.cli import app
from lidarsel.contracts import write_contract
from tests.support.commands import assert_refused, lidarsel, succeeded
from tests.support.report_samples import report

READ = {
    *("raw", "sensor", "settings", "recipe", "weights", "lines", "against", "price", "data", "nearest"),
    *("like", "worth"),
}
"""Options for files and folders that are read."""


def commands(group: typer.Typer = app, before: tuple[str, ...] = ()) -> dict[tuple[str, ...], Mapping[str, Any]]:
    """Every command of the app by its words: how Typer's options and arguments are declared, by parameter."""
    found: dict[tuple[str, ...], Mapping[str, Any]] = {}
    for command in group.registered_commands:
        assert command.callback is not None
        words = (*before, command.callback.__name__)
        found[words] = inspect.signature(command.callback).parameters
    for inner in group.registered_groups:
        assert inner.typer_instance is not None
        found |= commands(inner.typer_instance, (*before, str(inner.name)))
    return found


def places() -> dict[tuple[str, ...], Any]:
    """The options that name something to write, of every command: (words and the option) -> its callback."""
    found = {}
    for words, parameters in commands().items():
        for name, parameter in parameters.items():
            kind, *told = get_args(parameter.annotation) or [parameter.annotation]
            is_path = kind in (Path, Path | None)
            if is_path and isinstance(told[0], OptionInfo) and name not in READ:
                place = (*words, (told[0].param_decls or [f"--{name}"])[0])
                found[place] = told[0].callback
    return found


def test_every_option_for_a_place_looks_at_it() -> None:
    found = places()
    assert ("check", "--junit") in found
    assert [place for place, look in found.items() if look is None] == [
        ("doctor", "--out")
    ]  # it says what is wrong there


@pytest.mark.parametrize("place", [place for place, look in places().items() if look is not None], ids=" ".join)
def test_a_link_into_nowhere_is_refused_in_one_line(place: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("missing/file")
    words, option = place[:-1], place[-1]
    done = lidarsel(*words, option, tmp_path / "link", *_needed(words, option), cwd=tmp_path)
    assert_refused(done, tmp_path / "link")
    assert list(tmp_path.iterdir()) == [tmp_path / "link"]


def _needed(words: tuple[str, ...], option: str) -> list[str]:
    """What else the command wants to be given, none of which is there."""
    given: list[str] = []
    for name, parameter in commands()[words].items():
        told = get_args(parameter.annotation)[-1]
        names = getattr(told, "param_decls", None) or [f"--{name.replace('_', '-')}"]
        if parameter.default is inspect.Parameter.empty and option not in names:
            value = "8" if name == "budgets" else "not_there"
            given += [names[0], value] if isinstance(told, OptionInfo) else [value]
    return given


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to make a device")
def test_a_device_is_written_into(tmp_path: Path) -> None:
    write_contract(tmp_path / "report.json", report())
    null = tmp_path / "null"
    os.mknod(null, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    both = ["--against", tmp_path / "report.json"]
    out = succeeded(lidarsel("check", tmp_path / "report.json", *both, "--junit", null, "--markdown", "/dev/stdout"))
    assert stat.S_ISCHR(null.lstat().st_mode)
    assert out.startswith("## ")
    assert "passed: 20 rows compared" in out


def test_a_file_that_is_read_or_written_too_is_not_replaced(tmp_path: Path) -> None:
    for name in ("report.json", "baseline.json"):
        write_contract(tmp_path / name, report())
    before = (tmp_path / "baseline.json").read_bytes()
    (tmp_path / "link").symlink_to("baseline.json")
    check = ["check", "report.json", "--against", "baseline.json"]
    assert_refused(lidarsel(*check, "--junit", "link", cwd=tmp_path), "link: is given as --against too")
    assert_refused(lidarsel(*check, "--junit", "report.json", cwd=tmp_path), "report.json: is given as REPORT too")
    assert_refused(lidarsel(*check, "--junit", "new", "--markdown", "./new", cwd=tmp_path), "new: is given as")
    evaluate = ["evaluate", "data", "--lines", "a.yaml", "--lines", "b.yaml", "--store", "store.sqlite"]
    assert_refused(lidarsel(*evaluate, "-o", "b.yaml", cwd=tmp_path), "b.yaml: is given as --lines too")
    assert_refused(lidarsel(*evaluate, "-o", "store.sqlite", cwd=tmp_path), "store.sqlite: is given as --store too")
    models = ("evaluate", "data", "--sensor-model", "VLP-16,own.yaml", "-o", "own.yaml")
    assert_refused(lidarsel(*models, cwd=tmp_path), "own.yaml: is given as --sensor-model too")
    assert (tmp_path / "baseline.json").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 3
    succeeded(lidarsel(*check, "--junit", "/dev/null", "--markdown", "/dev/null", cwd=tmp_path))


@pytest.mark.parametrize(
    ("words", "ending"),
    [
        (("view", "data", "-o"), ".png"),
        (("view", "data", "--rerun"), ".rrd"),
        (("inspect", "data", "--plot"), ".png"),
        (("plan", "report.json", "-o"), ".html"),
    ],
    ids=" ".join,
)
def test_a_name_that_would_say_another_kind_of_file_is_refused(
    words: tuple[str, ...], ending: str, tmp_path: Path
) -> None:
    done = lidarsel(*words, "it.jpg", cwd=tmp_path)
    assert_refused(done, f"it.jpg: is not called {ending}, which it will be; give a name that ends in {ending}")


def test_a_file_of_the_log_is_not_replaced(tmp_path: Path) -> None:
    image = tmp_path / "log" / "image_02" / "0000.png"
    image.parent.mkdir(parents=True)
    image.write_bytes(b"an image")
    (tmp_path / "link").symlink_to("log")
    for data in ("log", "link"):
        for words in (["view", data, "-o"], ["inspect", data, "--plot"]):
            done = lidarsel(*words, "log/image_02/0000.png", cwd=tmp_path)
            assert_refused(done, "0000.png: is a file in what is given as DATA, and would be replaced; give a name")
    assert image.read_bytes() == b"an image"
    new = lidarsel("view", "log", "-o", "log/new.png", cwd=tmp_path)
    assert_refused(new, "log: is no data set in a known layout")


def test_what_lidarsel_wrote_beside_a_log_is_written_anew(tmp_path: Path) -> None:
    write_contract(tmp_path / "report.json", report())
    again = lidarsel("evaluate", ".", "--lines", "0", "-o", "report.json", cwd=tmp_path)
    assert_refused(again, "is no data set in a known layout")
