"""The frame browser in a real browser: divider, choices, read-out and zoom, by mouse, by finger and by keys."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lidarsel.report.page.html import write_html
from tests.support.report_chromium import BROWSER, Browser, browser
from tests.support.report_samples import pictures, report, values

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium: apt-get install --no-install-recommends chromium"),
]
N_FRAMES = 4
FRAMES = pictures(n_frames=N_FRAMES)
HEIGHT, WIDTH = FRAMES[0].ground_truth_m.shape
CHOSEN, ALL = "sas-region, 32 lines (chosen)", "all lines"
STAGE = "document.querySelector('.stage')"
SLIDER = "document.querySelector('.browser input[type=range]')"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    write_html(path, report(), values(), FRAMES)
    return path


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser") / "profile") as tab:
        yield tab


@pytest.fixture
def tab(opened: Browser, page: Path) -> Iterator[Browser]:
    opened.open(page, 1280)
    shown(opened, 0)
    opened.look(f"{STAGE}.scrollIntoView({{block: 'center'}})")
    yield opened
    by_test = "multiple readback operations"  # of what is painted
    assert [told for told in opened.complaints if by_test not in told.lower()] == []


def shown(tab: Browser, number: int) -> None:
    tab.wait(f"document.querySelector('[data-browser]').dataset.shown === '{number}'")


def box(tab: Browser) -> dict[str, float]:
    sides = "({left, top, width, height}) => ({left, top, width, height})"
    return dict(tab.look(f"({sides})({STAGE}.getBoundingClientRect())"))


def at(tab: Browser, row: int, column: int) -> tuple[float, float]:
    """Where a pixel of the frame is in the window, while all of it is seen."""
    stage = box(tab)
    x, y = (column + 0.5) / WIDTH * stage["width"], (row + 0.5) / HEIGHT * stage["height"]
    return stage["left"] + x, stage["top"] + y


def said(tab: Browser) -> str:
    return plain(str(tab.look("document.querySelector('.readout').textContent")))


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"(\d+(?:\.\d+)?) m\b", text)]


def tags(tab: Browser) -> list[str]:
    return [plain(tag) for tag in tab.look("[...document.querySelectorAll('.tag')].map((tag) => tag.textContent)")]


def choose(tab: Browser, side: str, option: str) -> None:
    select = f"document.querySelector('[data-side={side}]')"
    tab.look(
        f"{select}.value = [...{select}.options].find((one) => one.textContent === {option!r}).value;"
        f"{select}.dispatchEvent(new Event('change', {{bubbles: true}}))"
    )


def colour(tab: Browser, row: int, column: int) -> list[int]:
    """Of a pixel of the frame as it is painted."""
    inside = f"Math.floor(({column} + .5) / {WIDTH} * c.width), Math.floor(({row} + .5) / {HEIGHT} * c.height)"
    painted = f"(c) => [...c.getContext('2d').getImageData({inside}, 1, 1).data]"
    return list(tab.look(f"({painted})({STAGE}.querySelector('canvas'))"))


def known_pixel(rows: slice, columns: slice) -> tuple[int, int]:
    """A pixel of the frames that has ground truth."""
    found = np.argwhere(FRAMES[0].ground_truth_m[rows, columns] > 0)[0]
    return int(found[0] + rows.start), int(found[1] + columns.start)


@pytest.mark.parametrize("row", [20, 60, 100])
def test_depth_and_error_are_read_at_the_pixel(tab: Browser, row: int) -> None:
    row, column = known_pixel(slice(row, row + 3), slice(100, 140))
    tab.move(*at(tab, row, column))
    truth_m = float(FRAMES[0].ground_truth_m[row, column])
    text = said(tab)
    assert re.findall(r"· ([^·:]*):", text) == [CHOSEN, ALL]
    truth, chosen, error, whole, error_all = numbers(text.partition(" · lidar")[0])
    for told, depth_m in ((truth, truth_m), (chosen, 1.08 * truth_m), (whole, 1.02 * truth_m)):
        if depth_m < 60:  # the far end of the scale
            rounded = 0.5 if told >= 20 else 0.05
            assert told == pytest.approx(depth_m, abs=0.015 * depth_m + rounded)
    assert error == pytest.approx(0.08 * truth_m, abs=0.25)
    assert error_all == pytest.approx(0.02 * truth_m, abs=0.25)
    assert error > error_all
    bare = np.argwhere(FRAMES[0].ground_truth_m[row] == 0)[0]
    tab.move(*at(tab, row, int(bare[0])))
    assert said(tab).startswith("No ground truth here · ")
    assert "error" not in said(tab)


def test_a_lidar_point_says_its_line(tab: Browser) -> None:
    points = FRAMES[0].points
    tab.move(*at(tab, int(points.row[5]), int(points.column[5])))
    assert said(tab).endswith(f"lidar point of line {points.line[5]}")


def test_the_divider_is_dragged_and_moved_by_keys(tab: Browser) -> None:
    row, column = known_pixel(slice(5, 8), slice(100, 120))
    left = colour(tab, row, column)
    x, y = at(tab, 60, WIDTH // 2)
    tab.move(x, y, "mousePressed", held=True)
    tab.move(at(tab, 60, 40)[0], y, held=True)
    tab.move(at(tab, 60, 40)[0], y, "mouseReleased")
    assert float(tab.look(f"{SLIDER}.value")) == pytest.approx(10, abs=1)
    right = colour(tab, row, column)
    assert sum(right[:3]) < sum(left[:3]), "all lines have the smaller error, which is darker"
    choose(tab, "left", ALL)
    tab.look(f"{SLIDER}.value = 100; {SLIDER}.dispatchEvent(new Event('input', {{bubbles: true}}))")
    assert colour(tab, row, column) == right, "one scale for both sides"
    tab.look(f"{SLIDER}.focus()")
    tab.press("ArrowLeft")
    assert tab.look(f"{SLIDER}.value") == "99"
    assert tab.look("document.querySelector('.divider').style.left") == "99%"


def test_a_finger_drags_the_divider_and_reads(tab: Browser, page: Path) -> None:
    tab.open(page, 390)
    tab.ask("Emulation.setTouchEmulationEnabled", enabled=True)
    shown(tab, 0)
    tab.look(f"{STAGE}.scrollIntoView({{block: 'center'}})")
    stage = box(tab)
    assert stage["height"] >= 200, "taller than the frame, whose middle is seen"
    x, y = stage["left"] + stage["width"] / 2, stage["top"] + 100
    tab.touch("touchStart", (x, y))
    tab.touch("touchMove", (x + 40, y))
    tab.touch("touchMove", (x + 80, y))
    tab.touch("touchEnd")
    tab.ask("Emulation.setTouchEmulationEnabled", enabled=False)
    moved = 50 + 100 * 80 / stage["width"]
    assert float(tab.look(f"{SLIDER}.value")) == pytest.approx(moved, abs=2)
    assert CHOSEN in said(tab)


def test_any_method_is_chosen_and_named_with_its_error(tab: Browser) -> None:
    content, frame = report(), FRAMES[0]

    def told(method: str, budget: int) -> str:
        row = content.row(method, budget)
        assert row is not None
        found = frame.sampled.set_of(row.lines)
        assert found is not None
        assert found.error is not None
        return f"RMSE {found.error:.0f} mm"

    assert tags(tab) == [f"{CHOSEN}: {told('sas-region', 32)}", f"{ALL}: {told('all', 64)}"]
    choose(tab, "left", "densest, 8 lines")
    choose(tab, "right", "spaced, 16 lines")
    assert tags(tab) == [f"densest, 8 lines: {told('densest', 8)}", f"spaced, 16 lines: {told('spaced', 16)}"]
    choose(tab, "right", "ground truth")
    assert tags(tab)[1] == "ground truth"
    tab.look("document.querySelector('#view-depth').click()")
    row, column = known_pixel(slice(100, 103), slice(300, 330))
    depth = colour(tab, row, column)
    choose(tab, "right", ALL)
    assert np.abs(np.subtract(colour(tab, row, column), depth)).max() < 12, "2 % is hardly a shade"
    assert tab.look("document.querySelector('[data-legend=error]').hidden")
    assert not tab.look("document.querySelector('[data-legend=depth]').hidden")


def test_frames_are_changed_by_keys_and_offer_what_is_pictured_on_them(tab: Browser) -> None:
    choose(tab, "left", "densest, 8 lines")
    tab.look("document.querySelector('#frame-0').focus()")
    tab.press("ArrowRight")
    shown(tab, 1)
    assert tags(tab)[0].startswith(CHOSEN), "densest is not pictured there"
    enabled = "[...document.querySelectorAll('[data-side=left] option')].filter((one) => !one.disabled)"
    offered = tab.look(f"{enabled}.map((one) => one.textContent)")
    assert set(offered) == {CHOSEN, "sas-region, 16 lines", "sas-region, 8 lines", ALL, "no lines"}
    for number in (2, 3, 0):
        tab.press("ArrowRight")
        shown(tab, number)
    assert tab.look(f"{enabled}.length") == len(report().rows), "round at the end, where every row is pictured"


def test_the_mark_is_moved_and_the_picture_zoomed_by_keys(tab: Browser) -> None:
    tab.move(*at(tab, 100, 200))
    tab.look(f"{STAGE}.focus()")
    for _ in range(20):
        tab.press("ArrowUp")
    assert depth_of_chosen(tab) == pytest.approx(1.08 * row_depth(80), rel=0.02)
    tab.press("ArrowRight")
    tab.press("ArrowDown")
    assert depth_of_chosen(tab) == pytest.approx(1.08 * row_depth(81), rel=0.02)
    tab.press("+")
    assert tab.look(f"{STAGE}.classList.contains('zoomed')")
    stage = box(tab)
    tab.move(stage["left"] + 5, stage["top"] + 2)
    near_top = depth_of_chosen(tab)
    tab.press("0")
    assert not tab.look(f"{STAGE}.classList.contains('zoomed')")
    tab.move(stage["left"] + 5, stage["top"] + 2)
    assert depth_of_chosen(tab) > near_top, "zoomed in, the far end above was out of sight"


def test_zoomed_in_the_picture_is_dragged(tab: Browser) -> None:
    for _ in range(2):
        tab.look("document.querySelector('[data-zoom=in]').click()")
    x, y = at(tab, 60, 100)
    tab.move(x, y)
    before = depth_of_chosen(tab)
    tab.move(x, y, "mousePressed", held=True)
    tab.move(x, y - 40, held=True)
    tab.move(x, y - 40, "mouseReleased")
    assert depth_of_chosen(tab) == before, "what was held stays below the pointer"
    tab.move(x, y)
    assert depth_of_chosen(tab) < before, "nearer, from below"
    assert tab.look(f"{SLIDER}.value") == "50"


def row_depth(row: int) -> float:
    return float(np.geomspace(60, 5, HEIGHT)[row])


def depth_of_chosen(tab: Browser) -> float:
    found: Any = re.search(rf"{re.escape(CHOSEN)}: ([\d.]+) m", said(tab))
    assert found, said(tab)
    return float(found[1])
