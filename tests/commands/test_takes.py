"""A field added to settings is an option of every command that takes its group: no other edit."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from typer.testing import CliRunner

from lidarsel.commands.takes import takes
from lidarsel.datasets.base import ReadOptions
from lidarsel.errors import UsageError
from lidarsel.options import DATA, LINES, Option, parse_numbers, parse_size
from lidarsel.read_settings import READING
from lidarsel.settings import RunSettings


class MoreSettings(RunSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a run's settings would be with three more fields."""

    window: Annotated[
        tuple[int, int], Option("Window to look at.", DATA, ("--window", "-w"), parse_size, separator="x")
    ] = (4, 16)
    colour: Annotated[Literal["red", "green"], Option("Colour of lines.", DATA)] = "red"
    elsewhere: Annotated[int, Option("Of another group.", LINES)] = 1
    hidden: int = 3


def made(settings: type, *groups: str, **how: object) -> tuple[typer.Typer, list[Any]]:
    """An app of one command that takes the settings, and where it leaves what it is given."""
    app = typer.Typer()
    given: list[Any] = []

    @takes(settings, *groups, **how)  # type: ignore[arg-type]
    def command(place: Path, chosen: settings, shout: bool = False) -> None:  # type: ignore[valid-type]
        given.append((place, chosen, shout))

    app.command()(command)
    return app, given


def invoke(app: typer.Typer, *arguments: str) -> str:
    done = CliRunner().invoke(app, arguments, catch_exceptions=False, env={"COLUMNS": "200", "TERMINAL_WIDTH": "200"})
    assert done.exit_code == 0, done.output
    return done.output


def test_a_new_field_is_an_option_with_help_default_and_parser() -> None:
    app, given = made(MoreSettings, DATA)
    text = invoke(app, "--help")
    (line,) = [line for line in text.splitlines() if "--window" in line]
    assert "-w" in line
    assert "Window to look at. [default: 4x16]" in line
    assert "--elsewhere" not in text
    assert "--hidden" not in text
    invoke(app, "here", "-w", "3x5", "--colour", "green", "--shout", "--skip-bad")
    assert given == [(Path("here"), MoreSettings(window=(3, 5), colour="green", skip_bad=True), True)]


def test_what_is_not_given_is_the_settings_default_or_the_files(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("window: [7, 9]\nseed: 4\n")
    app, given = made(MoreSettings, DATA, file="Settings.")
    invoke(app, "here")
    invoke(app, "here", "--chosen", str(file), "--max-frames", "2")
    assert [entry[1] for entry in given] == [MoreSettings(), MoreSettings(window=(7, 9), seed=4, max_frames=2)]


def test_a_value_that_cannot_be_parsed_is_refused_by_the_options_name() -> None:
    app, _ = made(MoreSettings, DATA)
    done = CliRunner().invoke(app, ["here", "-w", "wide"])
    assert isinstance(done.exception, UsageError)
    assert "--window 'wide'" in str(done.exception)


def test_a_literal_offers_its_names() -> None:
    app, _ = made(MoreSettings, DATA)
    (colour,) = [param for param in typer.main.get_command(app).params if param.name == "colour"]
    offered = colour.shell_complete
    found = offered(typer.main.get_command(app).make_context("x", ["here"]), "g")
    assert [getattr(item, "value", item) for item in found] == ["green"]


def test_dataclasses_and_replaced_fields() -> None:
    @dataclass(frozen=True)
    class Pair:
        """``many`` is asked for instead of ``one``."""

        one: Annotated[int, Option("One.", LINES)] = 1
        many: Annotated[tuple[int, ...], Option("Many.", LINES, parse=parse_numbers, replaces="one")] = ()

    app, given = made(Pair)
    assert "--one" not in invoke(app, "--help")
    invoke(app, "here", "--many", "1,3-4")
    assert given == [(Path("here"), Pair(many=(1, 3, 4)), False)]


@dataclass(frozen=True)
class _Place:
    chosen: Annotated[str, Option("Named as the command's parameter.", DATA)] = "here"


def test_a_field_may_have_the_name_of_the_commands_parameter() -> None:
    app, given = made(_Place)
    invoke(app, "x", "--chosen", "there")
    assert [entry[1] for entry in given] == [_Place("there")]


def test_a_command_may_have_a_default_and_a_help_of_its_own() -> None:
    app, given = made(RunSettings, only=("max_frames",), defaults={"max_frames": 7}, helps={"max_frames": "So many."})
    assert "So many. [default: 7]" in invoke(app, "--help")
    invoke(app, "here")
    invoke(app, "here", "--max-frames", "3")
    assert [entry[1].max_frames for entry in given] == [7, 3]
    done = CliRunner().invoke(app, ["here", "--max-frames", "0"])
    assert isinstance(done.exception, UsageError)


def test_every_field_that_readers_are_told_is_a_setting() -> None:
    """But ``labels``, which a stage asks for or not: training tells no classes apart."""
    assert {field.name for field in fields(ReadOptions)} == {*READING, "labels"}
    given: dict[str, Any] = {"scan_columns": ("x", "y", "z"), "ring_field": "layer", "depth_scale": 1000.0}
    flags: dict[str, Any] = {"skip_bad": True, "follow_links": True, "trust_paths": True}
    settings = RunSettings(ground_truth="scan", raw="here", **given, **flags)
    assert settings.read_options() == ReadOptions("scan", Path("here"), **given, **flags)
