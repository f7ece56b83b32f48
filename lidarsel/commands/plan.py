"""The command for a purchase: how few lines will do, and at what price."""

from pathlib import Path
from typing import Annotated

import typer

from lidarsel.commands.console import show, show_json
from lidarsel.commands.options import AsJson
from lidarsel.commands.places import out_file
from lidarsel.commands.suggestions import offering_of


def plan(
    report: Annotated[
        Path,
        typer.Argument(help="report.json, best of 4 or more budgets.", show_default=False),
    ],
    max_ratio: Annotated[
        float | None,
        typer.Option(
            help="Error allowed, as a multiple of that of all lines, by what decided in the report. [default: 1.05]",
            show_default=False,
        ),
    ] = None,
    max_rmse_ratio: Annotated[
        float | None, typer.Option(help="The same by RMSE, whatever decided.", show_default=False)
    ] = None,
    price: Annotated[
        Path | None,
        typer.Option(
            help="YAML file with a line for each sensor: lines or product, and price (16: 4000, OS1-32: 6500)."
        ),
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
    out: Annotated[
        Path | None, out_file("-o", "--out", help="Also write a page, as plan.html, with a figure of price and error.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The fewest lines, or the cheapest sensor of a price list, that hold an error bound; what each line buys.

    Measured budgets come first; a curve fitted to them speaks only between them, with its uncertainty (docs/plan.md).
    """
    from lidarsel.contracts import ReportFile, read_contract
    from lidarsel.errors import UsageError
    from lidarsel.planning.measured import product_models
    from lidarsel.planning.plan import USUAL_RATIO, make_plan
    from lidarsel.planning.prices import read_prices
    from lidarsel.planning.summary import answers, sensors_table, steps_table

    content = read_contract(report, ReportFile)
    prices = None if price is None else read_prices(price, product_models(content))
    if max_ratio is not None and max_rmse_ratio is not None:
        raise UsageError("--max-ratio and --max-rmse-ratio are two bounds; give one of them")
    by_rmse = max_rmse_ratio is not None
    bound = next((given for given in (max_ratio, max_rmse_ratio) if given is not None), USUAL_RATIO)
    found = make_plan(content, method, bound, prices, "rmse" if by_rmse else None)
    if out is not None:
        from lidarsel.planning.page import write_plan_page

        write_plan_page(out, found, content)
    if as_json:
        show_json(found)
        return
    if found.steps:
        show(steps_table(found))
    if found.sensors:
        show(sensors_table(found))
    show(answers(found))
    if out is not None:
        show(f"page: {out}")
