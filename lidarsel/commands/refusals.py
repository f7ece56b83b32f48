"""What Typer refuses while it reads the command line, as one line like every other refusal."""

from collections.abc import Iterator
from typing import Any

import typer

from lidarsel.spelling import the_nearest

PARSING_ERROR: type[Exception] = typer.BadParameter.__bases__[0]
"""Every refusal of the parser; Typer has no name of its own for it, and where it stands differs by version."""


def refusal(error: Any) -> str:
    """The line of a PARSING_ERROR: option or argument, what is wrong with it, and where its use is told."""
    command = "lidarsel" if error.ctx is None else error.ctx.command_path
    return f"{_problem(error)}; see {command} --help"


def _problem(error: Any) -> str:
    kind, param = type(error).__name__, getattr(error, "param", None)
    if kind == "NoSuchOption":
        known = _options(error.ctx.command)
        return f"there is no option {error.option_name}{the_nearest(error.option_name, known)}"
    if param is None:
        return _in_a_sentence(error.message)
    name = param.opts[0] if param.param_type_name == "option" else param.name.upper()
    if kind == "MissingParameter":
        return f"{name} is missing ({' '.join((param.help or '').split()).rstrip('.')})"
    return f"{name} {_complaint(error)}"


def _complaint(error: Any) -> str:
    """What is wrong with a value, and the value: Typer tells it by pydantic's error, or in its own message."""
    found = error.__cause__.errors() if hasattr(error.__cause__, "errors") else []
    if found:
        return f"{found[0]['input']!r}: {_in_a_sentence(found[0]['msg'])}"
    return _in_a_sentence(error.message)


def _in_a_sentence(said: str) -> str:
    return said[:1].lower() + said[1:].rstrip(".")


def _options(command: Any) -> Iterator[str]:
    for param in command.params:
        if param.param_type_name == "option":
            yield from (*param.opts, *param.secondary_opts)
    yield "--help"
