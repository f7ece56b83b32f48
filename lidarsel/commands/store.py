"""Commands about stores of evaluations: what is in one, less of it, several as one."""

from pathlib import Path
from typing import Annotated

import typer

from lidarsel.commands.console import show, show_json, stdout_for_json
from lidarsel.commands.help import Commands, GuidedCommand
from lidarsel.commands.opening import data_folder
from lidarsel.commands.options import SETTINGS_FILE, AsJson
from lidarsel.commands.places import out_files
from lidarsel.commands.takes import takes
from lidarsel.options import DATA, MACHINE, NETWORK
from lidarsel.settings import RunSettings

app = typer.Typer(
    cls=Commands,
    help="Stores of evaluations: what is in one, whether it is right, deleting from it, merging several.",
    no_args_is_help=True,
)

StoreFile = Annotated[Path, typer.Argument(help="evaluations.sqlite of a run or a stage.", show_default=False)]


@app.command(cls=GuidedCommand)
def info(store: StoreFile, as_json: AsJson = False) -> None:
    """What a store holds: evaluations by network, crop, device and libraries."""
    from lidarsel.evaluation.store_upkeep import look_into

    found = look_into(store)
    if as_json:
        show_json(found)
        return
    from lidarsel.report.stores import contexts_table

    show(f"{store}: {found.evaluations} evaluations, {found.size_bytes / 1e6:.1f} MB")
    show(contexts_table(found.contexts))


@app.command(cls=GuidedCommand)
def prune(
    store: StoreFile,
    network: Annotated[str | None, typer.Option(help="Only of networks whose SHA-256 begins so.")] = None,
    frames: Annotated[str | None, typer.Option(help="Only of frames whose name begins so, as a drive's.")] = None,
    unused_days: Annotated[float | None, typer.Option(help="Only what was not used for so many days.", min=0)] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Delete it; without, only show what would be deleted.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete evaluations of a network, of some frames, or not used for long, and give the space back."""
    from lidarsel.evaluation.store_upkeep import chosen
    from lidarsel.evaluation.store_upkeep import prune as delete

    contexts = chosen(store, network, frames, unused_days)
    if yes and contexts:
        delete(store, contexts, frames or "")
    if as_json:
        show_json({"deleted": yes, "contexts": contexts})
        return
    from lidarsel.report.stores import contexts_table

    count = sum(context.evaluations for context in contexts)
    show(contexts_table(contexts))
    show(f"{count} evaluations {'deleted' if yes else 'would be deleted; give --yes to do so'}")


@app.command(cls=GuidedCommand)
def merge(
    stores: Annotated[list[Path], typer.Argument(help="Stores to merge; they stay as they are.", show_default=False)],
    out: Annotated[Path, out_files("-o", "--out", help="Store to write; must not exist.", show_default=False)],
) -> None:
    """One new store with what all of these hold; refused where two differ about the same evaluation."""
    from lidarsel.evaluation.store_upkeep import look_into
    from lidarsel.evaluation.store_upkeep import merge as merge_stores

    merge_stores(stores, out)
    show(f"{look_into(out).evaluations} evaluations: {out}")


@app.command(cls=GuidedCommand)
@takes(RunSettings, NETWORK, DATA, MACHINE, only=("metric", "bands"), file=SETTINGS_FILE)
def verify(
    store: StoreFile,
    settings: RunSettings,
    data: Annotated[
        Path | None, typer.Argument(help="The data it was made with; without, checksums alone.", show_default=False)
    ] = None,
    rows: Annotated[int, typer.Option(help="The most evaluations to make again.", min=1)] = 64,
    as_json: AsJson = False,
) -> None:
    """Whether a store is right: every checksum and, with its data, some evaluations made again and compared."""
    from lidarsel.workflow.verifying import verify_store

    with stdout_for_json(as_json):
        found = verify_store(store, None if data is None else data_folder(data), settings, rows)
    if as_json:
        show_json(found)
        return
    show(f"{store}: {found.evaluations} evaluations, each fits its checksum")
    if data is not None:
        show(f"{found.again} of the {found.of_game} that are of {data} were made again: the same to the last bit")
