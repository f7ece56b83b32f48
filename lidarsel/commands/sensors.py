"""The command on real products: their elevation tables, and which one is nearest to chosen lines."""

from pathlib import Path
from typing import Annotated

import typer

from lidarsel.commands.console import show, show_doubts, show_json
from lidarsel.commands.options import AsJson
from lidarsel.commands.suggestions import offering_of


def sensors(
    name: Annotated[
        str | None,
        typer.Argument(
            help="A product, as OS1-32, or a YAML file of your own; default: the whole catalogue.",
            show_default=False,
            autocompletion=offering_of("lidarsel.sensors.registry:model_names"),
        ),
    ] = None,
    nearest: Annotated[
        Path | None,
        typer.Option(
            help="lines.yaml: ranks the products, or NAME alone, by how near their elevations are to its lines."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Real spinning lidars: where their lines point and from where it is known; which is nearest to chosen lines.

    The ranking is by elevation alone; what a product would do on a log is for evaluate to tell (docs/sensors.md).
    """
    from lidarsel.report.sensors import catalogue_table, nearest_table, product_facts, product_table, sentences
    from lidarsel.sensors.ranking import rank
    from lidarsel.sensors.registry import NOT_EXPRESSIBLE, find_product, products

    chosen = products() if name is None else (find_product(name),)
    if nearest is not None:
        ranking = rank(nearest, chosen, name)
        if as_json:
            show_json(ranking)
            return
        show_doubts(ranking.doubts)
        show(nearest_table(ranking.products, len(ranking.line_elevation_deg)))
        show(f"by RMSE instead: {ranking.evaluate}")
    elif as_json:
        show_json({"products": chosen, "not_expressible": NOT_EXPRESSIBLE})
    elif name is None:
        show(catalogue_table(chosen))
        show(sentences([("not by lines", each) for each in NOT_EXPRESSIBLE]))
    else:
        show(f"{chosen[0].maker} {chosen[0].model}, {chosen[0].lines} lines: elevations in degrees")
        show(product_table(chosen[0]))
        show(product_facts(chosen[0]))
