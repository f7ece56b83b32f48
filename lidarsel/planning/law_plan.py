"""What a ladder's law says to a buyer: lines and network together, within what the car has and the price allows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lidarsel.cautions import Caution
from lidarsel.errors import UsageError
from lidarsel.planning.chosen_worth import ChosenWorth
from lidarsel.planning.law_file import LawFile, LawFit
from lidarsel.planning.law_fit import drawn_law, fit_law, require_ladder, split_of
from lidarsel.planning.law_options import AskedSensor, JudgedLadder, LawLimits, LawOption, fitting_runs, measured_mm
from lidarsel.planning.product_worth import ProductWorth
from lidarsel.planning.trade import EqualError, Trade, equal_errors, trade
from lidarsel.printable import printable


@dataclass(frozen=True)
class LawPlan:
    """The answer.

    Attributes:
        split: the frames it is of. method: how lines were chosen.
        image: (H, W) in pixels of the images that MACs are of; None where nobody said.
        cautions: what weakens all of it.
        fit: the law, with what was tried and how it told the largest runs.
        most_lines: the most that were run; reference_mm: their RMSE with the best network, which ratios are to.
        max_ratio: the bound; None where none was given.
        options: by number of lines the network to take.
        best: of a price list the cheapest option that holds the bound, else that of fewest lines; None without a bound.
        unknown: numbers of lines of the price list beyond those that were run.
        worth: products of the price list, and how many lines each is worth.
        chosen: sets of lines that a report chose, and how many spaced ones each is worth.
        trade: how many lines make up for a smaller network; None where one network alone is within the limits.
        equal: lines and networks of equal error, by the law.
    """

    split: str
    method: str
    image: tuple[int, int] | None
    cautions: Sequence[Caution]
    fit: LawFit
    most_lines: int
    reference_mm: float
    max_ratio: float | None
    options: list[LawOption]
    best: LawOption | None
    unknown: list[int]
    worth: list[ProductWorth]
    chosen: list[ChosenWorth]
    trade: Trade | None
    equal: list[EqualError]


def make_law_plan(
    content: LawFile,
    path: Path,
    split: str | None,
    lines: int | None,
    limits: LawLimits,
    prices: Mapping[int | str, float] | None = None,
    worth: Mapping[str, ProductWorth] | None = None,
    chosen: Sequence[ChosenWorth] = (),
) -> LawPlan:
    """Plan by a law.

    Args:
        content: of the file ``path``.
        split: the frames to go by; None: the file's first.
        lines: the number of lines to plan for; None: those of the price list, without one all that were run.
        limits: of the network, and of the error.
        prices: by number of lines, or by product.
        worth: of products, how many lines they are worth.
        chosen: of sets of lines, how many spaced ones they are worth.

    Raises:
        BadInputError: the ladder is too short for a law, or none of its networks is within the limits.
        UsageError: nothing holds the bound, lines are beyond those that were run, or nobody said what a product of the
            price list is worth.
    """
    name = split_of(content, split)
    judged, listed = [run for run in content.runs if measured_mm(run, name)], dict(prices or {})
    require_ladder(content, name, path)
    counts = sorted({count for run in judged for count in measured_mm(run, name)})
    fitting = fitting_runs(judged, limits, path)
    known_worth = [(worth or {})[name] for name in _products(listed, worth or {})]
    wanted, unknown = _wanted(counts, lines, listed, known_worth)
    fit = fit_law(content, name, path)
    ladder = JudgedLadder(judged, name, drawn_law(fit))
    options = [ladder.option(fitting, each, limits.max_ratio) for each in wanted]
    return LawPlan(
        split=name,
        method=content.method,
        image=content.image,
        cautions=content.cautions,
        fit=fit,
        most_lines=counts[-1],
        reference_mm=ladder.reference_mm,
        max_ratio=limits.max_ratio,
        options=sorted(options, key=lambda option: (option.price or 0.0, option.lines)),
        best=None if limits.max_ratio is None else _best(options, limits.max_ratio),
        unknown=unknown,
        worth=known_worth,
        chosen=list(chosen),
        trade=trade(ladder.drawn, fitting, lines or counts[len(counts) // 2], counts),
        equal=equal_errors(ladder.drawn.law, fitting, counts),
    )


def _best(options: Sequence[LawOption], max_ratio: float) -> LawOption:
    holding = [option for option in options if option.holds]
    if not holding:
        least = min(options, key=lambda option: option.ratio)
        raise UsageError(
            f"--at-most rmse={max_ratio:g}: no lines and network asked for hold it; the least is {least.ratio:.3f}, by "
            f"{least.lines} lines with {printable(least.network)}"
        )
    return min(holding, key=lambda option: (option.price or 0.0, option.lines))


def _products(prices: Mapping[int | str, float], worth: Mapping[str, ProductWorth]) -> list[str]:
    """The products of a price list. Raises UsageError where nobody said what one is worth."""
    products = [name for name in prices if isinstance(name, str)]
    missing = [name for name in products if name not in worth]
    if missing:
        raise UsageError(
            f"--price: {printable(missing[0])} is a product, a law knows numbers of lines; give --report, a "
            "report.json that has rows of it and of spaced lines (lidarsel run DATA --sensor-model)"
        )
    return products


def _wanted(
    counts: Sequence[int], lines: int | None, prices: Mapping[int | str, float], worth: Sequence[ProductWorth]
) -> tuple[list[AskedSensor], list[int]]:
    """The sensors to plan for, and numbers of lines of the price list that no law is known for. Raises UsageError."""
    run = f"{counts[0]} to {counts[-1]} lines"
    if lines is not None:
        if not counts[0] <= lines <= counts[-1]:
            raise UsageError(f"--lines {lines}: the law was fitted to {run} and says nothing beyond")
        if prices and lines not in prices:
            raise UsageError(f"--lines {lines}: the price list has no sensor of so many lines")
        return [AskedSensor(lines, price=prices.get(lines))], []
    listed = [AskedSensor(each, price=price) for each, price in prices.items() if isinstance(each, int)]
    listed += [AskedSensor(each.lines, each.model, prices[each.model]) for each in worth]
    asked = listed or [AskedSensor(each) for each in counts]
    known = [each for each in asked if counts[0] <= each.lines <= counts[-1]]
    if not known:
        raise UsageError(f"--price: no sensor of the list is within the {run} that the law was fitted to")
    return known, sorted({each.lines for each in asked} - {each.lines for each in known})
