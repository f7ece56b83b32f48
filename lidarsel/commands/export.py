"""The command that writes a network for other programs."""

from pathlib import Path
from typing import Annotated

import typer

from lidarsel.commands import options
from lidarsel.commands.console import show


def export(
    out: Annotated[Path, typer.Argument(help="File to write, .onnx or .pt2 by its ending.", show_default=False)],
    network: Annotated[str, typer.Option(help="lidarsel, or your own: package.module:factory.")] = "lidarsel",
    weights: options.Weights = None,
    size: Annotated[str, typer.Option(help="Height and width of the images it is for, as 352x1216.")] = "352x1216",
) -> None:
    """Write the completion network as ONNX or torch.export file, compared with PyTorch before it takes its name."""
    wanted = options.parse_size("--size", size)
    from lidarsel.workflow.exporting import export_network

    difference_m = export_network(network, None if weights is None else Path(weights), out, wanted)
    show(f"largest difference from PyTorch: {difference_m:.2g} m")
    show(f"network: {out}")
