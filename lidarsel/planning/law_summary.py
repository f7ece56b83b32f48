"""A plan by a law as a person reads it in the terminal."""

from rich.table import Table
from rich.text import Text

from lidarsel.planning.law_findings import LAW_ANSWERS, law_findings, option_entries, option_headings
from lidarsel.planning.law_plan import LawPlan
from lidarsel.printable import printable
from lidarsel.report.terminal import empty_table, named_sentences


def options_table(plan: LawPlan) -> Table:
    """Each number of lines with the network to take; that of the answer in bold."""
    table = empty_table(_told(plan))
    for heading in option_headings(plan):
        named = heading == "Network"
        table.add_column(
            heading, justify="left" if named or not heading else "right", no_wrap=not named, overflow="fold"
        )
    for option, entries in zip(plan.options, option_entries(plan), strict=True):
        table.add_row(*(Text(entry) for entry in entries), style="bold green" if option == plan.best else "")
    return table


def law_answers(plan: LawPlan) -> Table:
    """Answers, the law, its terms and its tests, a name and a sentence each, wrapped at words."""
    return named_sentences(law_findings(plan), LAW_ANSWERS)


def _told(plan: LawPlan) -> str:
    return (
        f"Lines chosen by {printable(plan.method)}, judged on {printable(plan.split)}. Ratio: to the best network with "
        f"{plan.most_lines} lines. Measured: no 95 % CI."
    )
