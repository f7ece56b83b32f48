"""The page in a real browser, as a slide, on paper and on a phone: nothing is cut off, and no figure is lost."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from lidarsel.cautions import Caution
from lidarsel.contracts import ReportFile
from lidarsel.report.decision import decision_cells, verdict
from lidarsel.report.page.html import write_html
from lidarsel.report_rows import PartErrors, ReportRow
from tests.support.report_chromium import BROWSER, Browser, browser
from tests.support.report_samples import insights, pictures, report, row, stability, values

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium: apt-get install --no-install-recommends chromium"),
]
A4_MM, LETTER_MM, MARGIN_MM = (297, 210), (279.4, 215.9), 11
CUT_OFF = """[document.documentElement, ...document.querySelectorAll(".scroll, .cell, .lines, section, td, th, p")]
    .filter((box) => box.offsetParent !== null && box.scrollWidth > box.clientWidth + 1 && box.clientWidth > 0)
    .map((box) => `${box.tagName} ${box.className} ${box.scrollWidth} > ${box.clientWidth}`)"""
DRAWN = "document.querySelectorAll('[data-drawn]').length === document.querySelectorAll('[data-figure]').length"
LIGHT_PAPER = "rgb(255, 255, 255)"


def by_distance(of: ReportRow) -> ReportRow:
    parts = [
        PartErrors(part=part, n_frames=12, n_pixels=5000, **figures)
        for part, figures in {
            name: {"rmse_mm": of.rmse_mm * far, "mae_mm": 99.0 * far, "irmse_per_km": 4.0, "imae_per_km": 2.0}
            for name, far in (("0-10", 0.3), ("10-20", 0.7), ("20-40", 1.5), ("40-80", 4.0), ("vehicle", 1.0))
        }.items()
    ]
    return msgspec.structs.replace(of, by_part=parts)


def content() -> ReportFile:
    """Three numbers of lines, two products and cautions of several kinds: as much as a first sheet must hold."""
    products = [msgspec.structs.replace(row("OS1-32", 18, 2608.0), untold=0.44), row("XT32", 19, 2328.0)]
    products[1] = msgspec.structs.replace(products[1], untold=0.41)
    cautions = [Caution("simulated", "Streets are made up."), Caution("network", "Trained on other streets.")]
    rows = [by_distance(each) for each in [*report().rows, *products]]
    return report(rows=rows, stability=[stability(32)], cautions=cautions, lines_in_image=46)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    write_html(path, content(), values(), pictures(n_frames=2), insights())
    return path


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser") / "profile") as opened:
        yield opened


def text_of(tab: Browser, where: str) -> str:
    return str(tab.look(f"document.querySelector({where!r}).innerText")).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("width", [1280, 390])
def test_the_strip_says_what_the_report_says(page: Path, tab: Browser, width: int) -> None:
    tab.open(page, width)
    assert text_of(tab, "h1") == verdict(content())
    cells = decision_cells(content())
    assert len(cells) == 5
    assert tab.look("document.querySelectorAll('.cell[data-budget]').length") == len(cells)
    for cell in cells:
        said = text_of(tab, f'.cell[data-method="{cell.row.method}"][data-budget="{cell.row.budget}"]')
        for part in (cell.title, cell.cost, cell.sure, *(band.text for band in cell.bands), cell.file or ""):
            assert part in said
        if cell.row.untold:
            assert f"{100 * cell.row.untold:.0f} % untold" in said


def test_the_answer_is_on_the_first_screen(page: Path, tab: Browser) -> None:
    tab.open(page, 1280, 900)
    bottoms = "[...document.querySelectorAll('.cell')].map((cell) => cell.getBoundingClientRect().bottom)"
    assert max(tab.look(bottoms)) < 900
    tab.open(page, 390, 844)
    assert tab.look("document.querySelector('.cell[data-budget]').getBoundingClientRect().bottom") < 844


@pytest.mark.parametrize("more", [False, True])
def test_a_phone_scrolls_nothing_sideways_and_shows_every_figure_when_asked(
    page: Path, tab: Browser, more: bool
) -> None:
    tab.open(page, 390)
    if more:
        tab.look("document.querySelectorAll('.more input').forEach((box) => box.click())")
    wide = "table, .scroll:not(.wide), .cell, .lines"
    overflowing = f"[...document.querySelectorAll('{wide}')].filter((box) => box.scrollWidth > box.clientWidth + 1)"
    assert tab.look(f"{overflowing}.map((box) => box.outerHTML.slice(0, 80))") == []
    assert tab.look("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    hidden = "[...document.querySelectorAll('#accuracy .lesser, #distance .lesser')].filter((c) => !c.offsetHeight)"
    heads = "document.querySelectorAll('#accuracy thead .lesser, #distance thead .lesser').length"
    empty = "[...document.querySelectorAll('#accuracy td.lesser, #distance td.lesser')].filter((c) => !c.innerHTML)"
    expected = f"{heads} + {empty}.length" if more else "document.querySelectorAll('.foldable .lesser').length"
    assert tab.look(f"{hidden}.length") == tab.look(expected)
    assert tab.complaints == []


@pytest.mark.parametrize("paper_mm", [A4_MM, LETTER_MM])
@pytest.mark.parametrize("upright", [False, True])
def test_paper_cuts_nothing_off(page: Path, tab: Browser, paper_mm: tuple[float, float], upright: bool) -> None:
    across_mm = paper_mm[1 if upright else 0] - 2 * MARGIN_MM
    tab.open(page, int(across_mm / 25.4 * 96))
    tab.wait(DRAWN)
    tab.ask("Emulation.setEmulatedMedia", media="print")
    try:
        assert tab.look(CUT_OFF) == []
        assert tab.look("document.querySelector('#frames').offsetHeight") == 0
        assert tab.look("[...document.querySelectorAll('.modebar')].every((bar) => !bar.offsetHeight)")
        assert tab.look("[...document.querySelectorAll('td.lesser, .mark')].some((cell) => cell.offsetHeight > 0)")
    finally:
        tab.ask("Emulation.setEmulatedMedia", media="")


def test_paper_is_light_whatever_the_screen(page: Path, tab: Browser) -> None:
    tab.open(page, 1280, dark=True)
    assert tab.look("getComputedStyle(document.body).backgroundColor") != LIGHT_PAPER
    dark = {"name": "prefers-color-scheme", "value": "dark"}
    tab.ask("Emulation.setEmulatedMedia", media="print", features=[dark])
    assert tab.look("getComputedStyle(document.body).backgroundColor") == LIGHT_PAPER
    tab.ask("Emulation.setEmulatedMedia", media="", features=[])


def test_figures_fit_the_sheet_while_it_is_printed_and_the_window_after(page: Path, tab: Browser) -> None:
    tab.open(page, 1280, dark=True)
    tab.wait(DRAWN)
    width = "document.querySelector('#error .main-svg').clientWidth"
    ink = "getComputedStyle(document.querySelector('#error .xtick text')).fill"
    before = tab.look(width), tab.look(ink)
    tab.look("window.dispatchEvent(new Event('beforeprint'))")
    tab.wait(f"{width} === 940 && {ink} === 'rgb(27, 30, 36)'")
    tab.look("window.dispatchEvent(new Event('afterprint'))")
    tab.wait(f"{width} === {before[0]} && {ink} === {before[1]!r}")


def test_the_strip_is_one_sheet(page: Path, tab: Browser) -> None:
    """With what weakens it: what is printed before the lines to keep, which begin another sheet."""
    tab.open(page, 1280)
    tab.look("document.querySelectorAll('#lines, #lines ~ *').forEach((section) => section.remove())")
    printed = tab.ask("Page.printToPDF", preferCSSPageSize=True, printBackground=True)["data"]
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", base64.b64decode(printed))) == 1
