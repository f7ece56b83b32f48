"""The page: whole, in order, asking for nothing from outside, and closed to what a file name may hold."""

import base64
import gzip
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from plotly.offline import get_plotlyjs

from lidarsel.errors import OutputError, UsageError
from lidarsel.listing import line_ranges
from lidarsel.report.decision import decision_cells
from lidarsel.report.page.html import html_page, write_html
from lidarsel.report.page.parts import plain
from tests.support.report_samples import N_LINES, insights, pictures, report, row, values

HOSTILE = '<script>alert("x")</script>\'"&</title><img src=x onerror=alert(1)>'
VOID = {"meta", "link", "img", "br", "path", "rect", "input"}
N_FRAMES = 3


class Page(HTMLParser):
    """What a browser would see: elements with their attributes, text, and whether all that opens closes."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def text(self) -> str:
        return " ".join(data for tag, data in self.texts if tag not in ("script", "style"))


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(html_page(report(), values(), pictures(n_frames=N_FRAMES), insights()))


def hostile() -> Page:
    rows = [row("all", 64, 1187.4), row("sas-region", 32, 1300.0), row(HOSTILE, 32, 1310.0), row(HOSTILE, 8, 1310.0)]
    names: dict[str, Any] = dict.fromkeys(("sensor", "data", "command", "network", "lidarsel_version"), HOSTILE)
    content = report(rows=rows, notes=[HOSTILE], frames=[HOSTILE] * 12, **names)
    return Page(html_page(content, values(estimator=HOSTILE), pictures(frame_id=HOSTILE)))


def test_nothing_is_fetched(page: Page) -> None:
    for tag, attributes in page.elements:
        for name in ("src", "href", "srcset", "data", "action", "poster"):
            where = attributes.get(name, "data:")
            assert where.startswith(("data:", "#")), (tag, where[:60])
        assert "url(" not in attributes.get("style", "")
    policy = next(meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")
    assert not any(source in policy for source in ("http", "*", "eval"))


def test_sections_come_in_order(page: Page) -> None:
    assert not page.open
    found = [attributes["id"] for attributes in page.all("section")]
    first = ["decision", "cautions", "lines", "answer"]
    assert found == [*first, *("accuracy", "error", "values", "importance", "interaction", "frames", "made")]
    assert len(page.all("h1")) == 1


def test_table_has_every_row(page: Page) -> None:
    expected = {(row.method, str(row.budget)) for row in report().rows}
    found = [(tr["data-method"], tr["data-budget"]) for tr in page.all("tr") if "data-method" in tr]
    assert len(found) == len(expected)
    assert set(found) == expected
    chosen = [tr for tr in page.all("tr") if "chosen" in tr.get("class", "")]
    assert [(tr["data-method"], tr["data-budget"]) for tr in chosen] == [("sas-region", "32")]
    for row_ in report().rows:
        assert f"{row_.rmse_mm:.0f}" in page.text()


def test_figures_are_in_the_page_with_the_reports_numbers(page: Page) -> None:
    scripts = {
        attributes["id"]: data
        for attributes, (_, data) in zip(
            page.all("script"), [text for text in page.texts if text[0] == "script"], strict=True
        )
        if attributes.get("type") == "application/json"
    }
    browser = "frame-browser-data"
    assert sorted(scripts) == ["error-figure", browser, "importance-figure", "interaction-figure", "value-figure"]
    assert {plot["data-figure"] for plot in page.all("div") if "data-figure" in plot} == set(scripts) - {browser}
    errors = {trace.get("name"): trace for trace in json.loads(scripts["error-figure"])["data"]}
    above = [100 * (row.rmse_mm / 1187.4 - 1) for row in report().rows if row.method == "spaced"]
    assert errors["spaced"]["y"] == pytest.approx(above)
    shown = json.loads(scripts["value-figure"])["data"]
    said = [text for trace in shown for text in trace["text"]]
    assert {text.partition(",")[0] for text in said} == {f"line {line}" for line in range(N_LINES)}
    assert len(said) == N_LINES


def test_title_of_the_error_figure_says_what_it_is_against(page: Page) -> None:
    assert "Error against budget" in page.text()
    assert "Error by method" in Page(html_page(report((32,)), values(), pictures())).text()


def test_the_strip_has_a_cell_for_every_number_of_lines_and_for_what_they_are_compared_with(page: Page) -> None:
    cells = [each for each in page.all("li") if "cell" in each.get("class", "").split()]
    assert [each.get("data-budget") for each in cells] == [None, "32", "16", "8"]
    assert [each["data-budget"] for each in page.all("div") if each.get("class") == "lines"] == ["32", "16", "8"]
    for cell in decision_cells(report()):
        assert cell.cost.replace(" ", "\N{NO-BREAK SPACE}") in page.text()
        assert line_ranges(cell.row.lines) in page.text()
        assert cell.file is not None
        assert cell.file in page.text()


def test_no_figure_of_a_table_is_left_out_for_phones(page: Page) -> None:
    """What is hidden there is shown when asked, under its own name."""
    folded = [each for each in page.all("td") if "lesser" in each.get("class", "").split()]
    assert folded
    assert all("data-label" in each for each in folded)
    asked = [each for each in page.all("input") if each["type"] == "checkbox"]
    assert len(asked) == len([each for each in page.all("div") if each.get("class") == "foldable"]) > 0


def test_what_was_not_learned_has_no_section() -> None:
    found = [attributes["id"] for attributes in Page(html_page(report(), values(), pictures())).all("section")]
    assert not {"importance", "interaction"} & set(found)


def test_plotly_is_there_once_compressed_and_whole(page: Page) -> None:
    code = [data for tag, data in page.texts if tag == "script" and len(data) > 1_000_000]
    assert len(code) == 1
    assert gzip.decompress(base64.b64decode(code[0])).decode() == get_plotlyjs()


def test_the_same_page_is_made_twice() -> None:
    one, two = (html_page(report(), values(), pictures(n_frames=2), insights()) for _ in range(2))
    assert one == two


def test_scrolled_regions_can_be_reached_by_keyboard(page: Page) -> None:
    regions = [div for div in page.all("div") if "scroll" in div.get("class", "").split()]
    assert regions
    assert all(div["tabindex"] == "0" and div["role"] == "region" and div["aria-label"] for div in regions)


def test_provenance_is_complete(page: Page) -> None:
    content, text = report(), page.text()
    for value in (content.command, content.network_sha256, content.data_fingerprint, content.data, content.network):
        assert value in text
    for frame in (*content.frames, *content.chosen_on_frames):
        assert frame in text


def test_cautions_are_visible() -> None:
    text = Page(html_page(report(same_frames=True, ground_truth="scan"), values(), pictures())).text()
    assert "judged on the frames they were chosen on" in text
    assert "frame's own full scan" in text


def test_names_stay_names() -> None:
    page = hostile()
    own = Page(html_page(report(), values(), pictures()))
    assert not page.open
    assert len(page.all("script")) == len(own.all("script"))
    assert len(page.all("img")) == len(own.all("img"))
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
    assert '<script>alert("x")</script>' in page.text(), "shown as text"


def test_values_of_another_sensor_are_refused() -> None:
    some = values(
        n_lines=2, mean=[1.0, 2.0], standard_error=[0.0, 0.0], elevation_deg=[0.0, 1.0], points_per_line=[1.0, 1.0]
    )
    with pytest.raises(UsageError, match="values are of 2 lines and the report of 64"):
        html_page(report(), some, pictures())


def test_page_is_written_whole_or_refused(tmp_path: Path) -> None:
    write_html(tmp_path / "report.html", report(), values(), pictures())
    assert (tmp_path / "report.html").read_text().endswith("</html>\n")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        write_html(tmp_path / "file" / "report.html", report(), values(), pictures())


def test_a_number_and_its_unit_stay_on_one_line(page: Page) -> None:
    (finding,) = (data for _, data in page.texts if "in RMSE: " in data)
    assert re.findall(r"\d (?:%|mm)", finding) == []
    assert re.search("\\d\N{NO-BREAK SPACE}%", finding)
    assert re.search("\\d\N{NO-BREAK SPACE}mm", finding)


def test_names_of_options_and_bands_stay_on_one_line() -> None:
    assert plain("take --view 360 <a>") == 'take <span class="whole">--view</span> 360 &lt;a&gt;'
    assert plain("a--b -- c") == "a--b -- c"
    assert (
        plain("near, 10-20 m 3 %") == 'near, <span class="whole">10-20\N{NO-BREAK SPACE}m</span> 3\N{NO-BREAK SPACE}%'
    )
