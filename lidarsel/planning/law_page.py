"""A plan by a law as one HTML page that needs nothing from outside."""

from pathlib import Path

from lidarsel.planning.iso_chart import iso_chart
from lidarsel.planning.law_file import LawFile
from lidarsel.planning.law_findings import LAW_ANSWERS, OPTION_WORDS, law_findings, option_entries, option_headings
from lidarsel.planning.law_plan import LawPlan
from lidarsel.printable import printable
from lidarsel.report import words
from lidarsel.report.page import parts
from lidarsel.report.page.skeleton import whole_page
from lidarsel.writing import write_bytes

_TITLE = "Lines against computing"
_ASKED = {"best": "The cheapest that holds the bound", "trade": "What a smaller network costs"}


def write_law_page(path: Path, plan: LawPlan, content: LawFile) -> None:
    """Write ``law_page`` into a file, which is whole or not there. Raises OutputError."""
    write_bytes(path, law_page(plan, content).encode())


def law_page(plan: LawPlan, content: LawFile) -> str:
    """The page: the answer, the figure, the table, what the law rests on, what it was made of."""
    found = law_findings(plan)
    answers = [(name, said) for name, said in found if name in LAW_ANSWERS]
    others = [(name, said) for name, said in found if name not in LAW_ANSWERS]
    best = [number for number, option in enumerate(plan.options) if option == plan.best]
    headings = option_headings(plan)
    texts = [place for place, heading in enumerate(headings) if heading in OPTION_WORDS]
    table = parts.plain_table("Lines and networks", headings, option_entries(plan), best, texts=texts)
    told = f"Frames judged: {printable(plan.split)}; lines chosen by {printable(plan.method)}."
    body = [
        f"<header><h1>{_TITLE}</h1>{parts.paragraph(told, 'soft')}</header>",
        '<section id="answer" aria-label="Answer">'
        + "".join(parts.paragraph(f"{_ASKED[name]}: {said}.", "finding") for name, said in answers)
        + "</section>",
        parts.cautions(plan.cautions),
        parts.section("options", "Lines and the network to take", table),
        _equal(plan),
        parts.section("law", "The law, and what it rests on", parts.named_list(others)),
        parts.section("made", "The runs that this is planned by", parts.named_list(words.provenance(content))),
    ]
    return whole_page(_TITLE, "options", body)


def _equal(plan: LawPlan) -> str:
    if not plan.equal:
        return ""
    figure = parts.plot("iso-figure", iso_chart(plan), "Lines of equal error", "the sentences below say what it shows")
    return parts.section("equal", "Lines and computing of equal error, by the law", figure)
