"""A law's answers in sentences, and what they rest on, for the terminal and the page alike."""

import numpy as np

from lidarsel.planning.chosen_worth import ChosenWorth
from lidarsel.planning.entries import money
from lidarsel.planning.law_file import LawFit
from lidarsel.planning.law_options import LawOption
from lidarsel.planning.law_plan import LawPlan
from lidarsel.planning.laws.choosing import FEWEST_SIZES, Trial
from lidarsel.planning.laws.completion import Variable
from lidarsel.planning.laws.extrapolation import Extrapolation
from lidarsel.planning.product_worth import ProductWorth
from lidarsel.planning.trade import Trade
from lidarsel.printable import printable
from lidarsel.report.metric_words import ends_cell, millimetres
from lidarsel.report.words import count

_MISSHAPEN = 0.03
"""Where runs lie further off the law than this at a number of lines, its shape in lines is not theirs."""

LAW_ANSWERS = ("best", "trade")
"""The names of those findings that answer the question."""

_HEADINGS = ("RMSE\nmm", "95 % CI\nmm", "Ratio", "Known\nby", "GMAC", "MB", "Network", "")
OPTION_WORDS = ("Known\nby", "Network", "")
"""The headings of columns that hold words."""


def option_headings(plan: LawPlan) -> list[str]:
    """Of ``option_entries``; prices where there are some."""
    return [*(["Price"] if _priced(plan) else []), "Lines", *_HEADINGS]


def option_entries(plan: LawPlan) -> list[list[str]]:
    """Each number of lines with the network to take."""
    return [
        [
            *([money(option.price)] if option.price is not None else []),
            str(option.lines) if option.product is None else f"{printable(option.product)}\n(as {option.lines})",
            millimetres(option.rmse_mm),
            _interval(option),
            f"{option.ratio:.3f}",
            option.basis,
            f"{option.macs / 1e9:.3g}",
            f"{option.n_bytes / 1e6:.3g}",
            printable(option.network),
            _standing(plan, option),
        ]
        for option in plan.options
    ]


def law_findings(plan: LawPlan) -> list[tuple[str, str]]:
    """Answers, then the law, its terms and its test: a name and a sentence each."""
    found = [("best", _best(plan))] if plan.best is not None else []
    if plan.trade is not None:
        found.append(("trade", trade_sentence(plan.trade)))
    found += [("law", law_sentence(plan.fit)), *(("term", sentence) for sentence in _trials(plan.fit))]
    found += [("test", _test(each)) for each in plan.fit.extrapolations]
    return [*found, *(("note", note) for note in _notes(plan))]


def trade_sentence(trade: Trade) -> str:
    """ "24 lines (95 % CI 20 to 30) and 0.5 GMAC are as good as 16 lines and 2 GMAC"."""
    large, small = f"{trade.macs / 1e9:.3g} GMAC", f"{trade.smaller_macs / 1e9:.3g} GMAC"
    with_large = count(trade.lines, "line")
    if not trade.sized:
        return (
            f"{with_large} and {small} are as good as {with_large} and {large} by the law: no size of the network "
            "lowers the error so that runs kept from the fit show it"
        )
    if trade.more_lines is None:
        return f"no number of lines that was run makes {small} as good as {with_large} and {large}"
    high = "more than were run" if trade.high is None else f"{trade.high:.3g}"
    low = "more than were run" if trade.low is None else f"{trade.low:.3g}"
    return f"{trade.more_lines:.3g} lines (95 % CI {low} to {high}) and {small} are as good as {with_large} and {large}"


def law_sentence(fit: LawFit) -> str:
    """The formula, with the intervals of its exponents, and how far runs lie off it."""
    place, parts = 0, []
    draws = np.array(fit.draws)
    for term in fit.terms:
        powers = []
        for step, (name, exponent) in enumerate(zip(term.variables, term.exponents, strict=True), place + 1):
            low, high = np.quantile(draws[:, step], (0.025, 0.975))
            told = f"({name} / {_amount(name, fit.middles[name])})^-{exponent:.2f} (95 % CI {low:.2f} to {high:.2f})"
            powers.append(told)
        parts.append(" ".join([f"{millimetres(term.mm)} mm", *powers]))
        place += 1 + len(term.variables)
    return f"RMSE = {' + '.join(parts)}; runs lie {_percent(fit.off):.1f} % off it"


def _trials(fit: LawFit) -> list[str]:
    return [_trial(trial) for trial in fit.trials] + [
        f"{name}: not tried, as {count(number, 'size')} {'was' if number == 1 else 'were'} run and {FEWEST_SIZES} "
        f"are needed"
        for name, number in fit.untried.items()
    ]


def _trial(trial: Trial) -> str:
    standing = "stands in the law" if trial.kept else "left out"
    return (
        f"{printable(trial.term)}: {standing}; networks left out of the fit are told {_percent(trial.after):.2f} % off "
        f"with it, {_percent(trial.before):.2f} % without"
    )


def _test(test: Extrapolation) -> str:
    return (
        f"fitted up to {_amount(test.variable, test.fitted_up_to)} {test.variable}, the law is "
        f"{_percent(test.law):.1f} % off at {_amount(test.variable, test.value)}; the curve of lines alone "
        f"{_percent(test.lines):.1f} %, the last value carried on {_percent(test.carried):.1f} %"
    )


def _notes(plan: LawPlan) -> list[str]:
    found = [
        f"With {count(lines, 'line')} runs lie {abs(_percent(off)):.0f} % {'above' if off > 0 else 'below'} the law in "
        "the mean: its shape in lines is not quite theirs."
        for lines, off in plan.fit.off_at_lines
        if abs(off) > _MISSHAPEN
    ]
    worse = [test for test in plan.fit.extrapolations if test.law > test.carried]
    if worse:
        names = " and ".join(test.variable for test in worse)
        found.append(
            f"Beyond the largest {names} carrying the last value on did better than the law: do not go far beyond."
        )
    if plan.image is not None:
        height, width = plan.image
        found.append(f"MACs are of images of {height} x {width} pixels; those of others go by their area.")
    found += [_worth(each) for each in plan.worth] + [_chosen(each) for each in plan.chosen]
    if plan.unknown:
        lines = ", ".join(map(str, plan.unknown))
        found.append(f"Not judged, as beyond what was run: sensors of {lines} lines.")
    return found


def _worth(worth: ProductWorth) -> str:
    between = _between(worth.low, worth.high)
    untold = f"; {100 * worth.untold:.0f} % of its lines this log cannot tell of" if worth.untold else ""
    return (
        f"{printable(worth.model)} is worth {count(worth.lines, 'spaced line')} on the report's log (95 % CI "
        f"{between}){untold}; with other networks it is taken to be worth as many."
    )


def _chosen(worth: ChosenWorth) -> str:
    lines = f"{count(worth.budget, 'line')} chosen by {printable(worth.method)}"
    equal = "fewer spaced lines than were measured" if worth.lines is None else count(worth.lines, "spaced line")
    return f"{lines} are worth {equal} on the report's log (95 % CI {_between(worth.low, worth.high)})."


def _between(low: float | None, high: float | None) -> str:
    """Both ends of an interval of numbers of lines; None is beyond what was measured."""
    if low is None and high is None:
        return "wider than what was measured"
    least = "fewer than were measured" if low is None else f"{low:.3g}"
    return f"{least} to {'more than were measured' if high is None else f'{high:.3g}'}"


def _best(plan: LawPlan) -> str:
    option = plan.best
    assert option is not None
    price = "" if option.price is None else f" for {money(option.price)}"
    by = "measured" if option.basis == "measured" else "by the law only"
    return (
        f"{_sensor(option)}{price} with {printable(option.network)} ({option.macs / 1e9:.3g} GMAC, "
        f"{option.n_bytes / 1e6:.3g} MB), {by}: {millimetres(option.rmse_mm)} mm, {option.ratio:.3f} of the best with "
        f"{plan.most_lines}"
    )


def _sensor(option: LawOption) -> str:
    if option.product is None:
        return count(option.lines, "line")
    return f"{printable(option.product)}, worth {count(option.lines, 'line')},"


def _interval(option: LawOption) -> str:
    if option.low_mm is None or option.high_mm is None:
        return ""
    return ends_cell(option.low_mm, option.high_mm, "rmse")


def _standing(plan: LawPlan, option: LawOption) -> str:
    if plan.max_ratio is None:
        return ""
    return "best" if option == plan.best else "holds" if option.holds else ""


def _priced(plan: LawPlan) -> bool:
    return any(option.price is not None for option in plan.options)


def _percent(log_error: float) -> float:
    """A log error as a change in per cent: never 100 % below."""
    return 100 * float(np.expm1(log_error))


def _amount(name: Variable, value: float) -> str:
    """1.2G of macs, 0.7M parameters, else the number."""
    if name == "macs":
        return f"{value / 1e9:.3g}G"
    return f"{value / 1e6:.3g}M" if name == "parameters" else f"{value:.3g}"
