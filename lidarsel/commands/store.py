"""Commands about stores of evaluations: what is in one, less of it, several as one."""

from pathlib import Path
from typing import Annotated

import typer

from lidarsel.commands.console import show, show_json
from lidarsel.commands.options import AsJson
from lidarsel.commands.places import out_files

app = typer.Typer(
    help="Stores of evaluations: what is in one, deleting from it, merging several.", no_args_is_help=True
)

Store = Annotated[Path, typer.Argument(help="evaluations.sqlite of a run or a stage.", show_default=False)]


@app.command()
def info(store: Store, as_json: AsJson = False) -> None:
    """What a store holds: evaluations by data, network, crop and device."""
    from lidarsel.evaluation.store_upkeep import look_into

    found = look_into(store)
    if as_json:
        show_json(found)
        return
    from lidarsel.report.stores import contexts_table

    show(f"{store}: {found.evaluations} evaluations, {found.size_bytes / 1e6:.1f} MB")
    show(contexts_table(found.contexts))


@app.command()
def prune(
    store: Store,
    network: Annotated[str | None, typer.Option(help="Only of networks whose SHA-256 begins so.")] = None,
    data: Annotated[str | None, typer.Option(help="Only of data whose fingerprint begins so.")] = None,
    unused_days: Annotated[float | None, typer.Option(help="Only what was not used for so many days.", min=0)] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Delete it; without, only show what would be deleted.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete evaluations of a network, of some data, or not used for long, and give the space back."""
    from lidarsel.evaluation.store_upkeep import chosen, look_into
    from lidarsel.evaluation.store_upkeep import prune as delete

    contexts = chosen(look_into(store), network, data, unused_days)
    if yes and contexts:
        delete(store, contexts)
    if as_json:
        show_json({"deleted": yes, "contexts": contexts})
        return
    from lidarsel.report.stores import contexts_table

    count = sum(context.evaluations for context in contexts)
    show(contexts_table(contexts))
    show(f"{count} evaluations {'deleted' if yes else 'would be deleted; give --yes to do so'}")


@app.command()
def merge(
    stores: Annotated[list[Path], typer.Argument(help="Stores to merge; they stay as they are.", show_default=False)],
    out: Annotated[Path, out_files("-o", "--out", help="Store to write; must not exist.", show_default=False)],
) -> None:
    """One new store with what all of these hold; refused where two differ about the same evaluation."""
    from lidarsel.evaluation.store_upkeep import look_into
    from lidarsel.evaluation.store_upkeep import merge as merge_stores

    merge_stores(stores, out)
    show(f"{look_into(out).evaluations} evaluations: {out}")
