"""The page in a real browser: figures draw, nothing complains, a phone's width is enough, darkness is followed."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from lidarsel.report.page.html import write_html
from tests.support.report_chromium import BROWSER, Browser, browser
from tests.support.report_samples import METHODS, insights, pictures, report, values

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium: apt-get install --no-install-recommends chromium"),
]
N_FRAMES = 6
FIGURES = 4
DRAWN = f"document.querySelectorAll('[data-drawn]').length === {FIGURES}"
INK, LIGHT_INK = "rgb(27, 30, 36)", "rgb(230, 232, 236)"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    write_html(path, report(), values(), pictures(n_frames=N_FRAMES), insights())
    return path


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser") / "profile") as opened:
        yield opened


@pytest.mark.parametrize("width", [1280, 390])
def test_figures_and_pictures_are_drawn_at_every_width(page: Path, tab: Browser, width: int) -> None:
    tab.open(page, width)
    tab.wait(DRAWN)
    assert page.stat().st_size < 6_000_000
    # a curve for each method, the band of the chosen one, which is the best as well, and the level of all lines
    assert tab.look("document.querySelectorAll('#error .scatterlayer .trace').length") >= len(METHODS) + 2
    names = tab.look("[...document.querySelectorAll('#error .annotation-text')].map((text) => text.textContent)")
    assert {name.removesuffix(" (chosen)") for name in names} == set(METHODS)
    boxes = tab.look(
        "[...document.querySelectorAll('#error .annotation-text')].map((text) => text.getBoundingClientRect())"
        ".map(({top, bottom, right}) => [top, bottom, right]).sort((one, other) => one[0] - other[0])"
    )
    assert all(upper[1] <= lower[0] + 1 for upper, lower in pairwise(boxes)), "names do not run into each other"
    assert max(right for *_, right in boxes) <= width
    for figure in ("values", "importance"):
        assert tab.look(f"document.querySelectorAll('#{figure} .scatterlayer .point').length") > 40
    assert tab.look("document.querySelector('#interaction .heatmaplayer image').getAttribute('width')") > "0"
    assert tab.look("[...document.images].filter((image) => image.naturalWidth > 0).length") == N_FRAMES
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert tab.look(overflow) == 0, "the page itself must not scroll sideways"
    assert tab.look("getComputedStyle(document.querySelector('.xtick text')).fill") == INK
    assert tab.complaints == []


def test_figures_follow_the_dark(page: Path, tab: Browser) -> None:
    tab.open(page, 1280, dark=True)
    tab.wait(DRAWN)
    assert tab.look("getComputedStyle(document.body).color") == LIGHT_INK
    ticks = "getComputedStyle(document.querySelector('.xtick text')).fill"
    assert tab.look(ticks) == LIGHT_INK
    tab.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "light"}])
    tab.wait(f"{ticks} === '{INK}'")
    assert tab.complaints == []


def test_a_browser_that_cannot_unpack_says_so(page: Path, tab: Browser) -> None:
    source = "delete window.DecompressionStream"
    script = tab.ask("Page.addScriptToEvaluateOnNewDocument", source=source)["identifier"]
    tab.open(page, 1280)
    tab.ask("Page.removeScriptToEvaluateOnNewDocument", identifier=script)
    said = tab.look("document.querySelector('#error .plot').innerText")
    assert "no DecompressionStream" in said
    assert "figures beside it" in said
    said = tab.look("document.querySelector('.readout').innerText")
    assert "no DecompressionStream" in said
    assert tab.look("document.querySelector('.stage').offsetHeight") == 0
    assert tab.complaints == []


def test_the_test_can_fail(page: Path, tab: Browser) -> None:
    """A page that fetches something is seen to complain, and its own policy stops it."""
    fetching = page.with_name("fetching.html")
    fetching.write_text(page.read_text().replace("</main>", '<img src="https://example.org/x.png" alt=""></main>'))
    tab.open(fetching, 1280)
    tab.wait(DRAWN)
    assert any("Content Security Policy" in complaint for complaint in tab.complaints)
