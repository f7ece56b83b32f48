"""A cheap run of every command, for tests of what all of them must do."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import typer

from lidarsel.cli import app
from lidarsel.contracts import write_contract
from tests.faults.jobs import RECIPE
from tests.support.chosen_lines import HDL64, write_lines
from tests.support.commands import lidarsel, succeeded
from tests.support.private_weights import write_private_weights
from tests.support.report_samples import report

OUT = "out-\N{LATIN SMALL LETTER E WITH ACUTE}"
_CHEAP = ("--network", "nearest", "--max-frames", "4")
_ONE_METHOD = ("--evaluations", "100", "--method", "densest", "--methods", "densest")


@dataclass(frozen=True)
class Sample:
    """arguments: after the command's words, with {drives}, {made} and {out} to be filled in. breaks: module:function
    that the command calls. quick: whether it takes less than some seconds.
    """

    arguments: str
    breaks: str
    quick: bool = False


SAMPLES: Mapping[str, Sample] = {
    "demo": Sample("-o {out}", "lidarsel.workflow.demo:demo_data"),
    "inspect": Sample("{drives} --plot {out}.png", "lidarsel.workflow.inspecting:inspect_data"),
    "calibrate": Sample("{drives} -o {out} --max-frames 2", "lidarsel.workflow.calibrating:calibrate_sensor"),
    "datasets": Sample("", "lidarsel.datasets.registry:layouts", True),
    "run": Sample(f"{{drives}} -k 8 -o {{out}} {' '.join(_CHEAP + _ONE_METHOD)}", "lidarsel.workflow.run:run"),
    "shapley": Sample(
        f"{{drives}} -o {{out}} --evaluations 200 {' '.join(_CHEAP)}", "lidarsel.workflow.stages:shapley"
    ),
    "select": Sample("{made}/values.json -k 8 -o {out}", "lidarsel.workflow.stages:select", True),
    "evaluate": Sample(
        f"{{drives}} --lines {{made}}/lines.yaml -o {{out}} {' '.join(_CHEAP)}", "lidarsel.workflow.stages:evaluate"
    ),
    "sweep": Sample(
        f"{{drives}} --budgets 8 -o {{out}} {' '.join(_CHEAP + _ONE_METHOD)}", "lidarsel.workflow.sweeping:sweep"
    ),
    "check": Sample(
        "{made}/accented.json --against {made}/accented.json --junit {out}.xml --markdown {out}.md",
        "lidarsel.checking.compare:check_files",
        True,
    ),
    "plan": Sample("{made}/accented.json", "lidarsel.planning.plan:make_plan", True),
    "sensors": Sample("--nearest {made}/lines.yaml", "lidarsel.sensors.ranking:rank", True),
    "apply": Sample("{drives} --lines {made}/lines.yaml -o {out}", "lidarsel.thinning.apply:apply_lines"),
    "view": Sample("{drives} -o {out}.png", "lidarsel.workflow.viewing:open_view"),
    "simulate": Sample("{out} --frames 1 --image-size 64x200", "lidarsel.simulation.write:write_drives"),
    "train": Sample("--recipe {made}/recipe.yaml -o {out}", "lidarsel.workflow.training:train_by"),
    "profile": Sample("{drives} -o {out} --frames 1", "lidarsel.workflow.profiling:profile_data"),
    "privacy": Sample("{made}/private.safetensors", "lidarsel.workflow.private_training:read_statement"),
    "shrink": Sample(
        "{drives} --by l1 --retrain 0 --sets 20 -k 8 -o {out}.safetensors", "lidarsel.workflow.shrinking:shrink"
    ),
    "scale": Sample(
        "{drives} --widths 0.2,0.3,0.4 --frames 2 --steps 1 -o {out}.json", "lidarsel.workflow.scaling:scale"
    ),
    "export": Sample("{out}.pt2 --size 64x96", "lidarsel.workflow.exporting:export_network"),
    "doctor": Sample("", "lidarsel.machine.checkup:check_up"),
    "store info": Sample("{made}/evaluations.sqlite", "lidarsel.evaluation.store_upkeep:look_into", True),
    "store prune": Sample("{made}/evaluations.sqlite --unused-days 0", "lidarsel.evaluation.store_upkeep:chosen"),
    "store merge": Sample("{made}/evaluations.sqlite -o {out}", "lidarsel.evaluation.store_upkeep:merge"),
    "store verify": Sample("{made}/evaluations.sqlite", "lidarsel.workflow.verifying:verify_store"),
}

_BROKEN = """
import sys
from importlib import import_module

def broken(*_, **__):
    raise ZeroDivisionError("injected\\nfault \\x1b[31m")

setattr(import_module(sys.argv[1]), sys.argv[2], broken)
del sys.argv[1:3]
from lidarsel.cli import main
main()
"""
_SMALL_DEMO = """
import sys
from lidarsel.settings import make_settings
from lidarsel.workflow import demo, run

whole, drives = run.run, sys.argv.pop(1)
cheap = dict(network="nearest", methods=("densest",), choose="densest", evaluations=100, budgets=(8,))
demo.demo_data = lambda _: drives
run.run = lambda _, settings, *others: whole(demo.Path(drives), make_settings(settings, **cheap), *others)
from lidarsel.cli import main
main()
"""


def names(group: typer.Typer = app, before: str = "") -> list[str]:
    """Of every command that the app has."""
    found = [f"{before}{command.callback.__name__}" for command in group.registered_commands if command.callback]
    for inner in group.registered_groups:
        assert inner.typer_instance is not None
        found += names(inner.typer_instance, f"{before}{inner.name} ")
    return found


def make_inputs(folder: Path, drives: Path) -> Path:
    """The files that the samples read, made by a real run but for a report with a method's name in no ASCII."""
    done = lidarsel("run", drives, "-k", 8, "-o", folder / "runs", *_CHEAP, *_ONE_METHOD)
    succeeded(done)
    (made,) = (folder / "runs").iterdir()
    write_lines(made / "lines.yaml", range(2, 64, 5), HDL64)
    accented = report((32, 16, 12, 8))
    text = "\N{LATIN SMALL LETTER E WITH ACUTE}"
    write_contract(made / "accented.json", accented)
    content = (made / "accented.json").read_text().replace("sas-region", f"sas-r{text}gion")
    (made / "accented.json").write_text(content)
    write_private_weights(made / "private.safetensors")
    short = RECIPE.replace("../data", str(drives)).replace("steps: 12", "steps: 1")
    (made / "recipe.yaml").write_text(short.replace("validate_every: 3", "validate_every: 1"))
    return made


def command_of(name: str, drives: Path, made: Path, broken: bool = False) -> list[str]:
    """The command line of a sample. broken: with a fault of lidarsel's own put into it."""
    sample = SAMPLES[name]
    words = [*name.split(), *(word.format(drives=drives, made=made, out=OUT) for word in sample.arguments.split())]
    if broken:
        return [sys.executable, "-c", _BROKEN, *sample.breaks.split(":"), *words]
    if name == "demo":
        return [sys.executable, "-c", _SMALL_DEMO, str(drives), *words]
    return [sys.executable, "-m", "lidarsel", *words]
