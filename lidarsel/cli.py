"""The app: the commands by name, and what becomes of an error. Heavy imports stand inside the commands."""

import os
import signal
import sys
from collections.abc import Callable
from functools import wraps
from types import FrameType
from typing import Annotated, NoReturn

import typer

from lidarsel import __version__
from lidarsel.commands import doctor
from lidarsel.commands.help import Commands, GuidedCommand
from lidarsel.commands.places import require_apart
from lidarsel.commands.refusals import PARSING_ERROR, refusal
from lidarsel.ending import run_to_exit, stop
from lidarsel.errors import UsageError, is_lack_of_memory

app = typer.Typer(
    name="lidarsel",
    cls=Commands,
    help="Which lines of a spinning lidar are worth paying for: values, selects and judges them by depth completion.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_SIGNALS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated", signal.SIGHUP: "terminal closed"}
KEEPING = {"demo", "run", "shapley", "select", "evaluate", "sweep", "train", "shrink", "scale"}
"""Commands that keep what they had done in a store or a checkpoint; all others begin anew."""


class StopSignal(KeyboardInterrupt):
    """A signal that asks to end, sent by a batch system or a closed terminal; taken as Ctrl-C is."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def _telling(command: Callable[..., None]) -> Callable[..., None]:
    """The same command, which says in one line why it ended early.

    It is refused where it would write over what it reads. Stopped by a signal, it tells whether the same command goes
    on from there or begins anew.
    """

    @wraps(command)
    def told(*arguments: object, **options: object) -> None:
        try:
            require_apart(command, options)
            command(*arguments, **options)
        except KeyboardInterrupt as told_to:
            does = "goes on with what was kept" if command.__name__ in KEEPING else "begins anew"
            number = signal.Signals(told_to.number) if isinstance(told_to, StopSignal) else signal.SIGINT
            stop(f"{_SIGNALS[number]}; the same command {does}", 128 + number)

    return told


def _raise_stop(number: int, _frame: FrameType | None) -> NoReturn:
    raise StopSignal(number)


try:
    from lidarsel.commands.table import COMMANDS, GROUPS
except ImportError as error:
    # without a package that the options' types need, doctor alone is there, and says what to install
    if (error.name or "").startswith("lidarsel"):
        raise
    _MISSING: ImportError | None = error
    app.command(cls=GuidedCommand)(_telling(doctor.doctor))
else:
    _MISSING = None
    for heading, commands in COMMANDS.items():
        for command in commands:
            app.command(cls=GuidedCommand, rich_help_panel=heading)(_telling(command))
    for name, (heading, group) in GROUPS.items():
        app.add_typer(group, name=name, rich_help_panel=heading)


def main() -> NoReturn:
    """Run the app to its end; what a user can mend is one line on stderr and exit code 2."""
    # torch's threads spin while they wait for each other; beside another such process on two cores that made coalitions
    # 25 times slower (measured: 1.2/s against 32/s spinning this little; alone 67/s against 76/s). Read by libgomp as
    # torch is loaded, or not at all.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores SIGHUP
            signal.signal(number, _raise_stop)
    run_to_exit(_run)


def _run() -> None:
    if _MISSING is not None and sys.argv[1:2] != ["doctor"]:
        if is_lack_of_memory(_MISSING):
            raise _MISSING
        stop(f"{_MISSING}; lidarsel doctor says what has to be installed", 2)
    for word in sys.argv[1:]:
        if not _is_text(word):
            stop(f"{word}: is no {sys.getfilesystemencoding()} text; rename that file, or set LC_ALL=C.UTF-8", 2)
    try:
        code = app(prog_name="lidarsel", standalone_mode=False)
    except PARSING_ERROR as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # the help has been shown
            sys.exit(2)
        raise UsageError(refusal(error)) from None
    sys.exit(code if isinstance(code, int) else 0)


def _is_text(word: str) -> bool:
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True


def _print_version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"lidarsel {__version__}\n")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass
