"""The command that fits the completion network."""

from pathlib import Path
from typing import Annotated

from lidarsel.commands.console import loading, show
from lidarsel.commands.opening import command_line
from lidarsel.commands.options import LogTo, parse_trackers
from lidarsel.commands.places import out_files
from lidarsel.commands.takes import takes
from lidarsel.options import OUTPUT
from lidarsel.read_settings import READING
from lidarsel.settings import RunSettings
from lidarsel.training.recipe import Recipe


@takes(Recipe, file="YAML file with all settings (docs/training.md); options given override it.")
@takes(RunSettings, only=READING, without=("view",))
def train(
    recipe: Recipe,
    reading: RunSettings,
    out: Annotated[
        Path,
        out_files(
            "-o",
            "--out",
            help="Weights to write (.safetensors); a log and a curve go beside them.",
            rich_help_panel=OUTPUT,
        ),
    ] = Path("weights.safetensors"),
    log_to: LogTo = None,
) -> None:
    """Fit the completion network; a killed run goes on from its last checkpoint with the same command.

    With --private the weights give away next to nothing of any one drive, and may leave the house (docs/privacy.md).
    Several GPUs or machines: torchrun --nproc-per-node 4 cli.py train ... (docs/training.md).
    """
    trackers = parse_trackers(log_to)
    with loading():
        from lidarsel.workflow.ensemble_training import members_folder
        from lidarsel.workflow.training import train_by

    if train_by(recipe, reading.read_options(), out, command_line(), trackers).first:
        show(f"weights: {out}")
        show(f"curves: {members_folder(out)}" if recipe.uncertainty == "ensemble" else f"curve: {out}.curve.html")
        if recipe.private:
            show(f"what it promises: lidarsel privacy {out}")
