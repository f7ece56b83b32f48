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
from lidarsel.commands import check, data, datasets, doctor, export, job, logs, plan, stages, store, sweep, training
from lidarsel.errors import LidarselError, is_lack_of_memory

app = typer.Typer(
    name="lidarsel",
    help="Which lines of a spinning lidar are worth paying for: values, selects and judges them by depth completion.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
COMMANDS = (
    job.demo,
    data.inspect,
    data.calibrate,
    datasets.datasets,
    job.run,
    stages.shapley,
    stages.select,
    stages.evaluate,
    sweep.sweep,
    check.check,
    plan.plan,
    logs.apply,
    logs.view,
    data.simulate,
    training.train,
    export.export,
    doctor.doctor,
)
_STOPPED = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated", signal.SIGHUP: "terminal closed"}
KEEPING = (job.demo, job.run, stages.shapley, stages.select, stages.evaluate, sweep.sweep, training.train)
"""Those that keep what they had done in a store or a checkpoint; all others begin anew."""


class Stopped(KeyboardInterrupt):
    """A signal that asks to end, as batch systems and closed terminals send: what is unfinished goes, as on Ctrl-C."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def _telling(command: Callable[..., None]) -> Callable[..., None]:
    """The command, saying when it is stopped what the same command would do; typer itself would say nothing."""

    @wraps(command)
    def told(*arguments: object, **options: object) -> None:
        try:
            command(*arguments, **options)
        except KeyboardInterrupt as stop:
            does = "goes on with what was kept" if command in KEEPING else "begins anew"
            number = signal.Signals(stop.number) if isinstance(stop, Stopped) else signal.SIGINT
            _fail(f"{_STOPPED[number]}; the same command {does}", 128 + number)

    return told


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    raise Stopped(number)


def _fail(message: str, code: int) -> NoReturn:
    from lidarsel.report.words import printable

    sys.stderr.write("lidarsel: " + printable(" ".join(message.split())) + "\n")
    sys.exit(code)


for command in COMMANDS:
    app.command()(_telling(command))
app.add_typer(store.app, name="store")


def main() -> None:
    """Run the app; what a user can mend is one line on stderr and exit code 2."""
    # torch's threads spin while they wait for each other; beside another such process on two cores that made coalitions
    # 25 times slower (measured: 1.2/s against 32/s spinning this little; alone 67/s against 76/s). Read by libgomp as
    # torch is loaded, or not at all.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores SIGHUP
            signal.signal(number, _stop)
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
