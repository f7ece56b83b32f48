"""A ladder of networks as a person reads it in the terminal."""

from rich.table import Table

from lidarsel.planning.ladder import LadderNetwork, ScaledLadder
from lidarsel.report.metric_words import millimetres
from lidarsel.report.terminal import add_columns, empty_table
from lidarsel.report.words import count


def ladder_table(ladder: ScaledLadder) -> Table:
    """Every network, a row each; fits 80 columns."""
    mixed = any(network.run.experts > 1 for network in ladder.networks)
    experts = "E: experts, of which one computes each place; 1 is none. " if mixed else ""
    judged = count(ladder.n_held_out, "frame")
    table = empty_table(
        f"Width: channels, as a multiple of lidarsel's own. {experts}Frames: trained on. "
        "GMAC (10^9 multiply-accumulate operations) and ms (measured here, sizes in turns): of an image with one set "
        "of lines. M: 10^6 parameters. RMSE: mm with so many lines, in equal steps of those in view, mean over "
        f"{judged} held out."
    )
    numbers = [f"RMSE\n{error.lines}" for error in ladder.networks[0].run.errors]
    add_columns(table, (), ("Width", *(["E"] if mixed else []), "Frames", "GMAC", "M", "ms", *numbers))
    for network in ladder.networks:
        table.add_row(*_entries(network, mixed))
    return table


def _entries(network: LadderNetwork, mixed: bool) -> list[str]:
    run = network.run
    return [
        f"{network.width:g}",
        *([str(run.experts)] if mixed else []),
        str(run.frames),
        f"{run.macs / 1e9:.3g}",
        f"{run.parameters / 1e6:.3g}",
        f"{network.ms:.0f}",
        *(millimetres(error.rmse_mm) for error in run.errors),
    ]
