"""Options of a command made from the fields of settings: what a field says of itself is all there is to say."""

import dataclasses
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from pathlib import Path
from types import MappingProxyType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

import typer

from lidarsel.commands.suggestions import offering, offering_of
from lidarsel.errors import UsageError
from lidarsel.options import GROUPS, Option
from lidarsel.spelling import none_of

Command = Callable[..., None]
_LONG = 40
"""A default of more letters is shown with spaces, where its lines can end."""
NOTHING: Mapping[str, Any] = MappingProxyType({})


class _Field(NamedTuple):
    """A field of settings that is an option. kind: its type, Annotated and None taken off."""

    name: str
    kind: Any
    default: object
    option: Option

    @property
    def names(self) -> tuple[str, ...]:
        return self.option.names or ("--" + self.name.replace("_", "-"),)

    def value(self, given: object) -> object:
        """What was given, as the field has it. Raises UsageError."""
        value = self.option.parse(self.names[0], given) if self.option.parse and isinstance(given, str) else given
        for word in value if isinstance(value, tuple) else (value,):
            if self.choices and word not in self.choices:
                raise UsageError(f"{self.names[0]} {none_of(word, self.choices)}")
        return value

    @property
    def choices(self) -> tuple[object, ...]:
        """All values that it may have, each entry's where it is several; none where there is no end to them."""
        several = get_origin(self.kind) is tuple
        entries = get_args(self.kind)[:1] if several else (self.kind,)
        literals = [entry for entry in entries if get_origin(entry) is Literal]
        return self.option.choices or tuple(name for entry in literals for name in get_args(entry))

    def parameter(self) -> inspect.Parameter:
        """The option as Typer reads it: None where it was not given, whatever the field's default."""
        told: Any
        if self.option.argument:
            told = typer.Argument(help=self.option.help)
        else:
            told = typer.Option(
                *self.names,
                help=self.option.help + self._default(),
                rich_help_panel=self.option.group,
                show_default=False,  # Typer's own would be None
                autocompletion=self._offered(),
            )
        plain: Any = self.kind if self.kind in (bool, int, float) and self.option.parse is None else str
        annotation = Annotated[plain | None, told]
        return inspect.Parameter(self.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)

    def of_command(self, defaults: Mapping[str, object], helps: Mapping[str, str]) -> "_Field":
        """The same field as a command has it that says something else of it."""
        option = dataclasses.replace(self.option, help=helps.get(self.name, self.option.help))
        return self._replace(default=defaults.get(self.name, self.default), option=option)

    def _default(self) -> str:
        """The default as a user would type it, for the help; nothing where there is nothing to say."""
        shown = self.option.default
        if shown is None and self.default is not None and self.default is not False:
            entries = self.default if isinstance(self.default, tuple) else (self.default,)
            words = [str(entry) for entry in entries]
            shown = self.option.separator.join(words)
            shown = ", ".join(words) if len(shown) > _LONG else shown
        return f" \\[default: {shown}]" if shown else ""

    def _offered(self) -> Callable[[str], list[str]] | None:
        if self.option.offers:
            return offering_of(self.option.offers)
        names = [str(name) for name in self.choices]
        return offering(lambda: names) if names else None


def takes(
    kind: type,
    *groups: str,
    only: tuple[str, ...] = (),
    without: tuple[str, ...] = (),
    file: str = "",
    defaults: Mapping[str, object] = NOTHING,
    helps: Mapping[str, str] = NOTHING,
) -> Callable[[Command], Command]:
    """The command gets its parameter of type ``kind`` whole, and the user gives it by options.

    Args:
        kind: settings, a dataclass or a msgspec.Struct. Where it has ``from_options(path, given)``, that makes it:
            path of the settings file or None, and field -> value of the options given.
        groups: of options that are taken; none for all of them.
        only: fields that are taken, whatever their group.
        without: fields that are not.
        file: what help says of an option for a settings file, named as the command's parameter; none, no such option.
        defaults: what fields are of this command where they are not given, in place of the settings' own; for a command
            without a settings file.
        helps: what help says of fields of this command, in place of what they say of themselves.
    """

    def decorate(command: Command) -> Command:
        signature = inspect.signature(command)
        (own,) = (name for name, one in signature.parameters.items() if one.annotation is kind)
        fields = [field for field in _fields(kind) if field.name not in without and _chosen(field, groups, only)]
        taken = [field.of_command(defaults, helps) for field in fields]
        parameters = [field.parameter() for field in taken]
        if file:
            option = Annotated[Path | None, typer.Option(f"--{own}", help=file)]
            parameters.append(inspect.Parameter(own, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=option))

        @wraps(command)
        def with_options(**given: Any) -> None:
            path = given.pop(own, None) if file else None  # without, a field may have the parameter's own name
            typed = {field: given.pop(field.name, None) for field in taken}
            values = {field.name: field.value(text) for field, text in typed.items() if text is not None}
            try:
                settings = _make(kind, path, {**defaults, **values})
            except UsageError as error:
                raise UsageError(_by_option(str(error), taken)) from None
            command(**given, **{own: settings})

        every = list(_replaced(signature.parameters, own, parameters))
        # Typer reads the one for names and defaults, the other for types
        vars(with_options).update(
            __signature__=signature.replace(parameters=every),
            __annotations__={one.name: one.annotation for one in every},
        )
        return with_options

    return decorate


def _replaced(
    parameters: Mapping[str, inspect.Parameter], own: str, options: list[inspect.Parameter]
) -> Iterator[inspect.Parameter]:
    """The command's parameters, with the options in place of the settings; all by keyword, as Typer calls."""
    for name, parameter in parameters.items():
        yield from options if name == own else [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)]


def _make(kind: type, path: Path | None, given: Mapping[str, object]) -> object:
    by_options = getattr(kind, "from_options", None)
    return kind(**given) if by_options is None else by_options(path, given)


def _by_option(problem: str, fields: list[_Field]) -> str:
    """What settings say of one of their fields, the field named as the user gave it."""
    for field in fields:
        if re.match(rf"{field.name}(:| is) ", problem):
            return field.names[0] + problem.removeprefix(field.name).removeprefix(":")
    return problem


def _chosen(field: _Field, groups: tuple[str, ...], only: tuple[str, ...]) -> bool:
    if groups or only:
        return field.option.group in groups or field.name in only
    return True


def _fields(kind: type) -> list[_Field]:
    """The fields of settings that are options, by groups, and in a group as they are declared.

    Help shows the groups so, and where a part of the settings is declared says nothing of what a user looks for first.
    """
    found = []
    defaults = _defaults(kind)
    for name, hint in get_type_hints(kind, include_extras=True).items():
        for option in getattr(hint, "__metadata__", ()):
            if isinstance(option, Option):
                found.append(_Field(name, _without_none(get_args(hint)[0]), defaults.get(name), option))
    replaced = {field.option.replaces for field in found}
    return sorted((field for field in found if field.name not in replaced), key=lambda x: GROUPS.index(x.option.group))


def _defaults(kind: type) -> dict[str, object]:
    if dataclasses.is_dataclass(kind):
        given = {field.name: field.default for field in dataclasses.fields(kind)}
        return {name: default for name, default in given.items() if default is not dataclasses.MISSING}
    import msgspec

    known = msgspec.structs.fields(kind)
    return {field.name: field.default for field in known if field.default is not msgspec.NODEFAULT}


def _without_none(hint: Any) -> Any:
    """``T | None`` -> T; what may be of several types stays as it is."""
    if get_origin(hint) in (Union, UnionType):
        parts = [part for part in get_args(hint) if part is not type(None)]
        return parts[0] if len(parts) == 1 else hint
    return hint
