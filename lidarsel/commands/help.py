"""What --help shows: first the options that matter most, then panels of the others, then examples; nothing cut off.

Typer's own help has a column for each kind of name and cuts those short that it has no room for.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from typer.core import TyperCommand, TyperGroup

from lidarsel.commands.guides import GUIDES
from lidarsel.errors import UsageError
from lidarsel.spelling import none_of

if TYPE_CHECKING:
    from rich.panel import Panel

FIRST = "Most used"
_PLAIN = "Options"
"""The heading of options that name none."""
_VALUE = {"int": "N", "integer": "N", "float": "X", "Path": "PATH", "path": "PATH"}
"""What stands for a value, by its type; TEXT for any other."""


class GuidedCommand(TyperCommand):
    """A command whose help says what its guide says."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print it, as Typer does: the formatter stays empty."""
        guide = GUIDES.get(self.name or "")
        arguments, options = _told(self.get_params(ctx))
        first = [param for name in (guide.first if guide else ()) for param in options if name in param.opts]
        usage = " ".join(_argument(param) for param in arguments)
        _print(f"Usage: {ctx.command_path} {usage} [OPTIONS]".replace("  ", " "), "")
        _print(*(line for paragraph in _paragraphs(self.help or "") for line in (paragraph, "")))
        _print_panels({"Arguments": arguments, FIRST: first, **_by_heading(options, first)})
        if guide is not None:
            _print("Examples:", *(f"  {example}" for example in guide.examples))


class Commands(TyperGroup):
    """A group whose help has its commands under headings, and that says which there are to whoever asks for another."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print it, as Typer does: the formatter stays empty."""
        _print(f"Usage: {ctx.command_path} COMMAND [OPTIONS]", "", *_paragraphs(self.help or ""), "")
        headings: dict[str, list[tuple[str, str]]] = {}
        for name, command in self.commands.items():
            about = _paragraphs(command.help or "")[0]
            headings.setdefault(getattr(command, "rich_help_panel", None) or "Commands", []).append((name, about))
        for panel in _panels(headings):
            _print(panel)
        _print_panels(_by_heading(_told(self.get_params(ctx))[1], []))
        _print(f"{ctx.command_path} COMMAND --help says what a command takes, with examples.")

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Raises UsageError for a command that is not there."""
        if not ctx.resilient_parsing and args[0] not in self.commands:
            raise UsageError(f"command {none_of(args[0], self.commands)}; see {ctx.command_path} --help")
        return super().resolve_command(ctx, args)


def _told(params: Iterable[Any]) -> tuple[list[Any], list[Any]]:
    """The arguments and the options that are not hidden."""
    seen = [param for param in params if not getattr(param, "hidden", False)]
    arguments = [param for param in seen if param.param_type_name == "argument"]
    return arguments, [param for param in seen if param.param_type_name == "option"]


def _by_heading(options: Iterable[Any], shown: list[Any]) -> dict[str, list[Any]]:
    """The options that have not been shown, by heading; those without one last."""
    found: dict[str, list[Any]] = {}
    for param in options:
        if param not in shown:
            found.setdefault(getattr(param, "rich_help_panel", None) or _PLAIN, []).append(param)
    return {**{name: params for name, params in found.items() if name != _PLAIN}, _PLAIN: found.get(_PLAIN, [])}


def _print_panels(params: dict[str, list[Any]]) -> None:
    told = {heading: [(_names(one), _meaning(one)) for one in several] for heading, several in params.items()}
    for panel in _panels(told):
        _print(panel)


def _panels(rows: dict[str, list[tuple[str, str]]]) -> "Iterator[Panel]":
    """A panel for each heading, all with columns of one width, so that the eye goes down one edge."""
    from rich.panel import Panel
    from rich.table import Table
    from rich.text import Text

    width = max((len(line) for several in rows.values() for name, _ in several for line in name.split("\n")), default=0)
    for heading, several in rows.items():
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(style="bold cyan", min_width=width, max_width=width)
        table.add_column(overflow="fold")
        for name, meaning in several:
            table.add_row(Text(name, overflow="fold"), Text(meaning))
        if several:
            yield Panel(table, title=heading, title_align="left", border_style="dim", expand=True)


def _print(*parts: "str | Panel") -> None:
    """Strings wrapped between words, but for those that begin with spaces; panels as they are."""
    from rich.console import Console

    console = Console(highlight=False)
    for part in parts:
        console.print(part, markup=False, soft_wrap=isinstance(part, str) and part.startswith("  "))


def _paragraphs(text: str) -> list[str]:
    return [" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n")]


def _argument(param: Any) -> str:
    name = str(param.name).upper() + ("..." if param.nargs != 1 else "")
    return name if param.required else f"[{name}]"


def _names(param: Any) -> str:
    """The names of a parameter, one a line, what stands for its value after the last."""
    if param.param_type_name == "argument":
        return _argument(param)
    flag = getattr(param, "is_flag", False)
    names = sorted((*param.opts, *param.secondary_opts), key=len)
    short = [name for name in names if not name.startswith("--")]
    long = [name for name in names if name.startswith("--")]
    lines = [", ".join([*short, *long[:1]]), *long[1:]]
    return ",\n".join(lines) + ("" if flag else f" {_value(param)}")


def _value(param: Any) -> str:
    if param.metavar:
        return str(param.metavar)
    kind = param.bare_type() if hasattr(param, "bare_type") else param.type.name
    return _VALUE.get(kind, "TEXT")


def _meaning(param: Any) -> str:
    """The help of a parameter and its default, in whichever of the ways it is declared."""
    said = " ".join((param.help or "").split()).replace(r"\[", "[")
    if "default:" in said.lower():  # of a setting, which a file may give: see takes.py
        return said
    if param.required:
        return said if param.param_type_name == "argument" else f"{said} [must be given]"
    default = param.default
    if callable(default) or param.param_type_name == "argument" or param.name == "help":
        return said
    if getattr(param, "is_flag", False):
        default = "on" if default else "off"
    return f"{said} [default: {'none' if default is None else default}]"
