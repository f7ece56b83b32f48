"""The page of a plan: what it says, that it opens alone, and that no name in it becomes markup."""

import json
import re
from html import unescape
from html.parser import HTMLParser

import msgspec
import pytest

from lidarsel.planning.page import plan_page
from lidarsel.planning.plan import make_plan
from lidarsel.planning.steps_chart import steps_chart
from tests.planning.test_plan import made
from tests.planning.test_products import PRICES, products_alone, with_products
from tests.support.quick import slow_but

HOSTILE = '<img src=x onerror="alert(1)">'


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.tags: list[str] = []
        self._skipped = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)
        self._skipped += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._skipped -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self.said.append(data)


def read(page: str) -> tuple[str, list[str]]:
    """Its text, spaces joined, and its tags."""
    parser = _Text()
    parser.feed(page)
    return " ".join(" ".join(parser.said).split()), parser.tags


def test_the_answer_is_first_and_the_cautions_and_tables_follow() -> None:
    content = with_products(made())
    said, _ = read(plan_page(make_plan(content, None, 1.25, PRICES), content))
    order = [
        "Which lidar to buy",
        "The cheapest sensor that holds the bound: OS1-32 for 6,500",
        "The fewest lines that hold the bound",
        "The price of a product is that of the whole sensor",
        "Price against error",
        "What each line buys, chosen by interval",
        "The report that this is planned by",
    ]
    places = [said.index(sentence) for sentence in order]
    assert places == sorted(places)
    assert "19% untold" in said


def test_its_figure_holds_every_known_sensor() -> None:
    content = with_products(made())
    page = plan_page(make_plan(content, None, 1.25, PRICES), content)
    (data,) = re.findall(r'<script type="application/json" id="cost-figure">(.*?)</script>', page)
    named = {label for trace in json.loads(data)["data"] if trace["mode"] == "markers+text" for label in trace["text"]}
    assert named == {"16 lines", "32 lines", "OS1-32", "VLP-16", "XT32"}
    assert page.count('<tr class="chosen">') == 2  # the cheapest sensor, and the fewest lines


def test_what_each_line_buys_has_a_figure_of_measured_curve_and_bound() -> None:
    found = make_plan(made(), None, 1.25)
    chart = steps_chart(found)
    fewest, measured, curve = chart.series
    assert (list(fewest.x), list(fewest.y), fewest.strong) == ([32], [1100], True)
    assert (list(measured.x), list(measured.y)) == ([4, 8, 16, 64], [2500, 1700, 1300, 1000])
    # 900 + 6400 / lines, of which the rows were made
    assert list(curve.x) == [4, 8, 16, 32]
    assert list(curve.y) == pytest.approx([2500, 1700, 1300, 1100], rel=1e-3)
    assert [level.y for level in chart.levels] == [1250, 1000]
    assert 'data-figure="steps-figure"' in plan_page(found, made())


def test_without_a_curve_the_figure_has_the_measured_alone() -> None:
    few = made({8: 1200.0, 16: 1100.0})
    names = [series.name for series in steps_chart(make_plan(few, None, 1.25)).series]
    assert names == ["fewest that hold the bound", "measured"]


def test_without_prices_and_without_lines_only_what_there_is_stands_there() -> None:
    said, _ = read(plan_page(make_plan(made(), None, 1.25), made()))
    assert "How many lines to buy" in said
    assert "Price against error" not in said
    alone = products_alone()
    said, _ = read(plan_page(make_plan(alone, None, 1.25, {"OS1-32": 6500.0}), alone))
    assert "What each line buys" not in said
    assert "imitated" in said


@pytest.mark.parametrize("key", slow_but(["data"], ["data", "network", "sensor", "command"]))
def test_names_bring_no_markup_and_nothing_is_loaded(key: str) -> None:
    content = msgspec.structs.replace(with_products(made()), **{key: HOSTILE})
    page = plan_page(make_plan(content, None, 1.25, {**PRICES, "OS1-64": 1.0}), content)
    said, tags = read(page)
    assert "img" not in tags
    assert "onerror" in unescape(said)
    outside = re.findall(r'(?:src|href)="(?!#|data:)([^"]*)"', page.split("<script")[0])
    assert outside == []
