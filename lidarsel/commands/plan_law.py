"""``lidarsel plan`` of a law.json: its options, and its answer shown."""

from pathlib import Path
from typing import NamedTuple

from lidarsel.amounts import n_bytes, operations
from lidarsel.bounds import bound_of
from lidarsel.commands.console import show, show_json
from lidarsel.errors import UsageError


class LawAsked(NamedTuple):
    """The options that a law alone has a use for, as they were typed."""

    split: str | None
    lines: int | None
    macs: str | None
    memory: str | None
    at_most: str | None
    report: Path | None

    @property
    def given(self) -> list[str]:
        """Those that were given."""
        return [f"--{name.replace('_', '-')}" for name, value in self._asdict().items() if value is not None]


def plan_by_law(path: Path, asked: LawAsked, price: Path | None, out: Path | None, as_json: bool) -> None:
    """Plan by the law of a file and show the answer. Raises UsageError and BadInputError."""
    from lidarsel.contracts import ReportFile, read_contract
    from lidarsel.planning.chosen_worth import chosen_worth
    from lidarsel.planning.law_file import read_law
    from lidarsel.planning.law_options import LawLimits
    from lidarsel.planning.law_plan import make_law_plan
    from lidarsel.planning.law_summary import law_answers, options_table
    from lidarsel.planning.measured import product_models
    from lidarsel.planning.prices import read_prices
    from lidarsel.planning.product_worth import product_worth

    limits = LawLimits(_macs(asked.macs), _memory(asked.memory), _max_ratio(asked.at_most))
    content = read_law(path)
    report = None if asked.report is None else read_contract(asked.report, ReportFile)
    prices = None if price is None else read_prices(price, () if report is None else product_models(report))
    priced = [name for name in prices or {} if isinstance(name, str)]
    worth, chosen = {}, []
    if report is not None and asked.report is not None:
        worth = product_worth(report, asked.report, priced)
        chosen = chosen_worth(report, asked.report, asked.lines)
    found = make_law_plan(content, path, asked.split, asked.lines, limits, prices, worth, chosen)
    if out is not None:
        from lidarsel.planning.law_page import write_law_page

        write_law_page(out, found, content)
    if as_json:
        show_json(found)
        return
    show(options_table(found))
    show(law_answers(found))
    for caution in found.cautions:
        show(f"caution: {caution.text}")
    if out is not None:
        show(f"page: {out}")


def _macs(text: str | None) -> float:
    found = float("inf") if text is None else operations(text)
    if not found:
        raise UsageError(f"--macs {text}: no number of MACs above 0, as 2G or 800M")
    return found


def _memory(text: str | None) -> float:
    found = float("inf") if text is None else n_bytes(text)
    if not found:
        raise UsageError(f"--memory {text}: no size above 0, as 4MB or 800kB")
    return found


def _max_ratio(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        bound = bound_of(text)
    except ValueError:
        bound = None
    if bound is None or bound.criterion.name != "rmse":
        raise UsageError(
            f"--at-most {text}: a law is of RMSE; give e.g. rmse=1.1, for 1.1 times that of the best network"
        )
    return bound.most
