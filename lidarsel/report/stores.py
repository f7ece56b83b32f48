"""What a store of evaluations holds, in the terminal."""

import time
from collections.abc import Sequence

from rich import box
from rich.table import Table

from lidarsel.evaluation.store import several
from lidarsel.evaluation.store_upkeep import StoreContext

_DIGITS = 12
"""Of a hash: enough to tell contexts apart, and to name one to ``lidarsel store prune``."""


def contexts_table(contexts: Sequence[StoreContext]) -> Table:
    """A row for each context; days are local."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), collapse_padding=True, pad_edge=False)
    for name in ("players", "network", "crop"):
        table.add_column(name, no_wrap=True)
    table.add_column("computed by", overflow="fold")
    table.add_column("last used", no_wrap=True)
    for name in ("frames", "evaluations"):
        table.add_column(name, justify="right", no_wrap=True)
    for context in contexts:
        table.add_row(
            f"{context.n_players} {several(context.players)}",
            context.network_sha256[:_DIGITS],
            context.crop,
            f"{context.device}, {context.libraries}",
            time.strftime("%Y-%m-%d", time.localtime(context.last_used_s)),
            str(context.frames),
            str(context.evaluations),
        )
    return table
