"""The command that writes a network for other programs."""

from pathlib import Path
from typing import Annotated

import typer

from lidarsel.commands.console import show
from lidarsel.commands.takes import takes
from lidarsel.options import parse_size
from lidarsel.places import require_writable
from lidarsel.settings import RunSettings


@takes(RunSettings, only=("network", "weights", "weights_key"))
def export(
    out: Annotated[Path, typer.Argument(help="File to write, .onnx or .pt2 by its ending.", show_default=False)],
    settings: RunSettings,
    size: Annotated[str, typer.Option(help="Height and width of the images it is for, as 352x1216.")] = "352x1216",
) -> None:
    """Write the completion network as ONNX or torch.export file, compared with PyTorch before it takes its name."""
    wanted = parse_size("--size", size)
    settings.require_usable()
    require_writable(out)
    from lidarsel.workflow.exporting import export_network

    differences = export_network(settings, out, wanted)
    show(f"largest difference from PyTorch: {differences}")
    show(f"network: {out}")
