"""Names with escape codes of the terminal, and names that are no text: one line, at once, harmless."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.commands import assert_refused, lidarsel, succeeded
from tests.support.every_command import make_inputs, names
from tests.support.quick import slow_but

NO_TEXT = os.fsdecode(b"caf\xe9")
ESCAPING = "esc\x1b[31m<b>|\x07x"
TEXTS = {".html", ".md", ".json", ".yaml", ".svg"}
QUICK = ["--network", "nearest", "--max-frames", "4", "--evaluations", "100"]


@pytest.mark.parametrize("name", names())
def test_an_argument_that_is_no_text_is_refused_by_every_command(name: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "lidarsel", *name.split(), NO_TEXT]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert_refused(done, "caf\\xe9: is no utf-8 text")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def partly_text(drives: Path, tmp_path: Path) -> Path:
    """Depth completion data, one drive of which has a name that is no text."""
    data = tmp_path / "data"
    shutil.copytree(drives, data)
    first = sorted((data / "train").iterdir())[0]
    first.rename(first.with_name(NO_TEXT))
    return data


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_drive_whose_name_is_no_text_is_named(partly_text: Path, tmp_path: Path, more: list[str]) -> None:
    done = lidarsel("inspect", partly_text / "train", "--raw", partly_text, *more)
    assert_refused(done, "a name that is not UTF-8", "caf\\xe9", "rename")
    assert "decoded" not in done.stderr


def test_a_folder_whose_name_is_no_text_is_not_taken_for_damage(drives: Path, tmp_path: Path) -> None:
    shutil.copytree(drives / "2000_01_01", tmp_path / "data" / NO_TEXT)
    done = lidarsel("run", tmp_path / "data", "-k", 8, "--skip-bad", "-o", tmp_path / "runs", *QUICK)
    assert_refused(done, "a name that is not UTF-8", "caf\\xe9")
    assert not (tmp_path / "runs").exists()


def test_escapes_in_names_of_data_and_output_are_never_sent_raw(drives: Path, tmp_path: Path) -> None:
    (tmp_path / ESCAPING).symlink_to(drives)
    method = ["-m", "densest", "--methods", "densest"]
    done = lidarsel("run", ESCAPING, "-k", 8, "-o", f"o{ESCAPING}", *method, *QUICK, cwd=tmp_path)
    said = succeeded(done) + done.stderr
    assert "oesc\\x1b[31m<b>|\\x07x/" in said
    written = [path for path in (tmp_path / f"o{ESCAPING}").rglob("*") if path.suffix in TEXTS]
    assert {path.suffix for path in written} == TEXTS
    for text in [said, *(path.read_text() for path in written)]:
        assert "\x1b" not in text
        assert "\x07" not in text
    (page,) = (path.read_text() for path in written if path.suffix == ".html")
    assert "esc\\x1b[31m&lt;b&gt;|" in page


def test_escapes_in_sensor_and_method_names_of_files_are_never_sent_raw(drives: Path, tmp_path: Path) -> None:
    made = make_inputs(tmp_path, drives)
    hostile = "\\u001b[31m\\u0007x"
    for name in ("report.json", "accented.json", "values.json"):
        text = (made / name).read_text()
        for known in ("densest", "sas-region", "KITTI HDL-64E", "Velodyne HDL-64E"):
            text = text.replace(f'"{known}"', f'"{hostile}{known}"')
        (made / name).write_text(text)
    lines = (made / "lines.yaml").read_text().replace("sensor: test", f'sensor: "{hostile}"')
    (made / "lines.yaml").write_text(lines.replace("method: interval", f'method: "{hostile}"'))
    check = ("check", made / "report.json", "--against", made / "report.json", "--markdown", "c.md", "--junit", "c.xml")
    for command in (
        check,
        ("plan", made / "accented.json"),
        ("sensors", "--nearest", made / "lines.yaml"),
        ("select", made / "values.json", "-k", 8, "-o", "lines.yaml"),
        ("evaluate", drives, "--lines", made / "lines.yaml", "-o", "r.json", *QUICK[:4]),
        ("view", drives, "--lines", made / "lines.yaml", "-o", "v.png"),
    ):
        done = lidarsel(*command, cwd=tmp_path)
        said = succeeded(done) + done.stderr
        assert "\x1b" not in said
        assert "\x07" not in said
    for name in ("c.md", "c.xml", "lines.yaml", "r.json"):
        assert "\x1b" not in (tmp_path / name).read_text()


@pytest.mark.parametrize("name", slow_but(["a[/b]"], ["a[old]b", "a[/b]", "a:car:"]))
def test_names_that_look_like_markup_of_the_terminal_are_shown_as_they_are(
    name: str, drives: Path, tmp_path: Path
) -> None:
    made = make_inputs(tmp_path, drives)
    text = (made / "lines.yaml").read_text()
    (made / "lines.yaml").write_text(text.replace("method: interval", f"method: '{name}'"))
    done = lidarsel("evaluate", drives, "--lines", made / "lines.yaml", "-o", "r.json", *QUICK[:4], cwd=tmp_path)
    _, _, told = succeeded(done).partition("Errors by distance")
    table, _, _ = told.partition("Over the pixels")
    assert f" {name} " in table


@pytest.mark.parametrize("word", ["--no\x1b[31mpe", "\x1b[31m"])
def test_escapes_in_a_wrong_option_are_never_sent_raw(word: str, tmp_path: Path) -> None:
    for words in ([word], ["run", word], ["plan", "a", "b", word], ["plan", "a", "--max-rmse-ratio", word]):
        done = lidarsel(*words, cwd=tmp_path)
        assert done.returncode == 2
        assert "\x1b" not in done.stderr + done.stdout
