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
from lidarsel.errors import LidarselError, is_lack_of_memory

app = typer.Typer(
    name="lidarsel",
    help="Which lines of a spinning lidar are worth paying for: values, selects and judges them by depth completion.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_SIGNALS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated", signal.SIGHUP: "terminal closed"}
KEEPING = {"demo", "run", "shapley", "select", "evaluate", "sweep", "train"}
"""Commands that keep what they had done in a store or a checkpoint; all others begin anew."""


class StopSignal(KeyboardInterrupt):
    """A signal that asks to end, sent by a batch system or a closed terminal; taken as Ctrl-C is."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def _telling(command: Callable[..., None]) -> Callable[..., None]:
    """The same command; when it is stopped, one line says whether giving it again goes on or begins anew."""

    @wraps(command)
    def told(*arguments: object, **options: object) -> None:
        try:
            command(*arguments, **options)
        except KeyboardInterrupt as stop:
            does = "goes on with what was kept" if command.__name__ in KEEPING else "begins anew"
            number = signal.Signals(stop.number) if isinstance(stop, StopSignal) else signal.SIGINT
            _fail(f"{_SIGNALS[number]}; the same command {does}", 128 + number)

    return told


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    raise StopSignal(number)


def _fail(message: str, code: int) -> NoReturn:
    from lidarsel.report.words import printable

    sys.stderr.write("lidarsel: " + printable(" ".join(message.split())) + "\n")
    sys.exit(code)


try:
    from lidarsel.commands.table import COMMANDS, GROUPS
except ImportError as error:
    # without a package that the options' types need, doctor alone is there, and says what to install
    if (error.name or "").startswith("lidarsel"):
        raise
    _MISSING: ImportError | None = error
    app.command()(_telling(doctor.doctor))
else:
    _MISSING = None
    for command in COMMANDS:
        app.command()(_telling(command))
    for name, group in GROUPS.items():
        app.add_typer(group, name=name)


def main() -> None:
    """Run the app; what a user can mend is one line on stderr and exit code 2."""
    # torch's threads spin while they wait for each other; beside another such process on two cores that made coalitions
    # 25 times slower (measured: 1.2/s against 32/s spinning this little; alone 67/s against 76/s). Read by libgomp as
    # torch is loaded, or not at all.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores SIGHUP
            signal.signal(number, _stop)
    if _MISSING is not None and sys.argv[1:2] != ["doctor"]:
        sys.stderr.write(f"lidarsel: {_MISSING}; lidarsel doctor says what has to be installed\n")
        sys.exit(2)
    try:
        app()
    except LidarselError as error:
        _fail(str(error), 2)
    except OSError as error:
        if error.filename is None:
            raise
        _fail(f"{error.filename}: {(error.strerror or str(error)).lower()}; check the path and its permissions", 2)
    except (MemoryError, RuntimeError) as error:
        if not is_lack_of_memory(error):
            raise
        _fail("there is too little memory; end other programs, or ask for less (fewer frames, a smaller crop)", 2)


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
