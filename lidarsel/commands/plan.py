"""The command for a purchase: how few lines will do, and at what price."""

from pathlib import Path
from typing import Annotated

import typer

from lidarsel.commands.console import show, show_json
from lidarsel.commands.options import AsJson
from lidarsel.commands.places import out_file
from lidarsel.commands.plan_law import LawAsked, plan_by_law
from lidarsel.commands.suggestions import offering_of
from lidarsel.errors import UsageError

_USUAL_RATIO = 1.05


def plan(
    report: Annotated[
        Path,
        typer.Argument(
            help="report.json, best of 4 or more budgets; or law.json, of a ladder of networks, or 'shipped': "
            "lidarsel's own, of simulated streets.",
            show_default=False,
        ),
    ],
    max_ratio: Annotated[
        float | None,
        typer.Option(
            help="Error allowed, as a multiple of that of all lines, by what decided in the report.",
            show_default=str(_USUAL_RATIO),
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
    split: Annotated[
        str | None, typer.Option(help="Of a law: the frames to go by.", show_default="the first that it has")
    ] = None,
    lines: Annotated[
        int | None,
        typer.Option(
            help="Of a law: the number of lines to plan for.", show_default="those priced, or all that were run"
        ),
    ] = None,
    macs: Annotated[str | None, typer.Option(help="Of a law: MACs that the network may take, as 2G.")] = None,
    memory: Annotated[str | None, typer.Option(help="Of a law: bytes that its weights may take, as 4MB.")] = None,
    at_most: Annotated[
        str | None,
        typer.Option(help="Of a law: RMSE allowed, as rmse=1.1 times that of the most lines with the best network."),
    ] = None,
    worth: Annotated[
        Path | None,
        typer.Option(
            "--report",
            help="Of a law: report.json with rows of the products of the price list; says how many spaced lines each, "
            "and the lines that the report chose, are worth.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        out_file("-o", "--out", ending=".html", help="Also write a page, plan.html, with a figure of price and error."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The fewest lines, or the cheapest sensor of a price list, that hold an error bound; what each line buys.

    Measured budgets come first; a curve fitted to them speaks only between them, with its uncertainty (docs/plan.md).
    Of a law it is lines and network together (docs/scaling.md).
    """
    from lidarsel.planning.law_file import SHIPPED_LAW, is_law

    if str(report) == "shipped" and not report.exists():
        report = SHIPPED_LAW
    asked = LawAsked(split, lines, macs, memory, at_most, worth)
    if is_law(report):
        if any(given is not None for given in (max_ratio, max_rmse_ratio, method)):
            raise UsageError(
                f"{report} is a law: --max-ratio, --max-rmse-ratio and --method are of reports; give --at-most rmse=1.1"
            )
        plan_by_law(report, asked, price, out, as_json)
        return
    if asked.given:
        raise UsageError(f"{report} is no law.json: {', '.join(asked.given)} has no use")
    from lidarsel.contracts import ReportFile, read_contract
    from lidarsel.planning.measured import product_models
    from lidarsel.planning.plan import make_plan
    from lidarsel.planning.prices import read_prices
    from lidarsel.planning.summary import answers, sensors_table, steps_table

    content = read_contract(report, ReportFile)
    prices = None if price is None else read_prices(price, product_models(content))
    if max_ratio is not None and max_rmse_ratio is not None:
        raise UsageError("--max-ratio and --max-rmse-ratio are two bounds; give one of them")
    bound = next((given for given in (max_ratio, max_rmse_ratio) if given is not None), _USUAL_RATIO)
    found = make_plan(content, method, bound, prices, None if max_rmse_ratio is None else "rmse")
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
