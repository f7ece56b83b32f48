"""The command for a purchase: how few lines will do, and at what price."""

from pathlib import Path
from typing import Annotated

import typer

from lidarsel.commands.console import show, show_json
from lidarsel.commands.options import AsJson
from lidarsel.commands.suggestions import offering_of


def plan(
    report: Annotated[
        Path,
        typer.Argument(help="report.json, best of 4 or more budgets.", show_default=False),
    ],
    max_rmse_ratio: Annotated[float, typer.Option(help="RMSE allowed, as a multiple of that of all lines.")] = 1.05,
    price: Annotated[
        Path | None, typer.Option(help="YAML file with a line for each sensor, number of lines and price: 16: 4000.")
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            "--method",
            "-m",
            help="Whose rows to go by; default: the report's chosen method.",
            autocompletion=offering_of("lidarsel.selection.registry:NAMES"),
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The fewest lines, or the cheapest sensor of a price list, that hold an error bound; what each line buys.

    Measured budgets come first; a curve fitted to them speaks only between them, with its uncertainty (docs/plan.md).
    """
    from lidarsel.contracts import ReportFile, read_contract
    from lidarsel.planning.plan import make_plan
    from lidarsel.planning.prices import read_prices
    from lidarsel.planning.summary import answers, sensors_table, steps_table

    prices = None if price is None else read_prices(price)
    found = make_plan(read_contract(report, ReportFile), method, max_rmse_ratio, prices)
    if as_json:
        show_json(found)
        return
    show(steps_table(found))
    if found.sensors:
        show(sensors_table(found))
    show(answers(found))
